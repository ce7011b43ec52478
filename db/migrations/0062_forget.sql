-- Erasing a person takes with it what stands about them elsewhere: what they wrote, the
-- messages that name them, the stored inputs of rounds and intakes they were part of.
-- Ids, numbers and states stay: statistics of the past remain right.

-- A message nobody can read again; its row still says what was sent when.
ALTER TABLE invitation ALTER ics DROP NOT NULL;

-- What was written once stays as it is, but for the words of who was erased.
DROP TRIGGER written_once ON mentor_request_event;
CREATE TRIGGER written_once BEFORE DELETE OR UPDATE
	OF community_id, mentor_request_id, seq, state, at, actor_id ON mentor_request_event
	FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER words_once BEFORE UPDATE OF reason ON mentor_request_event
	FOR EACH ROW WHEN (NEW.reason IS NOT NULL) EXECUTE FUNCTION refuse_change();

-- For somebody who is erased; as often as one likes. A message to somebody else that is
-- still on its way has a day to arrive.
CREATE FUNCTION forget_member(here uuid, gone uuid) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
DECLARE
	who member;
	named text := '%' || gone || '%';
	met uuid[] := ARRAY(SELECT t.event_id FROM meeting t
		JOIN pairing p ON p.community_id = t.community_id AND p.id = t.pairing_id
		WHERE t.community_id = here AND gone IN (p.newcomer_id, p.mentor_id));
	led uuid[] := ARRAY(
		SELECT s.event_id FROM cohort c
		JOIN session s ON s.community_id = c.community_id AND s.cohort_id = c.id
		WHERE c.community_id = here AND c.guide_id = gone
		UNION SELECT unnest(ARRAY[o.event_id, s.event_id]) FROM office_hours o
		LEFT JOIN office_hours_slot s
			ON s.community_id = o.community_id AND s.office_hours_id = o.id
		WHERE o.community_id = here AND o.mentor_id = gone);
BEGIN
	SELECT * INTO who FROM member
	WHERE community_id = here AND id = gone AND erased_at IS NOT NULL;
	IF who.id IS NULL THEN
		RETURN;
	END IF;

	UPDATE mentor_request SET note = '', reason = NULL
	WHERE community_id = here AND member_id = gone AND (note <> '' OR reason IS NOT NULL);
	UPDATE mentor_request_event v SET reason = NULL FROM mentor_request q
	WHERE q.community_id = here AND q.member_id = gone AND v.community_id = here
		AND v.mentor_request_id = q.id AND v.reason IS NOT NULL;
	UPDATE proposal SET decline_reason = NULL
	WHERE community_id = here AND gone IN (newcomer_id, mentor_id)
		AND decline_reason IS NOT NULL;
	UPDATE pairing SET end_reason = NULL
	WHERE community_id = here AND gone IN (newcomer_id, mentor_id)
		AND end_reason IS NOT NULL;
	UPDATE booking SET note = ''
	WHERE community_id = here AND member_id = gone AND note <> '';
	UPDATE journey_step SET note = ''
	WHERE community_id = here AND settled_by = gone AND note <> '';
	UPDATE office_hours SET title = 'Office hours'
	WHERE community_id = here AND mentor_id = gone;

	UPDATE event SET summary = 'Meeting', description = '', location = '',
		organizer_name = ''
	WHERE community_id = here AND id = ANY (met);
	UPDATE event SET organizer_name = '',
		summary = CASE kind WHEN 'cohort' THEN summary ELSE 'Office hours' END
	WHERE community_id = here AND id = ANY (led);
	UPDATE invitation SET ics = NULL, recipient_email = ''
	WHERE community_id = here AND recipient_id = gone AND recipient_email <> '';
	UPDATE invitation v SET ics = NULL WHERE community_id = here AND ics IS NOT NULL
		AND event_id = ANY (met || led) AND NOT EXISTS (
			SELECT FROM outbox_message o WHERE o.community_id = here AND o.id = v.id
				AND o.state IN ('pending', 'sending')
				AND o.dtstamp > now() - interval '1 day');
	UPDATE outbox_message SET error = NULL
	WHERE community_id = here AND recipient_id = gone AND error IS NOT NULL;

	UPDATE matching_round SET input = NULL
	WHERE community_id = here AND created_at BETWEEN who.created_at AND who.erased_at
		AND input LIKE named;
	UPDATE intake SET input = NULL
	WHERE community_id = here AND updated_at >= who.created_at AND input LIKE named;
	-- Of these requests a repetition is a new one: there is nothing left to answer with.
	DELETE FROM idempotency WHERE community_id = here AND body LIKE named;
END $$;
REVOKE EXECUTE ON FUNCTION forget_member FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_member TO cairn_api, cairn_worker;
