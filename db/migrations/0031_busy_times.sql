-- When a member's own calendar keeps them busy: merged intervals and nothing else. A part
-- of the member's version, like the weekly windows. One row of busy_calendar a member
-- says until when the intervals tell.
CREATE TABLE busy_calendar (
	community_id uuid NOT NULL,
	member_id    uuid NOT NULL,
	covers       tstzrange NOT NULL,
	read_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (community_id, member_id),
	FOREIGN KEY (community_id, member_id) REFERENCES member ON DELETE CASCADE
);

CREATE TABLE busy_time (
	community_id uuid NOT NULL,
	member_id    uuid NOT NULL,
	starts_at    timestamptz NOT NULL,
	ends_at      timestamptz NOT NULL,
	PRIMARY KEY (community_id, member_id, starts_at),
	FOREIGN KEY (community_id, member_id) REFERENCES busy_calendar ON DELETE CASCADE,
	CHECK (starts_at < ends_at)
);

CALL walled('busy_calendar', 'SELECT, INSERT, DELETE');
CALL walls('busy_calendar', 'member_id = (SELECT acting_member())');
CALL scoped('busy_calendar', 'members');
CALL walled('busy_time', 'SELECT, INSERT, DELETE');
CALL walls('busy_time', 'member_id = (SELECT acting_member())');
CALL scoped('busy_time', 'members');

CREATE VIEW busy_times_doc AS
SELECT m.community_id, m.id, etag(m.row_version) AS etag,
	json_build_object(
		'member_id', m.id,
		'from', rfc3339(lower(c.covers)),
		'to', rfc3339(upper(c.covers)),
		'read_at', rfc3339(c.read_at),
		'busy', (SELECT coalesce(json_agg(json_build_object(
				'from', rfc3339(b.starts_at),
				'to', rfc3339(b.ends_at))
				ORDER BY b.starts_at), '[]')
			FROM busy_time b
			WHERE b.community_id = m.community_id AND b.member_id = m.id)) AS doc
FROM member m LEFT JOIN busy_calendar c ON c.community_id = m.community_id AND c.member_id = m.id;
CALL wall_views();
