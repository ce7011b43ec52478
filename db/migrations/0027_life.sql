-- The life of an invitation: cohorts change after they were published, and what their
-- people are told of it.

-- A change of wording has the SEQUENCE, recipient and method of the message before it:
-- what tells them apart is DTSTAMP, which no two messages of a UID share.
ALTER TABLE invitation
	DROP CONSTRAINT invitation_once,
	ADD CONSTRAINT invitation_once
		UNIQUE (community_id, uid, recipient_id, dtstamp);
ALTER TABLE outbox_message DROP CONSTRAINT outbox_message_once;
ALTER TABLE outbox_message
	RENAME CONSTRAINT outbox_message_order TO outbox_message_once;

-- Who left alone was told so under a SEQUENCE of their own, as for the others nothing
-- changed: theirs is so far ahead of the event's from then on.
ALTER TABLE attendance ADD ahead int NOT NULL DEFAULT 0 CHECK (ahead >= 0);

GRANT INSERT, UPDATE, DELETE ON cohort_member TO cairn_api;

-- All events of a cohort have the same place and text.
DROP VIEW cohort_doc;
CREATE VIEW cohort_doc AS
SELECT c.community_id, c.id, c.intake_id, c.guide_id, c.state,
	etag(c.row_version) AS etag,
	json_build_object(
		'id', c.id,
		'intake_id', c.intake_id,
		'intake_name', i.name,
		'program_id', i.program_id,
		'name', c.name,
		'guide_id', c.guide_id,
		'guide_display_name', g.display_name,
		'language', c.language,
		'location', w.location,
		'description', w.description,
		'state', c.state,
		'members', (SELECT coalesce(json_agg(json_build_object(
				'member_id', m.id,
				'external_id', m.external_id,
				'display_name', m.display_name,
				'time_zone', m.time_zone,
				'part', x.part) ORDER BY x.part, m.display_name, m.id), '[]')
			FROM cohort_member x JOIN member_card m
				ON m.community_id = x.community_id AND m.id = x.member_id
			WHERE x.community_id = c.community_id AND x.cohort_id = c.id),
		'sessions', (SELECT coalesce(json_agg(json_build_object(
				'id', s.id,
				'starts_at', rfc3339(s.starts_at),
				'ends_at', rfc3339(s.ends_at),
				'local_date', s.local_date,
				'local_time', to_char(s.local_time, 'HH24:MI'),
				'time_zone', s.time_zone,
				'state', s.state) ORDER BY s.starts_at, s.id), '[]')
			FROM session s
			WHERE s.community_id = c.community_id AND s.cohort_id = c.id),
		'row_version', c.row_version,
		'created_at', rfc3339(c.created_at),
		'updated_at', rfc3339(c.updated_at)) AS doc
FROM cohort c
JOIN intake_card i ON i.community_id = c.community_id AND i.id = c.intake_id
JOIN member_card g ON g.community_id = c.community_id AND g.id = c.guide_id
LEFT JOIN LATERAL (SELECT e.location, e.description FROM session s
	JOIN event e ON e.community_id = s.community_id AND e.id = s.event_id
	WHERE s.community_id = c.community_id AND s.cohort_id = c.id LIMIT 1) AS w ON true;
CALL wall_views();
