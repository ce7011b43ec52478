-- The first meeting of a pairing: one event for its two people, both committed to it. One
-- at a time, so two calls at once cannot book two.
CREATE TABLE meeting (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	pairing_id   uuid NOT NULL,
	event_id     uuid NOT NULL,
	starts_at    timestamptz NOT NULL,
	ends_at      timestamptz NOT NULL,
	state        text NOT NULL DEFAULT 'scheduled'
		CHECK (state IN ('scheduled', 'cancelled')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, pairing_id) REFERENCES pairing,
	FOREIGN KEY (community_id, event_id) REFERENCES event,
	CHECK (starts_at < ends_at)
);
CALL versioned('meeting');
CREATE UNIQUE INDEX meeting_one_live
	ON meeting (community_id, pairing_id) WHERE state = 'scheduled';
CREATE INDEX meeting_event ON meeting (community_id, event_id);

ALTER TABLE event DROP CONSTRAINT event_kind_check, ADD CONSTRAINT event_kind_check
	CHECK (kind IN ('cohort', 'office_hours', 'slot', 'meeting'));

ALTER TABLE commitment
	ADD meeting_id uuid,
	ADD FOREIGN KEY (community_id, meeting_id) REFERENCES meeting ON DELETE CASCADE,
	DROP CONSTRAINT commitment_check,
	ADD CONSTRAINT commitment_check
		CHECK (num_nonnulls(session_id, slot_id, meeting_id) = 1);
CREATE INDEX commitment_meeting ON commitment (community_id, meeting_id);

CREATE VIEW meeting_doc AS
SELECT t.community_id, t.id, t.pairing_id, p.newcomer_id, p.mentor_id, t.state,
	etag(t.row_version) AS etag,
	json_build_object(
		'id', t.id,
		'pairing_id', t.pairing_id,
		'newcomer_id', p.newcomer_id,
		'newcomer_display_name', n.display_name,
		'mentor_id', p.mentor_id,
		'mentor_display_name', m.display_name,
		'title', e.summary,
		'location', e.location,
		'event_id', t.event_id,
		'starts_at', rfc3339(t.starts_at),
		'ends_at', rfc3339(t.ends_at),
		'state', t.state,
		'row_version', t.row_version,
		'created_at', rfc3339(t.created_at),
		'updated_at', rfc3339(t.updated_at)) AS doc
FROM meeting t
JOIN pairing p ON p.community_id = t.community_id AND p.id = t.pairing_id
JOIN event e ON e.community_id = t.community_id AND e.id = t.event_id
JOIN member_card n ON n.community_id = p.community_id AND n.id = p.newcomer_id
JOIN member_card m ON m.community_id = p.community_id AND m.id = p.mentor_id;

-- Meetings join what calendars are made from; the rest of these texts stays where it is.
DO $$
DECLARE
	old text := 'UNION SELECT s.event_id FROM booking b';
	body text := pg_get_functiondef('events_of'::regproc);
BEGIN
	EXECUTE format('CREATE OR REPLACE VIEW event_session AS %s
		UNION ALL SELECT t.community_id, t.event_id, t.id, t.starts_at, t.starts_at,
			t.ends_at, t.state = ''cancelled'', t.updated_at, true FROM meeting t',
		rtrim(pg_get_viewdef('event_session'::regclass), ';'));
	EXECUTE format('CREATE OR REPLACE VIEW event_attendee AS %s
		UNION ALL SELECT t.community_id, t.event_id, x.member_id, x.leads
		FROM meeting t
		JOIN pairing p ON p.community_id = t.community_id AND p.id = t.pairing_id
		CROSS JOIN LATERAL (VALUES (p.mentor_id, true), (p.newcomer_id, false))
			AS x (member_id, leads)',
		rtrim(pg_get_viewdef('event_attendee'::regclass), ';'));
	IF position(old IN body) = 0 THEN
		RAISE EXCEPTION 'events_of does not say "%"', old;
	END IF;
	EXECUTE replace(body, old, 'UNION SELECT t.event_id FROM pairing p JOIN meeting t
			ON t.community_id = p.community_id AND t.pairing_id = p.id
		WHERE p.community_id = here AND member IN (p.newcomer_id, p.mentor_id)
		' || old);
END $$;

CALL walled('meeting', 'SELECT, INSERT, UPDATE');
CALL walls('meeting', 'EXISTS (SELECT FROM pairing p
	WHERE p.community_id = meeting.community_id AND p.id = pairing_id
		AND (SELECT acting_member()) IN (p.newcomer_id, p.mentor_id))');
CALL scoped('meeting', 'calendar', 'matching');

-- Ending a pairing (matching) cancels its meeting.
DO $$
DECLARE t regclass;
BEGIN
	FOREACH t IN ARRAY '{event,commitment,invitation,outbox_message,attendance}'::regclass[] LOOP
		EXECUTE format('DROP POLICY scope_insert ON %s', t);
		EXECUTE format('DROP POLICY scope_update ON %s', t);
		EXECUTE format('DROP POLICY scope_delete ON %s', t);
		CALL scoped(t, 'calendar', 'cohorts', 'members', 'matching');
	END LOOP;
END $$;
CALL wall_views();
