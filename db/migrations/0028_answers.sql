-- Answers to invitations: by mail, or by the link in a mail.

-- What somebody's calendar app says of the event as a whole, by the newest answer that
-- counts; is_old: it is about a time that had changed meanwhile.
ALTER TABLE attendance
	ADD answer        text CHECK (answer IN ('accepted', 'declined', 'tentative', 'delegated')),
	ADD answered_at   timestamptz,
	ADD answer_is_old boolean NOT NULL DEFAULT false;

-- Every answer that came, once for each message.
CREATE TABLE answer (
	community_id       uuid NOT NULL,
	id                 uuid NOT NULL,
	row_version        bigint NOT NULL DEFAULT 1,
	created_at         timestamptz NOT NULL DEFAULT now(),
	updated_at         timestamptz NOT NULL DEFAULT now(),
	attendance_id      uuid NOT NULL,
	via                text NOT NULL CHECK (via IN ('mail', 'link')),
	message_id         text CHECK (length(message_id) <= 255),
	kind               text NOT NULL CHECK (kind IN ('answer', 'counter', 'bounce', 'words')),
	answer             text CHECK (answer IN ('accepted', 'declined', 'tentative', 'delegated')),
	recurrence_id      timestamptz, -- NULL: about the event as a whole
	sequence           int,
	dtstamp            timestamptz,
	proposed_starts_at timestamptz,
	proposed_ends_at   timestamptz,
	comment            text NOT NULL DEFAULT '' CHECK (length(comment) <= 2000),
	delegated_to       text CHECK (length(delegated_to) <= 254),
	verdict            text NOT NULL CHECK (verdict IN ('taken', 'old_time', 'outdated')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, attendance_id) REFERENCES attendance,
	CHECK (proposed_starts_at < proposed_ends_at),
	CONSTRAINT answer_once UNIQUE (community_id, attendance_id, message_id)
);
CALL versioned('answer');

CREATE OR REPLACE VIEW delivery_doc AS
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
		'answer', a.answer,
		'answered_at', rfc3339(a.answered_at),
		'answer_is_old', a.answer_is_old,
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

-- A proposed time comes with who else of the event could: nothing taken then, and whether
-- it lies within their weekly hours. For staff, who see everybody's.
CREATE VIEW answer_doc AS
SELECT x.community_id, x.id, a.event_id, a.member_id, x.kind, etag(x.row_version) AS etag,
	json_build_object(
		'id', x.id,
		'delivery_id', a.id,
		'event_id', a.event_id,
		'summary', e.summary,
		'uid', a.uid,
		'member_id', a.member_id,
		'member_display_name', m.display_name,
		'via', x.via,
		'kind', x.kind,
		'answer', x.answer,
		'recurrence_id', rfc3339(x.recurrence_id),
		'sequence', x.sequence,
		'dtstamp', rfc3339(x.dtstamp),
		'proposed_starts_at', rfc3339(x.proposed_starts_at),
		'proposed_ends_at', rfc3339(x.proposed_ends_at),
		'others', CASE WHEN x.proposed_starts_at IS NOT NULL
			AND (NOT walled_in() OR acts_for_all()) THEN (
			SELECT coalesce(json_agg(json_build_object(
				'member_id', o.member_id,
				'display_name', p.display_name,
				'is_free', NOT EXISTS (SELECT FROM commitment k
					LEFT JOIN session s ON s.community_id = k.community_id
						AND s.id = k.session_id
					WHERE k.community_id = o.community_id
						AND k.member_id = o.member_id
						AND k.during && tstzrange(x.proposed_starts_at,
							x.proposed_ends_at)
						AND (s.event_id, s.original_starts_at)
							IS DISTINCT FROM (a.event_id, x.recurrence_id)),
				'is_within_hours', EXISTS (SELECT FROM availability h
					WHERE h.community_id = o.community_id
						AND h.member_id = o.member_id
						AND h.weekday = extract(isodow FROM
							x.proposed_starts_at AT TIME ZONE p.time_zone) - 1
						AND h.begin_minute <= extract(epoch FROM
							(x.proposed_starts_at AT TIME ZONE p.time_zone)::time) / 60
						AND h.end_minute >= extract(epoch FROM
							(x.proposed_starts_at AT TIME ZONE p.time_zone)::time) / 60
							+ extract(epoch FROM x.proposed_ends_at
								- x.proposed_starts_at) / 60)
				) ORDER BY p.display_name, o.member_id), '[]')
			FROM event_attendee o
			JOIN member_card p
				ON p.community_id = o.community_id AND p.id = o.member_id
			WHERE o.community_id = a.community_id AND o.event_id = a.event_id
				AND o.member_id <> a.member_id) END,
		'comment', x.comment,
		'delegated_to', x.delegated_to,
		'verdict', x.verdict,
		'row_version', x.row_version,
		'created_at', rfc3339(x.created_at),
		'updated_at', rfc3339(x.updated_at)) AS doc
FROM answer x
JOIN attendance a ON a.community_id = x.community_id AND a.id = x.attendance_id
JOIN event_card e ON e.community_id = a.community_id AND e.id = a.event_id
JOIN member_card m ON m.community_id = a.community_id AND m.id = a.member_id;

-- Whoever has the link of an attendance answers for it; the rest acts for the system.
CREATE OR REPLACE FUNCTION act_on(kind text, subject uuid) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	me uuid := acting_member();
	here uuid := acting_community();
BEGIN
	IF walled_in() AND NOT acts_for_all() AND NOT coalesce(CASE kind
		WHEN 'member' THEN subject = me
		WHEN 'erasure' THEN false -- the staff's alone
		WHEN 'proposal' THEN EXISTS (SELECT FROM proposal p
			JOIN matching_round_card r
				ON r.community_id = here AND r.id = p.matching_round_id
			JOIN policy y ON y.community_id = here AND y.program_id = r.program_id
				AND y.version = r.policy_version
			WHERE p.community_id = here AND p.id = subject
				AND p.coordinator_confirmed_at IS NOT NULL
				AND (y.document #>> ARRAY['confirmation', CASE me
					WHEN p.newcomer_id THEN 'newcomer'
					WHEN p.mentor_id THEN 'mentor' END])::boolean)
		WHEN 'pairing' THEN EXISTS (SELECT FROM pairing
			WHERE community_id = here AND id = subject
				AND me IN (newcomer_id, mentor_id))
		WHEN 'session' THEN EXISTS (SELECT FROM session s
			WHERE s.community_id = here AND s.id = subject
				AND s.cohort_id IN (SELECT guided_cohorts()))
		WHEN 'office_hours' THEN EXISTS (SELECT FROM office_hours
			WHERE community_id = here AND id = subject AND mentor_id = me)
		WHEN 'booking' THEN EXISTS (SELECT FROM booking
			WHERE community_id = here AND id = subject
				AND (member_id = me OR slot_id IN (SELECT own_slots())))
		WHEN 'attendance' THEN EXISTS (SELECT FROM attendance
			WHERE community_id = here AND id = subject AND member_id = me)
		END, false)
	THEN
		RAISE insufficient_privilege
			USING MESSAGE = 'the principal may not act on this ' || kind;
	END IF;
	PERFORM set_config('cairn.role', 'system', true);
END $$;

CALL walled('answer', 'SELECT, INSERT, DELETE');
CALL walls('answer', 'EXISTS (SELECT FROM attendance a
	WHERE a.community_id = answer.community_id AND a.id = attendance_id
		AND a.member_id = (SELECT acting_member()))', false);
CALL scoped('answer', 'calendar', 'members');
CALL wall_views();
