-- Feeds of a whole cohort and of a whole program, and feeds that end. A feed is one
-- person's still: the secret is theirs, and is revoked for them alone. Without by_staff it
-- is good while they guide the cohort.
ALTER TABLE feed
	ADD cohort_id  uuid,
	ADD program_id uuid,
	ADD by_staff   boolean NOT NULL DEFAULT false,
	ADD expires_at timestamptz,
	ADD FOREIGN KEY (community_id, cohort_id) REFERENCES cohort ON DELETE CASCADE,
	ADD FOREIGN KEY (community_id, program_id) REFERENCES program,
	ADD CONSTRAINT feed_shared_check CHECK (
		num_nonnulls(cohort_id, program_id) <= 1
		AND (program_id IS NULL OR by_staff)
		AND (num_nonnulls(cohort_id, program_id) = 1 OR NOT by_staff));
CREATE INDEX feed_cohort ON feed (community_id, cohort_id) WHERE cohort_id IS NOT NULL;
CREATE INDEX feed_program ON feed (community_id, program_id) WHERE program_id IS NOT NULL;

-- What others share only the staff and the guide give; what a feed is of never changes.
CREATE POLICY shared ON feed AS RESTRICTIVE FOR INSERT TO cairn_api
	WITH CHECK ((SELECT acts_for_all()) OR NOT by_staff
		AND (cohort_id IS NULL OR cohort_id IN (SELECT guided_cohorts())));
REVOKE UPDATE ON feed FROM cairn_api;
GRANT UPDATE (secret_hash, revoked_at) ON feed TO cairn_api;

CREATE OR REPLACE VIEW feed_doc AS
SELECT community_id, id, member_id, revoked_at, etag(row_version) AS etag,
	json_build_object(
		'id', id,
		'member_id', member_id,
		'cohort_id', cohort_id,
		'program_id', program_id,
		'expires_at', rfc3339(expires_at),
		'revoked_at', rfc3339(revoked_at),
		'last_used_at', rfc3339(last_used_at),
		'row_version', row_version,
		'created_at', rfc3339(created_at),
		'updated_at', rfc3339(updated_at)) AS doc
FROM feed;
CALL wall_views();

-- The feed of a secret, when it is good.
CREATE FUNCTION live_feed(hash bytea) RETURNS SETOF feed
LANGUAGE plpgsql STABLE SET search_path = cairn, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT f.* FROM feed f
	JOIN member m ON m.community_id = f.community_id AND m.id = f.member_id
	WHERE f.secret_hash = hash AND f.revoked_at IS NULL AND m.erased_at IS NULL
		AND (f.expires_at IS NULL OR f.expires_at > now())
		AND (f.by_staff OR f.cohort_id IS NULL OR EXISTS (SELECT FROM cohort c
			WHERE c.community_id = f.community_id AND c.id = f.cohort_id
				AND c.guide_id = f.member_id));
END $$;

