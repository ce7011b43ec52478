-- Matching: the queue of requests, rounds, their proposals, and the pairings that
-- people made of them.

-- changed_by and reason belong to the latest change of state; a trigger writes the
-- history from them, so that no statement can forget to.
CREATE TABLE mentor_request (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	program_id   uuid NOT NULL,
	member_id    uuid NOT NULL,
	note         text NOT NULL DEFAULT '' CHECK (length(note) <= 4000),
	state        text NOT NULL DEFAULT 'open' CHECK (state IN
		('open', 'in_round', 'offered', 'matched', 'withdrawn', 'expired')),
	changed_by   uuid, -- the token; NULL for the service itself
	reason       text CHECK (length(reason) <= 1000),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, program_id) REFERENCES program,
	FOREIGN KEY (community_id, member_id) REFERENCES member
);
CALL versioned('mentor_request');
CREATE UNIQUE INDEX mentor_request_one_live
	ON mentor_request (community_id, program_id, member_id)
	WHERE state IN ('open', 'in_round', 'offered');
CREATE INDEX mentor_request_queue
	ON mentor_request (community_id, program_id, created_at, id)
	WHERE state IN ('open', 'in_round');
CREATE INDEX mentor_request_member ON mentor_request (community_id, member_id);

CREATE TABLE mentor_request_event (
	community_id      uuid NOT NULL,
	mentor_request_id uuid NOT NULL,
	seq               bigint GENERATED ALWAYS AS IDENTITY,
	state             text NOT NULL,
	at                timestamptz NOT NULL DEFAULT now(),
	actor_id          uuid,
	reason            text,
	PRIMARY KEY (community_id, mentor_request_id, seq),
	FOREIGN KEY (community_id, mentor_request_id) REFERENCES mentor_request
);
CALL written_once('mentor_request_event');

CREATE FUNCTION write_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO cairn.mentor_request_event
		(community_id, mentor_request_id, state, actor_id, reason)
	VALUES (NEW.community_id, NEW.id, NEW.state, NEW.changed_by, NEW.reason);
	RETURN NULL;
END $$;
CREATE TRIGGER history_begin AFTER INSERT ON mentor_request
	FOR EACH ROW EXECUTE FUNCTION write_history();
CREATE TRIGGER history_change AFTER UPDATE ON mentor_request FOR EACH ROW
	WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION write_history();

CREATE TABLE matching_round (
	community_id   uuid NOT NULL,
	id             uuid NOT NULL,
	row_version    bigint NOT NULL DEFAULT 1,
	created_at     timestamptz NOT NULL DEFAULT now(),
	updated_at     timestamptz NOT NULL DEFAULT now(),
	program_id     uuid NOT NULL,
	policy_version int NOT NULL,
	seed           bigint NOT NULL DEFAULT 0,
	state          text NOT NULL DEFAULT 'queued' CHECK (state IN
		('queued', 'running', 'solved', 'failed', 'cancelled')),
	progress       jsonb,
	input          text, -- the member file that the solver read
	input_digest   text,
	plan           json, -- as the solver wrote it, octet by octet
	certificate    json,
	error          text,
	started_at     timestamptz,
	finished_at    timestamptz,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, program_id) REFERENCES program,
	FOREIGN KEY (community_id, program_id, policy_version) REFERENCES policy
);
CALL versioned('matching_round');
CREATE UNIQUE INDEX matching_round_one_live
	ON matching_round (community_id, program_id)
	WHERE state IN ('queued', 'running');
CREATE INDEX matching_round_program ON matching_round (community_id, program_id, id);

