-- How many newcomers of one organization a cohort may have; 0: any number.
ALTER TABLE intake ADD most_per_organization smallint NOT NULL DEFAULT 0
	CHECK (most_per_organization BETWEEN 0 AND 50);

CREATE OR REPLACE VIEW intake_doc AS
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
		'slots_per_cohort', i.slots_per_cohort,
		'most_per_organization', i.most_per_organization,
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
CALL wall_views();
