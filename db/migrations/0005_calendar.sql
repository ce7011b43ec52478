-- Office hours with their seats, the commitments of everybody, and the invitations
-- that were sent about any of it.

CREATE TABLE office_hours (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	program_id   uuid NOT NULL,
	mentor_id    uuid NOT NULL,
	title        text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
	weekday      smallint NOT NULL CHECK (weekday BETWEEN 0 AND 6), -- 0: Monday
	local_time   time NOT NULL,
	time_zone    text NOT NULL,
	minutes      smallint NOT NULL CHECK (minutes BETWEEN 15 AND 480),
	seats        smallint NOT NULL CHECK (seats BETWEEN 1 AND 500),
	first_date   date NOT NULL,
	last_date    date NOT NULL,
	event_id     uuid NOT NULL,
	state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, program_id) REFERENCES program,
	FOREIGN KEY (community_id, mentor_id) REFERENCES member,
	FOREIGN KEY (community_id, event_id) REFERENCES event,
	CHECK (first_date <= last_date)
);
CALL versioned('office_hours');
CREATE INDEX office_hours_mentor ON office_hours (community_id, mentor_id, id);
CREATE INDEX office_hours_program ON office_hours (community_id, program_id, id);

CREATE TABLE office_hours_slot (
	community_id    uuid NOT NULL,
	id              uuid NOT NULL,
	row_version     bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	office_hours_id uuid NOT NULL,
	event_id        uuid, -- of the seats taken; NULL while nobody booked
	starts_at       timestamptz NOT NULL,
	ends_at         timestamptz NOT NULL,
	capacity        int NOT NULL CHECK (capacity >= 0),
	used            int NOT NULL DEFAULT 0,
	state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'cancelled')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, office_hours_id) REFERENCES office_hours,
	FOREIGN KEY (community_id, event_id) REFERENCES event,
	CHECK (starts_at < ends_at),
	CONSTRAINT office_hours_slot_used_check CHECK (used BETWEEN 0 AND capacity),
	CONSTRAINT office_hours_slot_start_key
		UNIQUE (community_id, office_hours_id, starts_at)
);
CALL versioned('office_hours_slot');

CREATE TABLE booking (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	slot_id      uuid NOT NULL,
	member_id    uuid NOT NULL,
	note         text NOT NULL DEFAULT '' CHECK (length(note) <= 4000),
	state        text NOT NULL DEFAULT 'booked' CHECK (state IN ('booked', 'cancelled')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, slot_id) REFERENCES office_hours_slot,
	FOREIGN KEY (community_id, member_id) REFERENCES member
);
CALL versioned('booking');
CREATE UNIQUE INDEX booking_one_live
	ON booking (community_id, slot_id, member_id) WHERE state = 'booked';
CREATE INDEX booking_member ON booking (community_id, member_id, id);

-- One row per person and time taken. It is deleted when the time is given back.
CREATE TABLE commitment (
	community_id uuid NOT NULL,
	id           uuid NOT NULL DEFAULT gen_random_uuid(),
	member_id    uuid NOT NULL,
	during       tstzrange NOT NULL CHECK (NOT isempty(during)
		AND lower(during) IS NOT NULL AND upper(during) IS NOT NULL),
	session_id   uuid,
	slot_id      uuid,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, member_id) REFERENCES member,
	FOREIGN KEY (community_id, session_id) REFERENCES session ON DELETE CASCADE,
	FOREIGN KEY (community_id, slot_id) REFERENCES office_hours_slot ON DELETE CASCADE,
	CHECK (num_nonnulls(session_id, slot_id) = 1),
	CONSTRAINT commitment_during_excl EXCLUDE USING gist
		(community_id WITH =, member_id WITH =, during WITH &&)
);
CREATE INDEX commitment_session ON commitment (community_id, session_id);
CREATE INDEX commitment_slot ON commitment (community_id, slot_id);

CREATE TABLE invitation (
	community_id    uuid NOT NULL,
	id              uuid NOT NULL,
	row_version     bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	event_id        uuid NOT NULL,
	uid             text NOT NULL,
	sequence        int NOT NULL,
	recipient_id    uuid NOT NULL,
	recipient_email text NOT NULL,
	method          text NOT NULL CHECK (method IN ('REQUEST', 'CANCEL')),
	recurrence_id   timestamptz, -- NULL: about the whole series
	dtstamp         timestamptz NOT NULL,
	ics             text NOT NULL,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, event_id) REFERENCES event,
	FOREIGN KEY (community_id, recipient_id) REFERENCES member,
	CONSTRAINT invitation_once UNIQUE NULLS NOT DISTINCT
		(community_id, uid, sequence, recipient_id, method, recurrence_id)
);
CALL versioned('invitation');
CREATE INDEX invitation_recipient ON invitation (community_id, recipient_id, id);
CREATE INDEX invitation_event ON invitation (community_id, event_id, id);

