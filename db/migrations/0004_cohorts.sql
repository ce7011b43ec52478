-- Cohorts: intakes, calendar events, cohorts with their people, dated sessions, and
-- the commitments that keep everybody from being in two places at once.

CREATE TABLE intake (
	community_id      uuid NOT NULL,
	id                uuid NOT NULL,
	row_version       bigint NOT NULL DEFAULT 1,
	created_at        timestamptz NOT NULL DEFAULT now(),
	updated_at        timestamptz NOT NULL DEFAULT now(),
	program_id        uuid NOT NULL,
	name              text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	anchor_time_zone  text NOT NULL,
	first_date        date NOT NULL,
	last_date         date NOT NULL,
	session_minutes   smallint NOT NULL CHECK (session_minutes BETWEEN 15 AND 480),
	sessions_per_week smallint NOT NULL DEFAULT 1 CHECK (sessions_per_week BETWEEN 1 AND 5),
	cohort_min        smallint NOT NULL CHECK (cohort_min >= 1),
	cohort_max        smallint NOT NULL CHECK (cohort_max <= 50),
	holidays          date[] NOT NULL DEFAULT '{}',
	language_level    text NOT NULL,
	allowed_misses    smallint NOT NULL DEFAULT 0 CHECK (allowed_misses >= 0),
	state             text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft',
		'queued', 'running', 'solved', 'published', 'failed', 'cancelled')),
	progress          jsonb,
	input             text, -- the member file that the solver read
	plan              json, -- as the solver wrote it, octet by octet
	error             text,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, program_id) REFERENCES program,
	CHECK (first_date <= last_date),
	CHECK (cohort_min <= cohort_max)
);
CALL versioned('intake');
CREATE INDEX intake_program ON intake (community_id, program_id, id);

-- What a calendar knows as one event (one UID): a series of sessions or of office
-- hours, or one booked seat.
CREATE TABLE event (
	community_id      uuid NOT NULL REFERENCES community,
	id                uuid NOT NULL,
	row_version       bigint NOT NULL DEFAULT 1,
	created_at        timestamptz NOT NULL DEFAULT now(),
	updated_at        timestamptz NOT NULL DEFAULT now(),
	uid               text NOT NULL CHECK (length(uid) BETWEEN 1 AND 255),
	kind              text NOT NULL CHECK (kind IN ('cohort', 'office_hours', 'slot')),
	sequence          int NOT NULL DEFAULT 0 CHECK (sequence >= 0),
	last_dtstamp      timestamptz,
	summary           text NOT NULL,
	description       text NOT NULL DEFAULT '',
	location          text NOT NULL DEFAULT '',
	time_zone         text NOT NULL,
	first_local_start timestamp NOT NULL,
	minutes           smallint NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
	organizer_name    text NOT NULL DEFAULT '',
	PRIMARY KEY (community_id, id),
	CONSTRAINT event_uid_key UNIQUE (community_id, uid)
);
CALL versioned('event');

-- Clients ignore an update whose SEQUENCE went back.
CREATE FUNCTION keep_sequence_growing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'uid is fixed and sequence never falls'
		USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_sequence_growing BEFORE UPDATE ON event FOR EACH ROW
	WHEN (NEW.sequence < OLD.sequence OR NEW.uid <> OLD.uid)
	EXECUTE FUNCTION keep_sequence_growing();

CREATE TABLE cohort (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	intake_id    uuid NOT NULL,
	name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	guide_id     uuid NOT NULL,
	language     text NOT NULL,
	state        text NOT NULL DEFAULT 'proposed' CHECK (state IN
		('proposed', 'published', 'cancelled')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, intake_id) REFERENCES intake,
	FOREIGN KEY (community_id, guide_id) REFERENCES member
);
CALL versioned('cohort');
CREATE INDEX cohort_intake ON cohort (community_id, intake_id, id);

CREATE TABLE cohort_member (
	community_id uuid NOT NULL,
	cohort_id    uuid NOT NULL,
	member_id    uuid NOT NULL,
	part         text NOT NULL CHECK (part IN ('guide', 'newcomer')),
	PRIMARY KEY (community_id, cohort_id, member_id),
	FOREIGN KEY (community_id, cohort_id) REFERENCES cohort ON DELETE CASCADE,
	FOREIGN KEY (community_id, member_id) REFERENCES member
);
CREATE INDEX cohort_member_member ON cohort_member (community_id, member_id);

-- starts_at is when it is; original_starts_at is what RECURRENCE-ID names. Wall time,
-- zone and the zone data's version tell whose sessions a change of zone law moves.
CREATE TABLE session (
	community_id       uuid NOT NULL,
	id                 uuid NOT NULL,
	row_version        bigint NOT NULL DEFAULT 1,
	created_at         timestamptz NOT NULL DEFAULT now(),
	updated_at         timestamptz NOT NULL DEFAULT now(),
	cohort_id          uuid NOT NULL,
	event_id           uuid NOT NULL,
	starts_at          timestamptz NOT NULL,
	ends_at            timestamptz NOT NULL,
	original_starts_at timestamptz NOT NULL,
	local_date         date NOT NULL,
	local_time         time NOT NULL,
	time_zone          text NOT NULL,
	tzdata_version     text NOT NULL,
	state              text NOT NULL DEFAULT 'scheduled' CHECK (state IN
		('scheduled', 'cancelled')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, cohort_id) REFERENCES cohort ON DELETE CASCADE,
	FOREIGN KEY (community_id, event_id) REFERENCES event,
	CHECK (starts_at < ends_at),
	CONSTRAINT session_original_key UNIQUE (community_id, event_id, original_starts_at)
);
CALL versioned('session');
CREATE INDEX session_cohort ON session (community_id, cohort_id, starts_at);
CREATE INDEX session_time ON session (community_id, starts_at);

