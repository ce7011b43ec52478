-- All that a feed shows, in one statement: the announced events of the acting member that
-- have a session ending after a time, a row a session. With the owner's eyes, as the other
-- own_… functions, and of nobody but the acting member: with the policies of each table
-- underneath, a feed of 200 events took a second. Generic plans: the lists are long, and
-- planning for each would take longer than running.
CREATE FUNCTION own_feed(ends_after timestamptz) RETURNS TABLE (
	id uuid, uid text, kind text, sequence int, created_at timestamptz, summary text,
	description text, location text, organizer_name text, time_zone text,
	minutes smallint, changed_at timestamptz, session_id uuid,
	original_starts_at timestamptz, starts_at timestamptz, ends_at timestamptz,
	cancelled boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = cairn, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
	here uuid := acting_community();
	me uuid := acting_member();
	cohorts uuid[] := ARRAY(SELECT x.cohort_id FROM cohort_member x
		WHERE x.community_id = here AND x.member_id = me);
	events uuid[] := ARRAY(
		SELECT s.event_id FROM session s
		WHERE s.community_id = here AND s.cohort_id = ANY (cohorts)
		UNION SELECT o.event_id FROM office_hours o
		WHERE o.community_id = here AND o.mentor_id = me
		UNION SELECT s.event_id FROM booking b JOIN office_hours_slot s
			ON s.community_id = b.community_id AND s.id = b.slot_id
		WHERE b.community_id = here AND b.member_id = me AND b.state = 'booked'
			AND s.event_id IS NOT NULL);
BEGIN
	RETURN QUERY
	SELECT e.id, e.uid, e.kind, e.sequence, e.created_at, e.summary, e.description,
		e.location, e.organizer_name, e.time_zone, e.minutes,
		greatest(x.changed_at, e.updated_at), x.session_id, x.original_starts_at,
		x.starts_at, x.ends_at, x.cancelled
	FROM (SELECT s.*, max(s.updated_at) OVER event AS changed_at,
			max(s.ends_at) OVER event AS last, bool_and(s.announced) OVER event AS shown
		FROM event_session s
		WHERE s.community_id = here AND s.event_id = ANY (events)
		WINDOW event AS (PARTITION BY s.event_id)) AS x
	JOIN event e ON e.community_id = here AND e.id = x.event_id
	WHERE x.shown AND x.last > ends_after
	ORDER BY e.id, x.original_starts_at;
END $$;

REVOKE EXECUTE ON FUNCTION own_feed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_feed TO cairn_api;
