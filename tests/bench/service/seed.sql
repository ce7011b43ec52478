-- The seed of the service bench, through the real schema, the same every time: 10,000
-- members of whom 1,000 are mentors, all in 10 programs; 1,000 cohorts of 10 with 50
-- sessions each; and 200 evenings that 8 of the members go to, for the feeds.
-- %(community)s is the community. Ids are made from numbers: see id() here and in world.py.
CREATE FUNCTION pg_temp.id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN ('0192' || lpad(kind::text, 4, '0') || '-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid;

INSERT INTO member (community_id, id, external_id, display_name, email, roles, tags,
	stack, languages, time_zone, industry, organization, years)
SELECT %(community)s::uuid, pg_temp.id(1, i), 'm' || i, 'Member ' || i,
	'm' || i || '@example.org', CASE WHEN i %% 10 = 0 THEN '{mentor}'::text[]
	ELSE '{newcomer}' END, ARRAY['tag' || i %% 17, 'tag' || i %% 23],
	jsonb_build_array(jsonb_build_object('name', 'c', 'level', i %% 5)),
	jsonb_build_array(jsonb_build_object('code', 'en', 'level', 'B2')),
	(ARRAY['Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'UTC'])[1 + i %% 4],
	'software', 'Organization ' || i %% 50, i %% 30
FROM generate_series(0, 9999) AS i;

INSERT INTO availability (community_id, member_id, weekday, begin_minute, end_minute)
SELECT %(community)s::uuid, pg_temp.id(1, i), d, 1080, 1200
FROM generate_series(0, 9999) AS i, generate_series(0, 2) AS d;

INSERT INTO program (community_id, id, name)
SELECT %(community)s::uuid, pg_temp.id(2, i), 'Program ' || i FROM generate_series(0, 9) AS i;

-- Every member seeks in every program; one in ten is a mentor of one as well.
INSERT INTO enrollment (community_id, program_id, member_id, role, capacity)
SELECT %(community)s::uuid, pg_temp.id(2, p), pg_temp.id(1, i), 'newcomer', 0
FROM generate_series(0, 9999) AS i, generate_series(0, 9) AS p;
INSERT INTO enrollment (community_id, program_id, member_id, role, capacity)
SELECT %(community)s::uuid, pg_temp.id(2, i / 10 %% 10), pg_temp.id(1, i), 'mentor', 3
FROM generate_series(0, 9990, 10) AS i;

INSERT INTO intake (community_id, id, program_id, name, anchor_time_zone, first_date,
	last_date, session_minutes, cohort_min, cohort_max, language_level, state)
VALUES (%(community)s::uuid, pg_temp.id(3, 0), pg_temp.id(2, 0), 'Intake', 'Europe/Berlin',
	current_date, current_date + 365, 60, 2, 50, 'B2', 'published');

INSERT INTO event (community_id, id, uid, kind, summary, time_zone, first_local_start,
	minutes)
SELECT %(community)s::uuid, pg_temp.id(4, c), 'cohort-' || c || '@bench.example.org', 'cohort',
	'Cohort ' || c, 'Europe/Berlin', current_date + time '18:00', 60
FROM generate_series(0, 1199) AS c;
INSERT INTO cohort (community_id, id, intake_id, name, guide_id, language, state)
SELECT %(community)s::uuid, pg_temp.id(5, c), pg_temp.id(3, 0), 'Cohort ' || c,
	pg_temp.id(1, c %% 1000 * 10), 'en', 'published' FROM generate_series(0, 1199) AS c;
INSERT INTO cohort_member (community_id, cohort_id, member_id, part)
SELECT %(community)s::uuid, pg_temp.id(5, c), pg_temp.id(1, c * 10 + k),
	CASE k WHEN 0 THEN 'guide' ELSE 'newcomer' END
FROM generate_series(0, 999) AS c, generate_series(0, 9) AS k
UNION ALL
SELECT %(community)s::uuid, pg_temp.id(5, c), pg_temp.id(1, k), 'newcomer'
FROM generate_series(1000, 1199) AS c, generate_series(1, 8) AS k;

INSERT INTO session (community_id, id, cohort_id, event_id, starts_at, ends_at,
	original_starts_at, local_date, local_time, time_zone, tzdata_version)
SELECT %(community)s::uuid, pg_temp.id(6, c * 100 + s), pg_temp.id(5, c), pg_temp.id(4, c),
	at, at + interval '1 hour', at, at::date, '18:00', 'Europe/Berlin', 'seed'
FROM (
	SELECT c, s, (current_date + 7 * s + time '18:00') AT TIME ZONE 'Europe/Berlin' AS at
	FROM generate_series(0, 999) AS c, generate_series(0, 49) AS s
	UNION ALL
	SELECT c, 0, (current_date + c - 1000 + time '20:00') AT TIME ZONE 'Europe/Berlin'
	FROM generate_series(1000, 1199) AS c) AS x;
