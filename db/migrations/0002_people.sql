-- People: members and their hours, programs, policies, enrollments, and the two
-- kinds of secrets that members hold (tokens, feeds), kept as hashes.

CREATE TABLE member (
	community_id uuid NOT NULL REFERENCES community,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	external_id  text NOT NULL CHECK (length(external_id) BETWEEN 1 AND 200),
	display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
	email        text CHECK (length(email) <= 254),
	roles        text[] NOT NULL DEFAULT '{}',
	wants        text[] NOT NULL DEFAULT '{}',
	tags         text[] NOT NULL DEFAULT '{}',
	stack        jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(stack) = 'array'),
	languages    jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(languages) = 'array'),
	time_zone    text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64),
	industry     text,
	style        text,
	organization text,
	years        numeric(4,1) CHECK (years >= 0),
	preferences  text[] NOT NULL DEFAULT '{}', -- external ids, best first
	avoid        text[] NOT NULL DEFAULT '{}', -- external ids
	erased_at    timestamptz,
	PRIMARY KEY (community_id, id),
	CONSTRAINT member_external_id_key UNIQUE (community_id, external_id)
);
CALL versioned('member');
CREATE INDEX member_email ON member (community_id, lower(email));

-- Weekly windows in the member's local time; a part of the member's version.
CREATE TABLE availability (
	community_id uuid NOT NULL,
	member_id    uuid NOT NULL,
	weekday      smallint NOT NULL CHECK (weekday BETWEEN 0 AND 6), -- 0: Monday
	begin_minute smallint NOT NULL CHECK (begin_minute BETWEEN 0 AND 1439),
	end_minute   smallint NOT NULL CHECK (end_minute BETWEEN 1 AND 1440),
	PRIMARY KEY (community_id, member_id, weekday, begin_minute),
	FOREIGN KEY (community_id, member_id) REFERENCES member ON DELETE CASCADE,
	CHECK (begin_minute < end_minute)
);

CREATE TABLE availability_exception (
	community_id uuid NOT NULL,
	member_id    uuid NOT NULL,
	date_from    date NOT NULL,
	date_to      date NOT NULL, -- the last day away
	kind         text NOT NULL DEFAULT 'away' CHECK (kind = 'away'),
	PRIMARY KEY (community_id, member_id, date_from, date_to),
	FOREIGN KEY (community_id, member_id) REFERENCES member ON DELETE CASCADE,
	CHECK (date_from <= date_to)
);

CREATE TABLE program (
	community_id uuid NOT NULL REFERENCES community,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	description  text NOT NULL DEFAULT '' CHECK (length(description) <= 4000),
	PRIMARY KEY (community_id, id)
);
CALL versioned('program');

CREATE TABLE policy (
	community_id uuid NOT NULL,
	program_id   uuid NOT NULL,
	version      int NOT NULL CHECK (version > 0),
	document     jsonb NOT NULL CHECK (jsonb_typeof(document) = 'object'),
	created_by   uuid, -- the token
	created_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (community_id, program_id, version),
	FOREIGN KEY (community_id, program_id) REFERENCES program
);
CALL written_once('policy');

-- capacity and used count places of a mentor; the CHECK is the last word on them.
CREATE TABLE enrollment (
	community_id uuid NOT NULL,
	program_id   uuid NOT NULL,
	member_id    uuid NOT NULL,
	role         text NOT NULL CHECK (role IN
		('newcomer', 'mentor', 'guide', 'coordinator')),
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	capacity     int NOT NULL DEFAULT 0 CHECK (capacity BETWEEN 0 AND 1000),
	used         int NOT NULL DEFAULT 0,
	paused_until date,
	state        text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'left')),
	PRIMARY KEY (community_id, program_id, member_id, role),
	FOREIGN KEY (community_id, program_id) REFERENCES program,
	FOREIGN KEY (community_id, member_id) REFERENCES member,
	CONSTRAINT enrollment_used_check CHECK (used BETWEEN 0 AND capacity)
);
CALL versioned('enrollment');
CREATE INDEX enrollment_member ON enrollment (community_id, member_id);

CREATE TABLE token (
	community_id uuid NOT NULL REFERENCES community,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	member_id    uuid,
	name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	role         text NOT NULL CHECK (role IN
		('newcomer', 'mentor', 'coordinator', 'admin')),
	secret_hash  bytea NOT NULL CHECK (length(secret_hash) = 32),
	expires_at   timestamptz,
	revoked_at   timestamptz,
	last_used_at timestamptz,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, member_id) REFERENCES member,
	CONSTRAINT token_secret_hash_key UNIQUE (secret_hash)
);
CREATE INDEX token_member ON token (community_id, member_id);
-- Use is noted without a new version: it is no change of the token.
CREATE TRIGGER touch BEFORE UPDATE OF name, role, expires_at, revoked_at ON token
	FOR EACH ROW EXECUTE FUNCTION touch();

CREATE TABLE feed (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	member_id    uuid NOT NULL,
	secret_hash  bytea NOT NULL CHECK (length(secret_hash) = 32),
	revoked_at   timestamptz,
	last_used_at timestamptz,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, member_id) REFERENCES member,
	CONSTRAINT feed_secret_hash_key UNIQUE (secret_hash)
);
CREATE INDEX feed_member ON feed (community_id, member_id, id);
CREATE TRIGGER touch BEFORE UPDATE OF secret_hash, revoked_at ON feed
	FOR EACH ROW EXECUTE FUNCTION touch();

