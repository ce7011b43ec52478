-- Several mentors for one newcomer of a program, for trial talks: as many as its policy
-- gives, fewer where the request says so.

ALTER TABLE mentor_request ADD COLUMN mentors_wanted smallint
	CHECK (mentors_wanted BETWEEN 1 AND 5); -- NULL: as many as the policy gives

-- How many mentors a newcomer of the program may have at once, by the policy of now.
CREATE FUNCTION mentors_per_newcomer(community uuid, program uuid) RETURNS int
LANGUAGE sql STABLE BEGIN ATOMIC
	SELECT coalesce((SELECT (y.document ->> 'mentors_per_newcomer')::int FROM policy y
		WHERE y.community_id = community AND y.program_id = program
		ORDER BY y.version DESC LIMIT 1), 1);
END;

-- Each active pairing of a newcomer has a slot of its own in the program, the lowest that
-- is free among as many as the policy gives. Where none is, it is the first one, and the
-- index refuses it; so it does when two take the same at the same time.
ALTER TABLE pairing ADD COLUMN slot smallint NOT NULL DEFAULT 1
	CHECK (slot BETWEEN 1 AND 5);
DROP INDEX pairing_one_active;
CREATE UNIQUE INDEX pairing_one_active
	ON pairing (community_id, program_id, newcomer_id, slot) WHERE state = 'active';
CREATE UNIQUE INDEX pairing_active_pair
	ON pairing (community_id, program_id, newcomer_id, mentor_id) WHERE state = 'active';

CREATE FUNCTION take_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.slot := coalesce((SELECT min(s) FROM generate_series(1,
			cairn.mentors_per_newcomer(NEW.community_id, NEW.program_id)) s
		WHERE NOT EXISTS (SELECT FROM cairn.pairing g
			WHERE g.community_id = NEW.community_id AND g.program_id = NEW.program_id
				AND g.newcomer_id = NEW.newcomer_id AND g.state = 'active'
				AND g.slot = s)), 1);
	RETURN NEW;
END $$;
CREATE TRIGGER take_slot BEFORE INSERT ON pairing
	FOR EACH ROW EXECUTE FUNCTION take_slot();

-- `term:level;…` of what a member knows or speaks.
CREATE FUNCTION levels_text(levels jsonb, key text) RETURNS text
LANGUAGE sql IMMUTABLE BEGIN ATOMIC
	SELECT string_agg((l ->> key) || ':' || (l ->> 'level'), ';')
	FROM jsonb_array_elements(levels) l;
END;

CREATE OR REPLACE VIEW mentor_request_doc AS
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
		'mentors_wanted', r.mentors_wanted,
		'state', r.state,
		'reason', r.reason,
		'queue_position', CASE WHEN r.state IN ('open', 'in_round') THEN
			(SELECT count(*) FROM mentor_request_card q
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
CALL wall_views();
