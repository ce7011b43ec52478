-- Journeys: what somebody, or a cohort together, goes through in their first weeks. A
-- template belongs to the program; who begins it gets steps of their own, so that a later
-- change of the template moves nobody's list.

CREATE TABLE journey_template (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	program_id   uuid NOT NULL,
	title        text NOT NULL,
	persona      text NOT NULL, -- for whom: a word of the program's own, or ''
	steps        jsonb NOT NULL CHECK (jsonb_array_length(steps) BETWEEN 1 AND 60),
	state        text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, program_id) REFERENCES program
);
CALL versioned('journey_template');
CREATE INDEX journey_template_program ON journey_template (community_id, program_id, id);

CREATE TABLE journey (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	program_id   uuid NOT NULL,
	template_id  uuid NOT NULL,
	member_id    uuid, -- whose it is …
	cohort_id    uuid, -- … or the cohort that shares it
	title        text NOT NULL,
	persona      text NOT NULL,
	starts_on    date NOT NULL,
	state        text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'ended')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, program_id) REFERENCES program,
	FOREIGN KEY (community_id, template_id) REFERENCES journey_template,
	FOREIGN KEY (community_id, member_id) REFERENCES member,
	FOREIGN KEY (community_id, cohort_id) REFERENCES cohort,
	CHECK (num_nonnulls(member_id, cohort_id) = 1)
);
CALL versioned('journey');
CREATE UNIQUE INDEX journey_one_active ON journey
	(community_id, template_id, coalesce(member_id, cohort_id)) WHERE state = 'active';
CREATE INDEX journey_member ON journey (community_id, member_id);
CREATE INDEX journey_cohort ON journey (community_id, cohort_id);
CREATE INDEX journey_program ON journey (community_id, program_id, id);

CREATE TABLE journey_step (
	community_id uuid NOT NULL,
	journey_id   uuid NOT NULL,
	position     int NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	title        text NOT NULL,
	kind         text NOT NULL CHECK (kind IN ('task', 'challenge', 'question', 'link')),
	text         text NOT NULL,
	url          text,
	due_on       date NOT NULL,
	required     boolean NOT NULL,
	state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'skipped')),
	note         text NOT NULL DEFAULT '',
	settled_at   timestamptz,
	settled_by   uuid, -- a member; NULL: a token of nobody
	PRIMARY KEY (community_id, journey_id, position),
	FOREIGN KEY (community_id, journey_id) REFERENCES journey ON DELETE CASCADE,
	FOREIGN KEY (community_id, settled_by) REFERENCES member,
	CHECK ((state = 'open') = (settled_at IS NULL))
);
CALL versioned('journey_step');
CREATE INDEX journey_step_settled_by ON journey_step (community_id, settled_by);

-- A journey shows its steps: it changes with them.
CREATE FUNCTION touch_journey() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
BEGIN
	UPDATE journey SET updated_at = now()
	WHERE community_id = NEW.community_id AND id = NEW.journey_id;
	RETURN NULL;
END $$;
CREATE TRIGGER touch_journey AFTER UPDATE ON journey_step
	FOR EACH ROW EXECUTE FUNCTION touch_journey();

-- The journeys somebody sees: their own and those of their published cohorts, where they
-- may settle steps; a mentor besides those of whom they are paired with in the program.
CREATE FUNCTION journeys_of(community uuid, member uuid)
RETURNS TABLE (id uuid, own boolean)
LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC
	SELECT j.id, true FROM journey j
	WHERE j.community_id = community AND j.member_id = member
	UNION ALL
	SELECT j.id, true FROM cohort_member x
	JOIN cohort c ON c.community_id = x.community_id AND c.id = x.cohort_id
	JOIN journey j ON j.community_id = x.community_id AND j.cohort_id = x.cohort_id
	WHERE x.community_id = community AND x.member_id = member AND c.state <> 'proposed'
	UNION ALL
	SELECT j.id, false FROM pairing p
	JOIN journey j ON j.community_id = p.community_id AND j.member_id = p.newcomer_id
		AND j.program_id = p.program_id
	WHERE p.community_id = community AND p.mentor_id = member AND p.state = 'active';