CREATE VIEW member_doc AS
SELECT community_id, id, external_id, display_name, email, updated_at, erased_at,
	etag(row_version) AS etag,
	json_build_object(
		'id', id,
		'external_id', external_id,
		'display_name', display_name,
		'email', email,
		'roles', roles,
		'wants', wants,
		'tags', tags,
		'stack', stack,
		'languages', languages,
		'time_zone', time_zone,
		'industry', industry,
		'style', style,
		'organization', organization,
		'years', years,
		'preferences', preferences,
		'avoid', avoid,
		'enrollments', (SELECT coalesce(json_agg(json_build_object(
				'program_id', e.program_id,
				'role', e.role,
				'state', e.state,
				'capacity', e.capacity,
				'used', e.used,
				'paused_until', e.paused_until)
				ORDER BY e.program_id, e.role), '[]')
			FROM enrollment e
			WHERE e.community_id = m.community_id AND e.member_id = m.id),
		'erased_at', rfc3339(erased_at),
		'row_version', row_version,
		'created_at', rfc3339(created_at),
		'updated_at', rfc3339(updated_at)) AS doc
FROM member m;

CREATE FUNCTION weekday_name(weekday int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('{Mon,Tue,Wed,Thu,Fri,Sat,Sun}'::text[])[weekday + 1];

-- 1110 -> 18:30; 1440 -> 24:00, which no value of type time prints.
CREATE FUNCTION minute_name(minute int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lpad((minute / 60)::text, 2, '0') || ':' || lpad((minute % 60)::text, 2, '0');

CREATE VIEW availability_doc AS
SELECT m.community_id, m.id, etag(m.row_version) AS etag,
	json_build_object(
		'member_id', m.id,
		'time_zone', m.time_zone,
		'windows', (SELECT coalesce(json_agg(json_build_object(
				'weekday', weekday_name(a.weekday),
				'from', minute_name(a.begin_minute),
				'to', minute_name(a.end_minute))
				ORDER BY a.weekday, a.begin_minute), '[]')
			FROM availability a
			WHERE a.community_id = m.community_id AND a.member_id = m.id),
		'exceptions', (SELECT coalesce(json_agg(json_build_object(
				'from', x.date_from,
				'to', x.date_to)
				ORDER BY x.date_from, x.date_to), '[]')
			FROM availability_exception x
			WHERE x.community_id = m.community_id AND x.member_id = m.id),
		'row_version', m.row_version,
		'updated_at', rfc3339(m.updated_at)) AS doc
FROM member m;

CREATE VIEW program_doc AS
SELECT community_id, id, etag(row_version) AS etag,
	json_build_object(
		'id', id,
		'name', name,
		'description', description,
		'policy_version', (SELECT max(version) FROM policy
			WHERE community_id = p.community_id AND program_id = p.id),
		'enrolled', (SELECT json_build_object(
				'newcomers', count(*) FILTER (WHERE role = 'newcomer'),
				'mentors', count(*) FILTER (WHERE role = 'mentor'),
				'guides', count(*) FILTER (WHERE role = 'guide'),
				'coordinators', count(*) FILTER (WHERE role = 'coordinator'),
				'places', coalesce(sum(capacity) FILTER (WHERE role = 'mentor'), 0),
				'places_used', coalesce(sum(used) FILTER (WHERE role = 'mentor'), 0))
			FROM enrollment WHERE community_id = p.community_id
				AND program_id = p.id AND state = 'active'),
		'row_version', row_version,
		'created_at', rfc3339(created_at),
		'updated_at', rfc3339(updated_at)) AS doc
FROM program p;

CREATE VIEW policy_doc AS
SELECT community_id, program_id, version, etag(version) AS etag,
	json_build_object(
		'program_id', program_id,
		'version', version,
		'document', document,
		'created_by', created_by,
		'created_at', rfc3339(created_at)) AS doc
FROM policy;

-- key orders one program's enrollments and names one of them in a list.
CREATE VIEW enrollment_doc AS
SELECT e.community_id, e.program_id, e.member_id, e.role, e.state,
	e.member_id || '/' || e.role AS key,
	etag(e.row_version) AS etag,
	json_build_object(
		'program_id', e.program_id,
		'program_name', p.name,
		'member_id', e.member_id,
		'external_id', m.external_id,
		'display_name', m.display_name,
		'time_zone', m.time_zone,
		'role', e.role,
		'capacity', e.capacity,
		'used', e.used,
		'paused_until', e.paused_until,
		'state', e.state,
		'row_version', e.row_version,
		'created_at', rfc3339(e.created_at),
		'updated_at', rfc3339(e.updated_at)) AS doc
FROM enrollment e
JOIN member m ON m.community_id = e.community_id AND m.id = e.member_id
JOIN program p ON p.community_id = e.community_id AND p.id = e.program_id;

CREATE VIEW token_doc AS
SELECT t.community_id, t.id, t.member_id, t.revoked_at, etag(t.row_version) AS etag,
	json_build_object(
		'id', t.id,
		'name', t.name,
		'role', t.role,
		'member_id', t.member_id,
		'member_display_name', m.display_name,
		'community', c.slug,
		'expires_at', rfc3339(t.expires_at),
		'revoked_at', rfc3339(t.revoked_at),
		'last_used_at', rfc3339(t.last_used_at),
		'row_version', t.row_version,
		'created_at', rfc3339(t.created_at),
		'updated_at', rfc3339(t.updated_at)) AS doc
FROM token t
JOIN community c ON c.community_id = t.community_id
LEFT JOIN member m ON m.community_id = t.community_id AND m.id = t.member_id;

CREATE VIEW feed_doc AS
SELECT community_id, id, member_id, revoked_at, etag(row_version) AS etag,
	json_build_object(
		'id', id,
		'member_id', member_id,
		'revoked_at', rfc3339(revoked_at),
		'last_used_at', rfc3339(last_used_at),
		'row_version', row_version,
		'created_at', rfc3339(created_at),
		'updated_at', rfc3339(updated_at)) AS doc
FROM feed;
