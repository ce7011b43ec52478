-- A round says who together are too many for which places, and which mentor would help
-- most; null for plans of before, and where no place is short.
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
		'shortages', (SELECT json_agg(json_build_object(
				'places', s.item -> 'places',
				'unmatched', s.item -> 'unmatched',
				'mentors', s.item -> 'mentors') ORDER BY s.n)
			FROM json_array_elements(r.plan -> 'shortages')
				WITH ORDINALITY AS s(item, n)),
		'mentors_wanted', r.plan -> 'mentors_wanted',
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
