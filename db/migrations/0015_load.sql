-- What a mentor carries over all programs together, and rest between two pairings.

-- NULL: as the policy says.
ALTER TABLE enrollment
	ADD rest_days int CHECK (rest_days BETWEEN 0 AND 3650);

-- mentor_used is the sum of enrollment.used over the programs, kept by a trigger and counted
-- anew by the upkeep, which also fills it in at first; NULL capacity: no limit beyond each
-- program's. The CHECK is the last word on both.
ALTER TABLE member
	ADD mentor_capacity int CHECK (mentor_capacity BETWEEN 0 AND 1000),
	ADD mentor_used     int NOT NULL DEFAULT 0,
	ADD CONSTRAINT member_mentor_used_check CHECK (mentor_used >= 0
		AND (mentor_capacity IS NULL OR mentor_used <= mentor_capacity));

-- Being counted is no change of the member: the version stays.
DROP TRIGGER touch ON member;
CREATE TRIGGER touch BEFORE UPDATE ON member FOR EACH ROW
	WHEN (NEW.mentor_used = OLD.mentor_used) EXECUTE FUNCTION touch();

-- With the owner's eyes: a newcomer who says yes may not change the mentor's row. What was
-- never counted is not taken off.
CREATE FUNCTION count_places() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
BEGIN
	UPDATE member
	SET mentor_used = greatest(0, mentor_used + NEW.used - coalesce(OLD.used, 0))
	WHERE community_id = NEW.community_id AND id = NEW.member_id;
	RETURN NULL;
END $$;
CREATE TRIGGER count_places_first AFTER INSERT ON enrollment FOR EACH ROW
	WHEN (NEW.role = 'mentor' AND NEW.used > 0) EXECUTE FUNCTION count_places();
CREATE TRIGGER count_places AFTER UPDATE OF used ON enrollment FOR EACH ROW
	WHEN (NEW.role = 'mentor' AND NEW.used <> OLD.used) EXECUTE FUNCTION count_places();
REVOKE EXECUTE ON FUNCTION count_places FROM PUBLIC;
GRANT UPDATE (mentor_used) ON member TO cairn_worker;

-- Locked proposals hold a place; a round asks for those of all programs.
CREATE INDEX proposal_locked ON proposal (community_id, mentor_id) WHERE state = 'locked';

CREATE OR REPLACE VIEW member_doc AS
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
		'mentor_capacity', mentor_capacity,
		'mentor_used', mentor_used,
		'enrollments', (SELECT coalesce(json_agg(json_build_object(
				'program_id', e.program_id,
				'role', e.role,
				'state', e.state,
				'capacity', e.capacity,
				'used', e.used,
				'paused_until', e.paused_until,
				'rest_days', e.rest_days)
				ORDER BY e.program_id, e.role), '[]')
			FROM enrollment e
			WHERE e.community_id = m.community_id AND e.member_id = m.id),
		'erased_at', rfc3339(erased_at),
		'row_version', row_version,
		'created_at', rfc3339(created_at),
		'updated_at', rfc3339(updated_at)) AS doc
FROM member m;

CREATE OR REPLACE VIEW enrollment_doc AS
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
		'rest_days', e.rest_days,
		'state', e.state,
		'row_version', e.row_version,
		'created_at', rfc3339(e.created_at),
		'updated_at', rfc3339(e.updated_at)) AS doc
FROM enrollment e
JOIN member m ON m.community_id = e.community_id AND m.id = e.member_id
JOIN program p ON p.community_id = e.community_id AND p.id = e.program_id;
CALL wall_views();
