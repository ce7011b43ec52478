-- A round says how far its plan goes into each limit of its policy; null for plans of
-- before.
CREATE OR REPLACE VIEW matching_round_doc AS
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
CALL wall_views();
