-- Among the hours that a member offers those that suit them best, and how many shares of
-- inconvenient hours they volunteer to bear beyond their own.
ALTER TABLE member
	ADD preferred_hours jsonb NOT NULL DEFAULT '[]'
		CHECK (jsonb_typeof(preferred_hours) = 'array'),
	ADD volunteer smallint NOT NULL DEFAULT 0 CHECK (volunteer BETWEEN 0 AND 3);

-- As the snapshot of people says it: weekday and minutes.
CREATE FUNCTION hours_text(hours jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT string_agg((w ->> 'weekday') || ' ' || (w ->> 'begin_minute') || ' '
	|| (w ->> 'end_minute'), ';' ORDER BY i)
	FROM jsonb_array_elements(hours) WITH ORDINALITY AS t (w, i));

CREATE OR REPLACE VIEW availability_doc AS
SELECT m.community_id, m.id, etag(m.row_version) AS etag,
	json_build_object(
		'member_id', m.id,
		'time_zone', m.time_zone,
		'windows', (SELECT coalesce(json_agg(json_build_object(
				'weekday', weekday_name(a.weekday),
				'from', minute_name(a.begin_minute),
				'to', minute_name(a.end_minute))
				ORDER BY a.weekday, a.begin_minute), '[]')
			FROM availability a
			WHERE a.community_id = m.community_id AND a.member_id = m.id),
		'preferred', (SELECT coalesce(json_agg(json_build_object(
				'weekday', weekday_name((w ->> 'weekday')::int),
				'from', minute_name((w ->> 'begin_minute')::int),
				'to', minute_name((w ->> 'end_minute')::int)) ORDER BY i), '[]')
			FROM jsonb_array_elements(m.preferred_hours)
				WITH ORDINALITY AS t (w, i)),
		'volunteer', m.volunteer,
		'exceptions', (SELECT coalesce(json_agg(json_build_object(
				'from', x.date_from,
				'to', x.date_to)
				ORDER BY x.date_from, x.date_to), '[]')
			FROM availability_exception x
			WHERE x.community_id = m.community_id AND x.member_id = m.id),
		'row_version', m.row_version,
		'updated_at', rfc3339(m.updated_at)) AS doc
FROM member m;
CALL wall_views();