END;

CREATE VIEW journey_template_doc AS
SELECT t.community_id, t.id, t.program_id, t.state, etag(t.row_version) AS etag,
	json_build_object(
		'id', t.id,
		'program_id', t.program_id,
		'title', t.title,
		'persona', t.persona,
		'steps', t.steps,
		'state', t.state,
		'row_version', t.row_version,
		'created_at', rfc3339(t.created_at),
		'updated_at', rfc3339(t.updated_at)) AS doc
FROM journey_template t;

CREATE VIEW journey_step_doc AS
SELECT s.community_id, s.journey_id, s.position, s.state, etag(s.row_version) AS etag,
	json_build_object(
		'journey_id', s.journey_id,
		'position', s.position,
		'title', s.title,
		'kind', s.kind,
		'text', s.text,
		'url', s.url,
		'due_on', s.due_on,
		'required', s.required,
		'state', s.state,
		'note', s.note,
		'settled_at', rfc3339(s.settled_at),
		'settled_by', s.settled_by,
		'settled_by_display_name', m.display_name,
		'row_version', s.row_version,
		'created_at', rfc3339(s.created_at),
		'updated_at', rfc3339(s.updated_at)) AS doc
FROM journey_step s
LEFT JOIN member_card m ON m.community_id = s.community_id AND m.id = s.settled_by;

CREATE VIEW journey_doc AS
SELECT j.community_id, j.id, j.program_id, j.member_id, j.cohort_id,
	etag(j.row_version) AS etag,
	json_build_object(
		'id', j.id,
		'program_id', j.program_id,
		'template_id', j.template_id,
		'member_id', j.member_id,
		'member_display_name', m.display_name,
		'cohort_id', j.cohort_id,
		'title', j.title,
		'persona', j.persona,
		'starts_on', j.starts_on,
		'state', j.state,
		'progress', (SELECT json_build_object(
				'steps', count(*),
				'done', count(*) FILTER (WHERE s.state = 'done'),
				'skipped', count(*) FILTER (WHERE s.state = 'skipped'),
				'required_open', count(*) FILTER
					(WHERE s.required AND s.state = 'open'))
			FROM journey_step s
			WHERE s.community_id = j.community_id AND s.journey_id = j.id),
		'steps', (SELECT coalesce(json_agg(s.doc ORDER BY s.position), '[]')
			FROM journey_step_doc s
			WHERE s.community_id = j.community_id AND s.journey_id = j.id),
		'row_version', j.row_version,
		'created_at', rfc3339(j.created_at),
		'updated_at', rfc3339(j.updated_at)) AS doc
FROM journey j
LEFT JOIN member_card m ON m.community_id = j.community_id AND m.id = j.member_id;

CALL walled('journey_template', 'SELECT, INSERT, UPDATE');
CALL walls('journey_template', NULL);
CALL walled('journey', 'SELECT, INSERT, UPDATE, DELETE');
CALL walls('journey', 'id IN (SELECT j.id
	FROM journeys_of((SELECT acting_community()), (SELECT acting_member())) j)', false);
CALL walled('journey_step', 'SELECT, INSERT, UPDATE');
CALL walls('journey_step', 'journey_id IN (SELECT j.id
	FROM journeys_of((SELECT acting_community()), (SELECT acting_member())) j)', false);
CREATE POLICY api_settle ON journey_step FOR UPDATE TO cairn_api
	USING (community_id = (SELECT acting_community()) AND journey_id IN (SELECT j.id
		FROM journeys_of((SELECT acting_community()), (SELECT acting_member())) j
		WHERE j.own));
CALL scoped('journey_template', 'programs');
CALL scoped('journey', 'programs', 'members');
CALL scoped('journey_step', 'programs', 'members');
CALL wall_views();
REVOKE EXECUTE ON FUNCTION touch_journey, journeys_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION journeys_of TO cairn_api;
