-- Two more kinds of trials: a policy beside another on the people of the moment, and the
-- repair of confirmed pairings, whose changes become proposals that replace a pairing.

ALTER TABLE trial DROP CONSTRAINT trial_kind_check, ADD CONSTRAINT trial_kind_check
	CHECK (kind IN ('explanation', 'comparison', 'repair'));

-- The active pairings of a program, of newcomers whom nothing keeps out of a round that
-- would begin at that moment: no locked proposal, no pause, no leave.
CREATE FUNCTION pairs_to_repair(community uuid, program uuid, moment timestamptz)
RETURNS TABLE (newcomer_id uuid, mentor_id uuid) LANGUAGE sql STABLE BEGIN ATOMIC
	SELECT g.newcomer_id, g.mentor_id FROM pairing g
	WHERE g.community_id = community AND g.program_id = program AND g.state = 'active'
		AND NOT EXISTS (SELECT FROM proposal x
			WHERE x.community_id = community AND x.program_id = program
				AND x.newcomer_id = g.newcomer_id AND x.state = 'locked')
		AND NOT EXISTS (SELECT FROM enrollment e
			WHERE e.community_id = community AND e.program_id = program
				AND e.member_id = g.newcomer_id AND e.role = 'newcomer'
				AND (e.state = 'left' OR e.paused_until > moment::date));
END;

-- A proposal of a repair: when all have said yes, the newcomer's pairing of now ends and
-- the new one begins, in one step.
ALTER TABLE proposal ADD COLUMN replaces_pairing_id uuid,
	ADD FOREIGN KEY (community_id, replaces_pairing_id) REFERENCES pairing;

-- A repair that was accepted is a round of its own, solved from the start; its trial is
-- forgotten one day.
ALTER TABLE matching_round ADD COLUMN trial_id uuid;

CREATE OR REPLACE VIEW matching_round_doc AS
SELECT r.community_id, r.id, r.program_id, r.state, etag(r.row_version) AS etag,
	json_build_object(
		'id', r.id,
		'program_id', r.program_id,
		'program_name', p.name,
		'policy_version', r.policy_version,
		'seed', r.seed,
		'trial_id', r.trial_id,
		'state', r.state,
		'progress', r.progress,
		'input_digest', r.input_digest,
		'plan_status', r.plan -> 'status',
		'objective', r.plan -> 'objective',
		'bound', r.plan -> 'bound',
		'gap', r.plan -> 'gap',
		'steps', r.plan -> 'steps',
		'constraints', r.plan -> 'constraints',
		'stability', r.plan -> 'stability',
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

CREATE OR REPLACE VIEW proposal_doc AS
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
		'replaces_pairing_id', x.replaces_pairing_id,
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
JOIN member_card n ON n.community_id = x.community_id AND n.id = x.newcomer_id
JOIN member_card m ON m.community_id = x.community_id AND m.id = x.mentor_id;
CALL wall_views();
