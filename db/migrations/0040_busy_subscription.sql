-- A calendar that is read again and again from its address. The busy times of a file and
-- those of an address stand side by side; what a row is of, its source says.
ALTER TABLE busy_time DROP CONSTRAINT busy_time_community_id_member_id_fkey;
ALTER TABLE busy_calendar
	ADD source text NOT NULL DEFAULT 'file' CHECK (source IN ('file', 'address')),
	DROP CONSTRAINT busy_calendar_pkey,
	ADD PRIMARY KEY (community_id, member_id, source);
ALTER TABLE busy_time
	ADD source text NOT NULL DEFAULT 'file',
	DROP CONSTRAINT busy_time_pkey,
	ADD PRIMARY KEY (community_id, member_id, source, starts_at),
	ADD FOREIGN KEY (community_id, member_id, source)
		REFERENCES busy_calendar ON DELETE CASCADE;
GRANT INSERT, DELETE ON busy_calendar, busy_time TO cairn_worker;
GRANT UPDATE (updated_at) ON member TO cairn_worker;

-- The row stays when the address goes, so that its version never begins anew. Addresses
-- are secrets: whoever has one sees the calendar. The API writes them and cannot read
-- them; the worker, which fetches, can.
CREATE TABLE busy_subscription (
	community_id    uuid NOT NULL,
	member_id       uuid NOT NULL,
	row_version     bigint NOT NULL DEFAULT 1,
	created_at      timestamptz NOT NULL DEFAULT now(),
	updated_at      timestamptz NOT NULL DEFAULT now(),
	url             text CHECK (length(url) BETWEEN 1 AND 2000),
	host            text CHECK (length(host) BETWEEN 1 AND 253),
	due_at          timestamptz NOT NULL DEFAULT now(),
	failures        int NOT NULL DEFAULT 0,
	failure         text CHECK (length(failure) <= 200), -- of the last attempt
	last_failure_at timestamptz,
	last_success_at timestamptz,
	left_out        jsonb NOT NULL DEFAULT '[]',
	-- What the server said of the text that was read last.
	entity_tag      text CHECK (length(entity_tag) <= 255),
	last_modified   text CHECK (length(last_modified) <= 255),
	-- Whoever reads holds it until then; a newer address, or reader, has a new epoch.
	leased_until    timestamptz NOT NULL DEFAULT '-infinity',
	epoch           bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, member_id),
	FOREIGN KEY (community_id, member_id) REFERENCES member ON DELETE CASCADE,
	CHECK ((url IS NULL) = (host IS NULL))
);
CREATE TRIGGER touch
	BEFORE UPDATE OF url, due_at, failures, last_failure_at, last_success_at
	ON busy_subscription FOR EACH ROW EXECUTE FUNCTION touch();
CREATE INDEX busy_subscription_due ON busy_subscription (due_at) WHERE url IS NOT NULL;

CALL walled('busy_subscription', 'SELECT (community_id, member_id, row_version, created_at,
	updated_at, host, due_at, failures, failure, last_failure_at, last_success_at, left_out,
	epoch), INSERT, UPDATE, DELETE', 'SELECT, UPDATE');
CALL walls('busy_subscription', 'member_id = (SELECT acting_member())');
CALL scoped('busy_subscription', 'members');

CREATE VIEW busy_subscription_doc AS
SELECT m.community_id, m.id, etag(coalesce(s.row_version, 1)) AS etag,
	json_build_object(
		'member_id', m.id,
		'host', s.host,
		'state', CASE WHEN s.host IS NULL THEN 'none'
			WHEN s.failures > 0 THEN 'failing'
			WHEN s.last_success_at IS NULL THEN 'waiting' ELSE 'good' END,
		'last_success_at', rfc3339(s.last_success_at),
		'last_failure_at', rfc3339(s.last_failure_at),
		'failures', coalesce(s.failures, 0),
		'failure', s.failure,
		'next_read_at', CASE WHEN s.host IS NOT NULL THEN rfc3339(s.due_at) END,
		'left_out', coalesce(s.left_out, '[]')) AS doc
FROM member m LEFT JOIN busy_subscription s
	ON s.community_id = m.community_id AND s.member_id = m.id;

CREATE OR REPLACE VIEW busy_times_doc AS
SELECT m.community_id, m.id, etag(m.row_version) AS etag,
	json_build_object(
		'member_id', m.id,
		'from', rfc3339(c.begin),
		'to', rfc3339(c.until),
		'read_at', rfc3339(c.read_at),
		'busy', (SELECT coalesce(json_agg(json_build_object(
				'from', rfc3339(lower(b.span)),
				'to', rfc3339(upper(b.span)))
				ORDER BY b.span), '[]')
			FROM (SELECT unnest(range_agg(tstzrange(t.starts_at, t.ends_at))) AS span
				FROM busy_time t WHERE t.community_id = m.community_id
					AND t.member_id = m.id) AS b)) AS doc
FROM member m LEFT JOIN LATERAL (
	SELECT min(lower(x.covers)) AS begin, max(upper(x.covers)) AS until,
		max(x.read_at) AS read_at
	FROM busy_calendar x
	WHERE x.community_id = m.community_id AND x.member_id = m.id) AS c ON true;
CALL wall_views();
