-- The ledger of fairness: what each session that was held cost each of its people outside
-- the hours they prefer. Written once, by the worker's upkeep, when the session is over.
CREATE TABLE discomfort (
	community_id uuid NOT NULL,
	member_id    uuid NOT NULL,
	session_id   uuid NOT NULL,
	held_at      timestamptz NOT NULL,
	points       smallint NOT NULL CHECK (points BETWEEN 0 AND 25),
	PRIMARY KEY (community_id, member_id, session_id),
	FOREIGN KEY (community_id, member_id) REFERENCES member,
	FOREIGN KEY (community_id, session_id) REFERENCES session ON DELETE CASCADE
);
CREATE INDEX discomfort_session ON discomfort (community_id, session_id, member_id);

CALL walled('discomfort', 'SELECT, DELETE', 'SELECT, INSERT');
CALL walls('discomfort', 'member_id = (SELECT acting_member())');
CALL scoped('discomfort', 'members');

-- What of it somebody carries at a moment: each entry counts half after so many days, and
-- nothing after twenty times as many.
CREATE FUNCTION carried_discomfort(community uuid, member uuid, moment timestamptz,
	half_life_days int) RETURNS int LANGUAGE sql STABLE
RETURN (SELECT least(10000, coalesce(round(sum(d.points * power(0.5::float8,
		extract(epoch FROM moment - d.held_at)::float8 / 86400 / half_life_days))), 0))::int
	FROM discomfort d
	WHERE d.community_id = community AND d.member_id = member AND d.held_at <= moment
		AND d.held_at > moment - make_interval(days => 20 * half_life_days));