DROP FUNCTION enter_feed;
CREATE FUNCTION enter_feed(hash bytea) RETURNS TABLE (
	id uuid, community_id uuid, member_id uuid, name text, languages text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
#variable_conflict use_column
DECLARE f feed;
BEGIN
	SELECT * INTO f FROM live_feed(hash);
	IF f.id IS NULL THEN
		RETURN;
	END IF;
	PERFORM act_as(f.community_id, f.member_id, NULL, 'feed');
	RETURN QUERY SELECT f.id, f.community_id, f.member_id,
		coalesce(h.name || ' (' || i.name || ')', p.name, c.name),
		(SELECT string_agg(x ->> 'language', ' ' ORDER BY n)
			FROM jsonb_array_elements(m.languages) WITH ORDINALITY AS l (x, n))
	FROM community c
	JOIN member m ON m.community_id = f.community_id AND m.id = f.member_id
	LEFT JOIN program p ON p.community_id = f.community_id AND p.id = f.program_id
	LEFT JOIN cohort h ON h.community_id = f.community_id AND h.id = f.cohort_id
	LEFT JOIN intake i ON i.community_id = h.community_id AND i.id = h.intake_id
	WHERE c.community_id = f.community_id;
END $$;

-- The announced ones of some events that have a session ending after a time, a row a
-- session. Not for the service: who asks says which events, the next two say whose.
CREATE FUNCTION shown_events(here uuid, events uuid[], ends_after timestamptz)
RETURNS TABLE (
	id uuid, uid text, kind text, sequence int, created_at timestamptz, summary text,
	description text, location text, organizer_name text, time_zone text,
	minutes smallint, changed_at timestamptz, session_id uuid,
	original_starts_at timestamptz, starts_at timestamptz, ends_at timestamptz,
	cancelled boolean)
LANGUAGE plpgsql STABLE
SET search_path = cairn, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
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

-- A member's: the sessions of their cohorts, their office hours, the seats they booked.
CREATE FUNCTION events_of(here uuid, member uuid) RETURNS uuid[]
LANGUAGE plpgsql STABLE
SET search_path = cairn, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	cohorts uuid[] := ARRAY(SELECT x.cohort_id FROM cohort_member x
		WHERE x.community_id = here AND x.member_id = member);
BEGIN
	RETURN ARRAY(
		SELECT s.event_id FROM session s
		WHERE s.community_id = here AND s.cohort_id = ANY (cohorts)
		UNION SELECT o.event_id FROM office_hours o
		WHERE o.community_id = here AND o.mentor_id = member
		UNION SELECT s.event_id FROM booking b JOIN office_hours_slot s
			ON s.community_id = b.community_id AND s.id = b.slot_id
		WHERE b.community_id = here AND b.member_id = member AND b.state = 'booked'
			AND s.event_id IS NOT NULL);
END $$;

CREATE OR REPLACE FUNCTION own_feed(ends_after timestamptz) RETURNS TABLE (
	id uuid, uid text, kind text, sequence int, created_at timestamptz, summary text,
	description text, location text, organizer_name text, time_zone text,
	minutes smallint, changed_at timestamptz, session_id uuid,
	original_starts_at timestamptz, starts_at timestamptz, ends_at timestamptz,
	cancelled boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
BEGIN
	RETURN QUERY SELECT * FROM shown_events(acting_community(),
		events_of(acting_community(), acting_member()), ends_after);
END $$;

-- What the feed of a secret shows. Of a cohort its sessions; of a program those of all its
-- cohorts and the office hours, not who sits in them.
CREATE FUNCTION feed_events(hash bytea, ends_after timestamptz) RETURNS TABLE (
	id uuid, uid text, kind text, sequence int, created_at timestamptz, summary text,
	description text, location text, organizer_name text, time_zone text,
	minutes smallint, changed_at timestamptz, session_id uuid,
	original_starts_at timestamptz, starts_at timestamptz, ends_at timestamptz,
	cancelled boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
#variable_conflict use_column
DECLARE f feed;
BEGIN
	SELECT * INTO f FROM live_feed(hash);
	RETURN QUERY SELECT * FROM shown_events(f.community_id, CASE
		WHEN f.cohort_id IS NOT NULL THEN ARRAY(
			SELECT DISTINCT s.event_id FROM session s
			WHERE s.community_id = f.community_id AND s.cohort_id = f.cohort_id)
		WHEN f.program_id IS NOT NULL THEN ARRAY(
			SELECT s.event_id FROM intake i
			JOIN cohort c ON c.community_id = i.community_id AND c.intake_id = i.id
			JOIN session s ON s.community_id = c.community_id AND s.cohort_id = c.id
			WHERE i.community_id = f.community_id AND i.program_id = f.program_id
			UNION SELECT o.event_id FROM office_hours o
			WHERE o.community_id = f.community_id AND o.program_id = f.program_id)
		ELSE events_of(f.community_id, f.member_id) END, ends_after);
END $$;

REVOKE EXECUTE ON FUNCTION live_feed, enter_feed, shown_events, events_of, own_feed,
	feed_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_feed, own_feed, feed_events TO cairn_api;
