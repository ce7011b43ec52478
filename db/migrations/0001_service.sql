-- What every other table stands on: the schema, its few functions, the community
-- (the tenant), and the service's own records: audit, idempotency, jobs.

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA cairn;

-- Raise the version of a row that really changed. The one way versions grow.
-- *<> compares the stored images: type json has no equality of its own.
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW *<> OLD THEN
		NEW.row_version := OLD.row_version + 1;
		NEW.created_at := OLD.created_at;
		NEW.updated_at := now();
	END IF;
	RETURN NEW;
END $$;

-- For tables whose rows are written once: policies, the audit, histories.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME
		USING ERRCODE = 'restrict_violation';
END $$;

-- RFC 3339 in UTC, seconds: the one form of an instant in a document.
CREATE FUNCTION rfc3339(t timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT
RETURN to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

CREATE FUNCTION etag(row_version bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT
RETURN '"' || row_version || '"';

-- Give a table its triggers: versioned(t) for rows that change, written_once(t).
CREATE PROCEDURE versioned(t regclass) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER touch BEFORE UPDATE ON %s
		FOR EACH ROW EXECUTE FUNCTION cairn.touch()', t);
END $$;

CREATE PROCEDURE written_once(t regclass) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON %s
		FOR EACH ROW EXECUTE FUNCTION cairn.refuse_change()', t);
	EXECUTE format('CREATE TRIGGER written_once_all BEFORE TRUNCATE ON %s
		FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_change()', t);
END $$;

CREATE TABLE community (
	community_id    uuid PRIMARY KEY,
	row_version     bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	slug            text NOT NULL CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
	calendar_domain text NOT NULL CHECK (length(calendar_domain) BETWEEN 1 AND 253),
	CONSTRAINT community_slug_key UNIQUE (slug)
);
CALL versioned('community');

-- Every UID ever sent ends in this name; another name would orphan them all.
CREATE FUNCTION keep_calendar_domain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the calendar domain of a community is fixed for life'
		USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_calendar_domain BEFORE UPDATE ON community FOR EACH ROW
	WHEN (NEW.calendar_domain <> OLD.calendar_domain)
	EXECUTE FUNCTION keep_calendar_domain();

CREATE TABLE audit_event (
	community_id uuid NOT NULL REFERENCES community,
	seq          bigint GENERATED ALWAYS AS IDENTITY,
	at           timestamptz NOT NULL DEFAULT now(),
	actor_id     uuid, -- the token; NULL for the service itself
	actor_role   text NOT NULL,
	action       text NOT NULL,
	subject_kind text NOT NULL,
	subject_id   uuid NOT NULL,
	before       jsonb,
	after        jsonb,
	PRIMARY KEY (community_id, seq)
);
CREATE INDEX audit_event_subject ON audit_event (community_id, subject_id, seq);
CALL written_once('audit_event');

-- The answer to a request that was made with an Idempotency-Key. The row is made
-- before the effect and filled after it, in one transaction: a second request
-- with the key waits on the primary key and then finds the answer.
CREATE TABLE idempotency (
	community_id uuid NOT NULL REFERENCES community,
	principal    uuid NOT NULL,
	method       text NOT NULL,
	route        text NOT NULL,
	key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
	fingerprint  bytea NOT NULL,
	status       int,
	headers      jsonb,
	body         text,
	created_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (community_id, principal, method, route, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE job (
	community_id     uuid NOT NULL REFERENCES community,
	id               uuid NOT NULL,
	row_version      bigint NOT NULL DEFAULT 1,
	created_at       timestamptz NOT NULL DEFAULT now(),
	updated_at       timestamptz NOT NULL DEFAULT now(),
	kind             text NOT NULL CHECK (kind IN ('matching_round', 'intake')),
	subject_id       uuid NOT NULL,
	state            text NOT NULL DEFAULT 'queued' CHECK (state IN
		('queued', 'running', 'done', 'failed', 'cancelled')),
	epoch            bigint NOT NULL DEFAULT 0,
	lease_until      timestamptz,
	cancel_requested boolean NOT NULL DEFAULT false,
	error            text,
	PRIMARY KEY (community_id, id),
	CHECK ((state = 'running') = (lease_until IS NOT NULL))
);
CALL versioned('job');
CREATE UNIQUE INDEX job_one_live ON job (community_id, subject_id)
	WHERE state IN ('queued', 'running');
CREATE INDEX job_waiting ON job (created_at)
	WHERE state IN ('queued', 'running');

CREATE VIEW community_doc AS
SELECT community_id, community_id AS id, slug, etag(row_version) AS etag,
	json_build_object(
		'id', community_id,
		'name', name,
		'slug', slug,
		'calendar_domain', calendar_domain,
		'row_version', row_version,
		'created_at', rfc3339(created_at),
		'updated_at', rfc3339(updated_at)) AS doc
FROM community;

CREATE VIEW audit_event_doc AS
SELECT community_id, seq, subject_kind, subject_id, actor_id, at, action,
	json_build_object(
		'seq', seq,
		'at', rfc3339(at),
		'actor_id', actor_id,
		'actor_role', actor_role,
		'action', action,
		'subject_kind', subject_kind,
		'subject_id', subject_id,
		'before', before,
		'after', after) AS doc
FROM audit_event;