CREATE TABLE proposal (
	community_id             uuid NOT NULL,
	id                       uuid NOT NULL,
	row_version              bigint NOT NULL DEFAULT 1,
	created_at               timestamptz NOT NULL DEFAULT now(),
	updated_at               timestamptz NOT NULL DEFAULT now(),
	matching_round_id        uuid NOT NULL,
	program_id               uuid NOT NULL,
	mentor_request_id        uuid, -- NULL when the newcomer never asked
	newcomer_id              uuid NOT NULL,
	mentor_id                uuid NOT NULL,
	points                   int NOT NULL,
	shared_minutes           int NOT NULL,
	explanation              json NOT NULL,
	state                    text NOT NULL DEFAULT 'proposed' CHECK (state IN
		('proposed', 'locked', 'confirmed', 'declined', 'expired')),
	coordinator_confirmed_at timestamptz,
	newcomer_confirmed_at    timestamptz,
	mentor_confirmed_at      timestamptz,
	decline_reason           text CHECK (length(decline_reason) <= 1000),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, matching_round_id) REFERENCES matching_round,
	FOREIGN KEY (community_id, program_id) REFERENCES program,
	FOREIGN KEY (community_id, mentor_request_id) REFERENCES mentor_request,
	FOREIGN KEY (community_id, newcomer_id) REFERENCES member,
	FOREIGN KEY (community_id, mentor_id) REFERENCES member,
	CHECK (newcomer_id <> mentor_id),
	CONSTRAINT proposal_pair_key
		UNIQUE (community_id, matching_round_id, newcomer_id, mentor_id)
);
CALL versioned('proposal');
CREATE INDEX proposal_newcomer ON proposal (community_id, newcomer_id, id);
CREATE INDEX proposal_mentor ON proposal (community_id, mentor_id, id);
CREATE INDEX proposal_program ON proposal (community_id, program_id, state);

CREATE TABLE pairing (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	program_id   uuid NOT NULL,
	newcomer_id  uuid NOT NULL,
	mentor_id    uuid NOT NULL,
	proposal_id  uuid, -- NULL when made by hand
	state        text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
	started_at   timestamptz NOT NULL DEFAULT now(),
	ended_at     timestamptz,
	end_reason   text CHECK (length(end_reason) <= 1000),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, program_id) REFERENCES program,
	FOREIGN KEY (community_id, newcomer_id) REFERENCES member,
	FOREIGN KEY (community_id, mentor_id) REFERENCES member,
	FOREIGN KEY (community_id, proposal_id) REFERENCES proposal,
	CHECK (newcomer_id <> mentor_id),
	CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
	CONSTRAINT pairing_proposal_key UNIQUE (community_id, proposal_id)
);
CALL versioned('pairing');
CREATE UNIQUE INDEX pairing_one_active
	ON pairing (community_id, program_id, newcomer_id) WHERE state = 'active';
CREATE INDEX pairing_newcomer ON pairing (community_id, newcomer_id, id);
CREATE INDEX pairing_mentor ON pairing (community_id, mentor_id, id);

-- queue_position counts those of the program who wait, first come first; NULL once
-- a request waits no more.
CREATE VIEW mentor_request_doc AS
SELECT r.community_id, r.id, r.program_id, r.member_id, r.state,
	etag(r.row_version) AS etag,
	json_build_object(
		'id', r.id,
		'program_id', r.program_id,
		'program_name', p.name,
		'member_id', r.member_id,
		'external_id', m.external_id,
		'display_name', m.display_name,
		'note', r.note,
		'state', r.state,
		'reason', r.reason,
		'queue_position', CASE WHEN r.state IN ('open', 'in_round') THEN
			(SELECT count(*) FROM mentor_request q
			WHERE q.community_id = r.community_id
				AND q.program_id = r.program_id
				AND q.state IN ('open', 'in_round')
				AND (q.created_at, q.id) <= (r.created_at, r.id)) END,
		'history', (SELECT json_agg(json_build_object(
				'state', h.state,
				'at', rfc3339(h.at),
				'actor_id', h.actor_id,
				'reason', h.reason) ORDER BY h.seq)
			FROM mentor_request_event h
			WHERE h.community_id = r.community_id AND h.mentor_request_id = r.id),
		'row_version', r.row_version,
		'created_at', rfc3339(r.created_at),
		'updated_at', rfc3339(r.updated_at)) AS doc
FROM mentor_request r
JOIN member m ON m.community_id = r.community_id AND m.id = r.member_id
JOIN program p ON p.community_id = r.community_id AND p.id = r.program_id;