CREATE VIEW office_hours_doc AS
SELECT o.community_id, o.id, o.program_id, o.mentor_id, o.event_id, o.state,
	etag(o.row_version) AS etag,
	json_build_object(
		'id', o.id,
		'program_id', o.program_id,
		'program_name', p.name,
		'mentor_id', o.mentor_id,
		'mentor_display_name', m.display_name,
		'title', o.title,
		'weekday', weekday_name(o.weekday),
		'local_time', to_char(o.local_time, 'HH24:MI'),
		'time_zone', o.time_zone,
		'minutes', o.minutes,
		'seats', o.seats,
		'first_date', o.first_date,
		'last_date', o.last_date,
		'event_id', o.event_id,
		'slots', (SELECT count(*) FROM office_hours_slot s
			WHERE s.community_id = o.community_id
				AND s.office_hours_id = o.id AND s.state = 'open'),
		'state', o.state,
		'row_version', o.row_version,
		'created_at', rfc3339(o.created_at),
		'updated_at', rfc3339(o.updated_at)) AS doc
FROM office_hours o
JOIN program p ON p.community_id = o.community_id AND p.id = o.program_id
JOIN member m ON m.community_id = o.community_id AND m.id = o.mentor_id;

CREATE VIEW office_hours_slot_doc AS
SELECT s.community_id, s.id, s.office_hours_id, o.mentor_id, s.starts_at, s.state,
	etag(s.row_version) AS etag,
	json_build_object(
		'id', s.id,
		'office_hours_id', s.office_hours_id,
		'title', o.title,
		'mentor_id', o.mentor_id,
		'mentor_display_name', m.display_name,
		'starts_at', rfc3339(s.starts_at),
		'ends_at', rfc3339(s.ends_at),
		'capacity', s.capacity,
		'used', s.used,
		'state', s.state,
		'row_version', s.row_version,
		'created_at', rfc3339(s.created_at),
		'updated_at', rfc3339(s.updated_at)) AS doc
FROM office_hours_slot s
JOIN office_hours o ON o.community_id = s.community_id AND o.id = s.office_hours_id
JOIN member m ON m.community_id = o.community_id AND m.id = o.mentor_id;

CREATE VIEW booking_doc AS
SELECT b.community_id, b.id, b.slot_id, b.member_id, o.mentor_id, b.state,
	etag(b.row_version) AS etag,
	json_build_object(
		'id', b.id,
		'slot_id', b.slot_id,
		'office_hours_id', o.id,
		'title', o.title,
		'mentor_id', o.mentor_id,
		'mentor_display_name', m.display_name,
		'member_id', b.member_id,
		'member_display_name', n.display_name,
		'starts_at', rfc3339(s.starts_at),
		'ends_at', rfc3339(s.ends_at),
		'note', b.note,
		'state', b.state,
		'row_version', b.row_version,
		'created_at', rfc3339(b.created_at),
		'updated_at', rfc3339(b.updated_at)) AS doc
FROM booking b
JOIN office_hours_slot s ON s.community_id = b.community_id AND s.id = b.slot_id
JOIN office_hours o ON o.community_id = s.community_id AND o.id = s.office_hours_id
JOIN member m ON m.community_id = o.community_id AND m.id = o.mentor_id
JOIN member n ON n.community_id = b.community_id AND n.id = b.member_id;

CREATE VIEW invitation_doc AS
SELECT v.community_id, v.id, v.event_id, v.recipient_id, etag(v.row_version) AS etag,
	json_build_object(
		'id', v.id,
		'event_id', v.event_id,
		'event_kind', e.kind,
		'summary', e.summary,
		'uid', v.uid,
		'sequence', v.sequence,
		'recipient_id', v.recipient_id,
		'recipient_display_name', m.display_name,
		'recipient_email', v.recipient_email,
		'method', v.method,
		'recurrence_id', rfc3339(v.recurrence_id),
		'dtstamp', rfc3339(v.dtstamp),
		'row_version', v.row_version,
		'created_at', rfc3339(v.created_at),
		'updated_at', rfc3339(v.updated_at)) AS doc
FROM invitation v
JOIN event e ON e.community_id = v.community_id AND e.id = v.event_id
JOIN member m ON m.community_id = v.community_id AND m.id = v.recipient_id;
