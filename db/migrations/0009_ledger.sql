-- The ledger: the audit as a chain that shows whether anybody changed it, the outbox
-- of what is still to be sent, and whether this database may send at all.

-- ---- the audit's chain, one per community ----

-- An event's hash is the SHA-256 of the hash before it and of everything the event
-- says, as the JSON array below. `cairn audit verify` and the tests know this form by
-- themselves, so that a changed function here cannot make a changed row look right.
CREATE FUNCTION audit_hash(prev bytea, community_id uuid, seq bigint, at timestamptz,
	actor_id uuid, actor_role text, action text, subject_kind text, subject_id uuid,
	before jsonb, after jsonb) RETURNS bytea
LANGUAGE sql STABLE
RETURN sha256(prev || convert_to(jsonb_build_array(community_id, seq, rfc3339(at),
	actor_id, actor_role, action, subject_kind, subject_id, before, after)::text,
	'UTF8'));

-- What the audit keeps of a document: a digest, and the names of the fields in which it
-- differs from the one before. No values: an erasure must not have to touch the chain.
CREATE FUNCTION audit_trace(doc jsonb, before jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN doc IS NOT NULL THEN
	jsonb_build_object('digest', encode(sha256(convert_to(doc::text, 'UTF8')), 'hex'))
	|| CASE WHEN before IS NULL THEN '{}' ELSE jsonb_build_object('fields',
		(SELECT coalesce(jsonb_agg(name ORDER BY name), '[]')
		FROM jsonb_object_keys(doc) AS name
		WHERE doc -> name IS DISTINCT FROM before -> name)) END END;

-- The last link. Whoever adds an event locks it, last of all that a change does: this
-- orders the changes of a community, so no number is missing and none comes twice.
CREATE TABLE audit_head (
	community_id uuid PRIMARY KEY REFERENCES community,
	seq          bigint NOT NULL DEFAULT 0,
	hash         bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
		CHECK (length(hash) = 32)
) WITH (fillfactor = 10); -- written again and again: leave room beside it

CREATE FUNCTION begin_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO cairn.audit_head (community_id) VALUES (NEW.community_id);
	RETURN NULL;
END $$;
CREATE TRIGGER begin_audit AFTER INSERT ON community
	FOR EACH ROW EXECUTE FUNCTION begin_audit();
INSERT INTO audit_head (community_id) SELECT community_id FROM community;

-- The events so far lose the values of documents, are numbered per community without
-- gaps, and become the first links.
DROP VIEW audit_event_doc;
ALTER TABLE audit_event DISABLE TRIGGER USER;
ALTER TABLE audit_event ALTER seq DROP IDENTITY, ADD hash bytea,
	ALTER at SET DEFAULT date_trunc('second', now());
UPDATE audit_event
	SET before = audit_trace(before, NULL), after = audit_trace(after, before)
	WHERE coalesce(before, '{}') || coalesce(after, '{}')
		- '{state,starts_at,created,updated,enrolled}'::text[] <> '{}';
DO $$
DECLARE
	e audit_event;
	h audit_head;
BEGIN
	FOR e IN SELECT * FROM audit_event ORDER BY community_id, seq LOOP
		SELECT * INTO h FROM audit_head WHERE community_id = e.community_id;
		h.seq := h.seq + 1;
		h.hash := audit_hash(h.hash, e.community_id, h.seq, e.at, e.actor_id,
			e.actor_role, e.action, e.subject_kind, e.subject_id, e.before,
			e.after);
		UPDATE audit_event SET seq = h.seq, hash = h.hash
			WHERE community_id = e.community_id AND seq = e.seq;
		UPDATE audit_head SET seq = h.seq, hash = h.hash
			WHERE community_id = e.community_id;
	END LOOP;
END $$;
ALTER TABLE audit_event ALTER hash SET NOT NULL, ENABLE TRIGGER USER;

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
		'after', after,
		'hash', encode(hash, 'hex')) AS doc
FROM audit_event;

CREATE VIEW audit_head_doc AS
SELECT community_id, NULL::text AS etag,
	json_build_object(
		'community_id', community_id,
		'seq', seq,
		'hash', encode(hash, 'hex')) AS doc
FROM audit_head
WHERE NOT walled_in() OR acts_for_all(); -- whoever changes something moves the head on

