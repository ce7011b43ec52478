-- Mail: who takes part in which event and how they are reached, what of the outbox may be
-- sent when, and what became of it for each recipient.

-- An id as the service makes them (UUIDv7), for rows that a statement makes many of.
CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE
RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
	PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint)
		FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;

ALTER TABLE member ADD mail_stopped_at timestamptz; -- they asked for no mail

-- A person's part in an event, from their first invitation on. The token stands in the
-- address that replies go to and in the links of mail: who has it answers for them.
CREATE TABLE attendance (
	community_id  uuid NOT NULL,
	id            uuid NOT NULL DEFAULT uuid7(),
	row_version   bigint NOT NULL DEFAULT 1,
	created_at    timestamptz NOT NULL DEFAULT now(),
	updated_at    timestamptz NOT NULL DEFAULT now(),
	event_id      uuid NOT NULL,
	uid           text NOT NULL,
	member_id     uuid NOT NULL,
	token         text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '')
		CHECK (token ~ '^[0-9a-f]{32}$'),
	-- the newest message that a mail server took for them
	held_sequence int,
	held_dtstamp  timestamptz,
	sent_at       timestamptz,
	bounced_at    timestamptz,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, event_id) REFERENCES event,
	FOREIGN KEY (community_id, member_id) REFERENCES member,
	CONSTRAINT attendance_once UNIQUE (community_id, event_id, member_id),
	CONSTRAINT attendance_token_key UNIQUE (token)
);
CALL versioned('attendance');
CREATE INDEX attendance_member ON attendance (community_id, member_id, id);

INSERT INTO attendance (community_id, event_id, uid, member_id)
SELECT DISTINCT community_id, event_id, uid, recipient_id FROM invitation;

-- ---- the outbox ----

-- due_at: when it may be tried; while it is being sent, when whoever sends it has lost it.
ALTER TABLE outbox_message
	ADD dtstamp  timestamptz,
	ADD attempts int NOT NULL DEFAULT 0,
	ADD due_at   timestamptz NOT NULL DEFAULT now(),
	ADD sent_at  timestamptz,
	ADD error    text CHECK (length(error) <= 500),
	DROP CONSTRAINT outbox_message_state_check;
UPDATE outbox_message o SET dtstamp = v.dtstamp FROM invitation v
	WHERE v.community_id = o.community_id AND v.id = o.id;
ALTER TABLE outbox_message
	ALTER dtstamp SET NOT NULL,
	ADD CONSTRAINT outbox_message_state_check CHECK (state IN
		('pending', 'sending', 'sent', 'superseded', 'withheld', 'dead')),
	ADD CONSTRAINT outbox_message_order
		UNIQUE (community_id, uid, recipient_id, dtstamp);
DROP INDEX outbox_message_open;
CREATE INDEX outbox_message_open ON outbox_message (due_at)
	WHERE state IN ('pending', 'sending');
-- Two messages of one event are never under way to one person at the same time.
CREATE UNIQUE INDEX outbox_message_one_sending
	ON outbox_message (community_id, uid, recipient_id) WHERE state = 'sending';

-- What may be sent now: after all older messages of the event to this person came to an
-- end, and before any newer one went out. A client takes what is older for out of date.
-- Nobody sends anything else.
DROP VIEW outbox_due;
CREATE VIEW outbox_due AS
SELECT m.* FROM outbox_message m
WHERE m.state IN ('pending', 'sending') AND m.due_at <= now()
	AND (SELECT mode FROM system_mode) = 'normal'
	AND NOT EXISTS (SELECT FROM outbox_message o
		WHERE o.community_id = m.community_id AND o.uid = m.uid
			AND o.recipient_id = m.recipient_id AND (
			o.dtstamp < m.dtstamp AND o.state IN ('pending', 'sending')
			OR o.dtstamp > m.dtstamp AND o.state IN ('sending', 'sent')))
ORDER BY m.due_at, m.dtstamp;

-- ---- what became of it ----

CREATE OR REPLACE VIEW event_card WITH (security_barrier) AS
SELECT community_id, id, kind, summary, time_zone FROM event
WHERE NOT walled_in() OR community_id = (SELECT acting_community());

CREATE VIEW delivery_doc AS
SELECT a.community_id, a.id, a.event_id, a.member_id, etag(a.row_version) AS etag,
	json_build_object(
		'id', a.id,
		'event_id', a.event_id,
		'event_kind', e.kind,
		'summary', e.summary,
		'uid', a.uid,
		'member_id', a.member_id,
		'member_display_name', m.display_name,
		'mail_stopped_at', (SELECT rfc3339(p.mail_stopped_at) FROM member p
			WHERE p.community_id = a.community_id AND p.id = a.member_id),
		'method', o.method,
		'sequence', o.sequence,
		'dtstamp', rfc3339(o.dtstamp),
		'state', o.state,
		'attempts', o.attempts,
		'next_attempt_at', CASE WHEN o.state = 'pending' THEN rfc3339(o.due_at) END,
		'error', o.error,
		'held_sequence', a.held_sequence,
		'held_dtstamp', rfc3339(a.held_dtstamp),
		'sent_at', rfc3339(a.sent_at),
		'bounced_at', rfc3339(a.bounced_at),
		'row_version', a.row_version,
		'created_at', rfc3339(a.created_at),
		'updated_at', rfc3339(a.updated_at)) AS doc
FROM attendance a
JOIN event_card e ON e.community_id = a.community_id AND e.id = a.event_id
JOIN member_card m ON m.community_id = a.community_id AND m.id = a.member_id
LEFT JOIN LATERAL (SELECT x.* FROM outbox_message x
	WHERE x.community_id = a.community_id AND x.uid = a.uid
		AND x.recipient_id = a.member_id
	ORDER BY x.dtstamp DESC LIMIT 1) AS o ON true;

-- ---- the link in a mail ----

-- Whose the token is, and act as them: no row when it is nobody's any more.
CREATE FUNCTION enter_attendance(token text)
RETURNS TABLE (id uuid, community_id uuid, member_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
#variable_conflict use_column
DECLARE found record;
BEGIN
	SELECT a.id, a.community_id, a.member_id INTO found FROM attendance a
	JOIN member m ON m.community_id = a.community_id AND m.id = a.member_id
	WHERE a.token = enter_attendance.token AND m.erased_at IS NULL;
	IF found.id IS NOT NULL THEN
		PERFORM act_as(found.community_id, found.member_id, NULL, 'attendee');
		RETURN QUERY SELECT found.id, found.community_id, found.member_id;
	END IF;
END $$;

-- ---- the walls ----

CALL walled('attendance', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');
CALL walls('attendance', 'member_id = (SELECT acting_member())', false);
CALL scoped('attendance', 'calendar', 'cohorts', 'members');
CREATE POLICY api_read ON outbox_message FOR SELECT TO cairn_api
	USING (community_id = (SELECT acting_community())
		AND recipient_id = (SELECT acting_member()));
REVOKE EXECUTE ON FUNCTION enter_attendance FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_attendance TO cairn_api;
CALL wall_views();