CREATE VIEW intake_doc AS
SELECT i.community_id, i.id, i.program_id, i.state, etag(i.row_version) AS etag,
	json_build_object(
		'id', i.id,
		'program_id', i.program_id,
		'program_name', p.name,
		'name', i.name,
		'anchor_time_zone', i.anchor_time_zone,
		'first_date', i.first_date,
		'last_date', i.last_date,
		'session_minutes', i.session_minutes,
		'sessions_per_week', i.sessions_per_week,
		'cohort_min', i.cohort_min,
		'cohort_max', i.cohort_max,
		'holidays', i.holidays,
		'language_level', i.language_level,
		'allowed_misses', i.allowed_misses,
		'state', i.state,
		'progress', i.progress,
		'plan_status', i.plan -> 'status',
		'objective', i.plan -> 'objective',
		'bound', i.plan -> 'bound',
		'gap', i.plan -> 'gap',
		'unplaced', i.plan -> 'unplaced',
		'cohorts', (SELECT count(*) FROM cohort c
			WHERE c.community_id = i.community_id AND c.intake_id = i.id
				AND c.state <> 'cancelled'),
		'error', i.error,
		'row_version', i.row_version,
		'created_at', rfc3339(i.created_at),
		'updated_at', rfc3339(i.updated_at)) AS doc
FROM intake i
JOIN program p ON p.community_id = i.community_id AND p.id = i.program_id;

CREATE VIEW cohort_doc AS
SELECT c.community_id, c.id, c.intake_id, c.guide_id, c.state,
	etag(c.row_version) AS etag,
	json_build_object(
		'id', c.id,
		'intake_id', c.intake_id,
		'intake_name', i.name,
		'program_id', i.program_id,
		'name', c.name,
		'guide_id', c.guide_id,
		'guide_display_name', g.display_name,
		'language', c.language,
		'state', c.state,
		'members', (SELECT coalesce(json_agg(json_build_object(
				'member_id', m.id,
				'external_id', m.external_id,
				'display_name', m.display_name,
				'time_zone', m.time_zone,
				'part', x.part) ORDER BY x.part, m.display_name, m.id), '[]')
			FROM cohort_member x JOIN member m
				ON m.community_id = x.community_id AND m.id = x.member_id
			WHERE x.community_id = c.community_id AND x.cohort_id = c.id),
		'sessions', (SELECT coalesce(json_agg(json_build_object(
				'id', s.id,
				'starts_at', rfc3339(s.starts_at),
				'ends_at', rfc3339(s.ends_at),
				'local_date', s.local_date,
				'local_time', to_char(s.local_time, 'HH24:MI'),
				'time_zone', s.time_zone,
				'state', s.state) ORDER BY s.starts_at, s.id), '[]')
			FROM session s
			WHERE s.community_id = c.community_id AND s.cohort_id = c.id),
		'row_version', c.row_version,
		'created_at', rfc3339(c.created_at),
		'updated_at', rfc3339(c.updated_at)) AS doc
FROM cohort c
JOIN intake i ON i.community_id = c.community_id AND i.id = c.intake_id
JOIN member g ON g.community_id = c.community_id AND g.id = c.guide_id;

CREATE VIEW session_doc AS
SELECT s.community_id, s.id, s.cohort_id, c.intake_id, c.guide_id, s.event_id,
	s.starts_at, s.ends_at, s.state, c.state AS cohort_state,
	etag(s.row_version) AS etag,
	json_build_object(
		'id', s.id,
		'cohort_id', s.cohort_id,
		'cohort_name', c.name,
		'intake_id', c.intake_id,
		'guide_id', c.guide_id,
		'guide_display_name', g.display_name,
		'event_id', s.event_id,
		'uid', e.uid,
		'summary', e.summary,
		'location', e.location,
		'starts_at', rfc3339(s.starts_at),
		'ends_at', rfc3339(s.ends_at),
		'original_starts_at', rfc3339(s.original_starts_at),
		'local_date', s.local_date,
		'local_time', to_char(s.local_time, 'HH24:MI'),
		'time_zone', s.time_zone,
		'tzdata_version', s.tzdata_version,
		'state', s.state,
		'row_version', s.row_version,
		'created_at', rfc3339(s.created_at),
		'updated_at', rfc3339(s.updated_at)) AS doc
FROM session s
JOIN cohort c ON c.community_id = s.community_id AND c.id = s.cohort_id
JOIN event e ON e.community_id = s.community_id AND e.id = s.event_id
JOIN member g ON g.community_id = c.community_id AND g.id = c.guide_id;