-- ---- jobs whose worker is gone ----

-- Beside the lease, the connection of a job's worker holds an advisory lock: it is free
-- the moment the worker dies, long before the lease ends. 17 marks our locks.
CREATE FUNCTION job_key(job uuid) RETURNS int LANGUAGE sql IMMUTABLE
RETURN hashtext(job::text);

CREATE FUNCTION job_holders(job uuid) RETURNS SETOF int LANGUAGE sql VOLATILE AS $$
	SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
		AND classid = 17 AND objsubid = 2
		AND objid::bigint = cairn.job_key(job)::bigint & 4294967295
		AND database = (SELECT oid FROM pg_database
			WHERE datname = current_database())
$$;

-- Take the lock, or keep it: locks of a connection count how often they were taken.
CREATE FUNCTION hold_job(job uuid) RETURNS boolean LANGUAGE sql VOLATILE AS $$
	SELECT pg_backend_pid() IN (SELECT cairn.job_holders(job))
		OR pg_try_advisory_lock(17, cairn.job_key(job))
$$;

-- ---- the outbox ----

-- What is still to be sent: one row for every invitation, made in the same statement.
-- The text is the invitation's. `sent` rows stay, so that nothing is sent twice.
CREATE TABLE outbox_message (
	community_id  uuid NOT NULL,
	id            uuid NOT NULL, -- the invitation's
	row_version   bigint NOT NULL DEFAULT 1,
	created_at    timestamptz NOT NULL DEFAULT now(),
	updated_at    timestamptz NOT NULL DEFAULT now(),
	uid           text NOT NULL,
	sequence      int NOT NULL,
	recipient_id  uuid NOT NULL,
	method        text NOT NULL,
	recurrence_id timestamptz, -- NULL: about the whole series
	state         text NOT NULL DEFAULT 'pending' CHECK (state IN
		('pending', 'sending', 'sent', 'superseded')),
	epoch         bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, id) REFERENCES invitation,
	CONSTRAINT outbox_message_once
		UNIQUE (community_id, uid, sequence, recipient_id, method)
);
CALL versioned('outbox_message');
CREATE INDEX outbox_message_open ON outbox_message (created_at)
	WHERE state IN ('pending', 'sending');

-- Whether this database sends. `home` names the very database that was told to: a copy
-- (a restored backup, a clone for a rehearsal) is another one, and keeps silent until
-- somebody says `cairn outbox resume` there. One row, or none: then silence, too.
CREATE TABLE system_state (
	only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	mode     text NOT NULL CHECK (mode IN ('normal', 'paused')),
	home     text NOT NULL,
	since    timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION this_database() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog AS $$
	SELECT c.system_identifier || '/' || d.oid
	FROM pg_control_system() c, pg_database d WHERE d.datname = current_database()
$$;

INSERT INTO system_state (mode, home) VALUES ('normal', this_database());

CREATE VIEW system_mode AS
SELECT CASE WHEN s.home = this_database() THEN s.mode ELSE 'quarantine' END AS mode,
	s.since
FROM (SELECT) AS always LEFT JOIN system_state s ON true;

-- What may be sent now, oldest first. Nobody sends anything else.
CREATE VIEW outbox_due AS
SELECT m.* FROM outbox_message m
WHERE m.state = 'pending' AND (SELECT mode FROM system_mode) = 'normal'
ORDER BY m.created_at, m.id;

-- ---- the walls ----

CALL walled('outbox_message', 'SELECT, INSERT, UPDATE', 'SELECT, INSERT, UPDATE');
CALL walls('outbox_message', 'false');
GRANT UPDATE (used) ON office_hours_slot TO cairn_worker; -- the recount
CALL walled('system_state', 'SELECT');
CREATE POLICY api ON system_state FOR SELECT TO cairn_api USING (true);
REVOKE EXECUTE ON FUNCTION this_database FROM PUBLIC;
GRANT EXECUTE ON FUNCTION this_database TO cairn_api, cairn_worker;

CALL walled('audit_head', 'SELECT, UPDATE', 'SELECT, UPDATE');
CREATE POLICY api ON audit_head TO cairn_api
	USING (community_id = (SELECT acting_community()));
CALL wall_views();