CREATE VIEW matching_round_doc AS
SELECT r.community_id, r.id, r.program_id, r.state, etag(r.row_version) AS etag,
	json_build_object(
		'id', r.id,
		'program_id', r.program_id,
		'program_name', p.name,
		'policy_version', r.policy_version,
		'seed', r.seed,
		'state', r.state,
		'progress', r.progress,
		'input_digest', r.input_digest,
		'plan_status', r.plan -> 'status',
		'objective', r.plan -> 'objective',
		'bound', r.plan -> 'bound',
		'gap', r.plan -> 'gap',
		'unmatched', r.plan -> 'unmatched',
		'proposals', (SELECT json_build_object(
				'proposed', count(*) FILTER (WHERE x.state = 'proposed'),
				'locked', count(*) FILTER (WHERE x.state = 'locked'),
				'confirmed', count(*) FILTER (WHERE x.state = 'confirmed'),
				'declined', count(*) FILTER (WHERE x.state = 'declined'),
				'expired', count(*) FILTER (WHERE x.state = 'expired'))
			FROM proposal x
			WHERE x.community_id = r.community_id AND x.matching_round_id = r.id),
		'error', r.error,
		'started_at', rfc3339(r.started_at),
		'finished_at', rfc3339(r.finished_at),
		'row_version', r.row_version,
		'created_at', rfc3339(r.created_at),
		'updated_at', rfc3339(r.updated_at)) AS doc
FROM matching_round r
JOIN program p ON p.community_id = r.community_id AND p.id = r.program_id;

CREATE VIEW proposal_doc AS
SELECT x.community_id, x.id, x.matching_round_id, x.program_id,
	x.mentor_request_id, x.newcomer_id, x.mentor_id, x.state,
	etag(x.row_version) AS etag,
	json_build_object(
		'id', x.id,
		'matching_round_id', x.matching_round_id,
		'program_id', x.program_id,
		'program_name', p.name,
		'mentor_request_id', x.mentor_request_id,
		'newcomer_id', x.newcomer_id,
		'newcomer_external_id', n.external_id,
		'newcomer_display_name', n.display_name,
		'newcomer_time_zone', n.time_zone,
		'mentor_id', x.mentor_id,
		'mentor_external_id', m.external_id,
		'mentor_display_name', m.display_name,
		'mentor_time_zone', m.time_zone,
		'points', x.points,
		'shared_minutes', x.shared_minutes,
		'explanation', x.explanation,
		'state', x.state,
		'coordinator_confirmed_at', rfc3339(x.coordinator_confirmed_at),
		'newcomer_confirmed_at', rfc3339(x.newcomer_confirmed_at),
		'mentor_confirmed_at', rfc3339(x.mentor_confirmed_at),
		'decline_reason', x.decline_reason,
		'pairing_id', (SELECT g.id FROM pairing g
			WHERE g.community_id = x.community_id AND g.proposal_id = x.id),
		'row_version', x.row_version,
		'created_at', rfc3339(x.created_at),
		'updated_at', rfc3339(x.updated_at)) AS doc
FROM proposal x
JOIN program p ON p.community_id = x.community_id AND p.id = x.program_id
JOIN member n ON n.community_id = x.community_id AND n.id = x.newcomer_id
JOIN member m ON m.community_id = x.community_id AND m.id = x.mentor_id;

CREATE VIEW pairing_doc AS
SELECT g.community_id, g.id, g.program_id, g.newcomer_id, g.mentor_id, g.state,
	etag(g.row_version) AS etag,
	json_build_object(
		'id', g.id,
		'program_id', g.program_id,
		'program_name', p.name,
		'newcomer_id', g.newcomer_id,
		'newcomer_external_id', n.external_id,
		'newcomer_display_name', n.display_name,
		'newcomer_time_zone', n.time_zone,
		'mentor_id', g.mentor_id,
		'mentor_external_id', m.external_id,
		'mentor_display_name', m.display_name,
		'mentor_time_zone', m.time_zone,
		'proposal_id', g.proposal_id,
		'state', g.state,
		'started_at', rfc3339(g.started_at),
		'ended_at', rfc3339(g.ended_at),
		'end_reason', g.end_reason,
		'row_version', g.row_version,
		'created_at', rfc3339(g.created_at),
		'updated_at', rfc3339(g.updated_at)) AS doc
FROM pairing g
JOIN program p ON p.community_id = g.community_id AND p.id = g.program_id
JOIN member n ON n.community_id = g.community_id AND n.id = g.newcomer_id
JOIN member m ON m.community_id = g.community_id AND m.id = g.mentor_id;
