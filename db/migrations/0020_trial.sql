-- Trials: questions to the matcher beside the rounds. They change nothing; what one shows
-- may be accepted, and then there are proposals. Kept for some weeks (db/upkeep.c).

CREATE TABLE trial (
	community_id      uuid NOT NULL,
	id                uuid NOT NULL,
	row_version       bigint NOT NULL DEFAULT 1,
	created_at        timestamptz NOT NULL DEFAULT now(),
	updated_at        timestamptz NOT NULL DEFAULT now(),
	program_id        uuid NOT NULL,
	kind              text NOT NULL CONSTRAINT trial_kind_check
		CHECK (kind IN ('explanation')),
	matching_round_id uuid, -- whose plan is asked about
	policy_version    int NOT NULL,
	question          json NOT NULL,
	state             text NOT NULL DEFAULT 'queued' CHECK (state IN
		('queued', 'running', 'solved', 'failed', 'cancelled')),
	answer            json,
	error             text,
	started_at        timestamptz,
	finished_at       timestamptz,
	accepted_at       timestamptz,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, program_id) REFERENCES program,
	FOREIGN KEY (community_id, program_id, policy_version) REFERENCES policy,
	FOREIGN KEY (community_id, matching_round_id) REFERENCES matching_round,
	CHECK ((kind = 'explanation') = (matching_round_id IS NOT NULL)),
	CHECK ((state = 'solved') = (answer IS NOT NULL))
);
CALL versioned('trial');
CREATE INDEX trial_program ON trial (community_id, program_id, id);
CREATE INDEX trial_age ON trial (created_at);

ALTER TABLE job DROP CONSTRAINT job_kind_check, ADD CONSTRAINT job_kind_check
	CHECK (kind IN ('matching_round', 'intake', 'trial'));
-- The jobs of trials go with them.
CREATE INDEX job_subject ON job (community_id, subject_id);
GRANT DELETE ON job TO cairn_worker;

CREATE VIEW trial_doc AS
SELECT t.community_id, t.id, t.program_id, t.kind, t.state, etag(t.row_version) AS etag,
	json_build_object(
		'id', t.id,
		'program_id', t.program_id,
		'program_name', p.name,
		'kind', t.kind,
		'matching_round_id', t.matching_round_id,
		'policy_version', t.policy_version,
		'question', t.question,
		'state', t.state,
		'answer', t.answer,
		'error', t.error,
		'started_at', rfc3339(t.started_at),
		'finished_at', rfc3339(t.finished_at),
		'accepted_at', rfc3339(t.accepted_at),
		'row_version', t.row_version,
		'created_at', rfc3339(t.created_at),
		'updated_at', rfc3339(t.updated_at)) AS doc
FROM trial t
JOIN program p ON p.community_id = t.community_id AND p.id = t.program_id;

CALL walled('trial', 'SELECT, INSERT, UPDATE', 'SELECT, UPDATE, DELETE');
CALL walls('trial', 'false');
CALL scoped('trial', 'matching');

-- What a trial shows becomes proposals when a coordinator accepts it; nobody else makes
-- one, whoever it would be offered to.
GRANT INSERT ON proposal TO cairn_api;
CREATE POLICY made_by_staff ON proposal AS RESTRICTIVE FOR INSERT TO cairn_api
	WITH CHECK ((SELECT acts_for_all()));
CALL wall_views();
