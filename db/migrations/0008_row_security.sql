-- The second wall. The first is in C: who may call what, and whose rows. Should one
-- of its checks ever be missing, the database still gives and takes only what the
-- principal of the transaction may see and change.
--
-- cairn_api serves requests, cairn_worker computes; neither owns anything nor passes
-- row security by. A transaction of cairn_api names its principal first: enter_token,
-- enter_feed. The owner (migrations, the command line) is an operator: all rows.

DO $$
DECLARE r text;
BEGIN
	FOREACH r IN ARRAY '{cairn_api,cairn_worker}'::text[] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', r);
		END IF;
	END LOOP;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL; -- another database of this cluster is being migrated
END $$;

GRANT USAGE ON SCHEMA cairn TO cairn_api, cairn_worker;
GRANT SELECT ON schema_migration TO cairn_api, cairn_worker;

-- ---- the principal of a transaction ----

CREATE FUNCTION acting_community() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('cairn.community', true), '')::uuid;
CREATE FUNCTION acting_member() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('cairn.member', true), '')::uuid;
CREATE FUNCTION acting_token() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('cairn.token', true), '')::uuid;

-- The walls are around requests; the worker and an operator act for nobody.
CREATE FUNCTION walled_in() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN current_user = 'cairn_api';

-- Staff act on everybody's behalf in their community; so does, as 'system', whoever
-- was let through by act_on.
CREATE FUNCTION acts_for_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('cairn.role', true), '')
	IN ('coordinator', 'admin', 'service', 'system');
CREATE FUNCTION acts_for_tokens() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('cairn.role', true), '') IN ('admin', 'system');

-- Until the end of the transaction; true, so that it can stand in a WHERE.
CREATE FUNCTION act_as(community uuid, member uuid, token uuid, role text)
RETURNS boolean LANGUAGE sql VOLATILE BEGIN ATOMIC
	SELECT set_config('cairn.community', community::text, true) IS NOT NULL
		AND set_config('cairn.member', coalesce(member::text, ''), true) IS NOT NULL
		AND set_config('cairn.token', coalesce(token::text, ''), true) IS NOT NULL
		AND set_config('cairn.role', role, true) IS NOT NULL;
END;

-- Who the token is, and act as them: no row when it is not valid.
CREATE FUNCTION enter_token(hash bytea)
RETURNS TABLE (id uuid, community_id uuid, member_id uuid, role text)
LANGUAGE sql VOLATILE SECURITY DEFINER BEGIN ATOMIC
	WITH found AS MATERIALIZED (
		SELECT t.id, t.community_id, t.member_id, t.role FROM token t
		LEFT JOIN member m
			ON m.community_id = t.community_id AND m.id = t.member_id
		WHERE t.secret_hash = hash AND t.revoked_at IS NULL
			AND (t.expires_at IS NULL OR t.expires_at > now())
			AND m.erased_at IS NULL)
	SELECT f.id, f.community_id, f.member_id, f.role FROM found f
	WHERE act_as(f.community_id, f.member_id, f.id, f.role);
END;

CREATE FUNCTION enter_feed(hash bytea)
RETURNS TABLE (id uuid, community_id uuid, member_id uuid, community_name text)
LANGUAGE sql VOLATILE SECURITY DEFINER BEGIN ATOMIC
	WITH found AS MATERIALIZED (
		SELECT f.id, f.community_id, f.member_id, c.name FROM feed f
		JOIN community c ON c.community_id = f.community_id
		JOIN member m ON m.community_id = f.community_id AND m.id = f.member_id
		WHERE f.secret_hash = hash AND f.revoked_at IS NULL
			AND m.erased_at IS NULL)
	SELECT f.id, f.community_id, f.member_id, f.name FROM found f
	WHERE act_as(f.community_id, f.member_id, NULL, 'feed');
END;

-- ---- what belongs to the acting member ----
-- With the owner's eyes, so that policies do not ask each other in a circle.

CREATE FUNCTION own_cohorts() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC
	SELECT x.cohort_id FROM cohort_member x
	JOIN cohort c ON c.community_id = x.community_id AND c.id = x.cohort_id
	WHERE x.community_id = acting_community() AND x.member_id = acting_member()
		AND c.state <> 'proposed';
END;

CREATE FUNCTION guided_cohorts() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC
	SELECT c.id FROM cohort c WHERE c.community_id = acting_community()
		AND c.guide_id = acting_member() AND c.state <> 'proposed';
END;

CREATE FUNCTION own_events() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC
	SELECT a.event_id FROM event_attendee a
	WHERE a.community_id = acting_community() AND a.member_id = acting_member();
END;

CREATE FUNCTION own_slots() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER BEGIN ATOMIC
	SELECT s.id FROM office_hours o JOIN office_hours_slot s
		ON s.community_id = o.community_id AND s.office_hours_id = o.id
	WHERE o.community_id = acting_community() AND o.mentor_id = acting_member();
END;

-- A member's step on one thing touches what is others': the mentor's places, the
-- invitations of all. Who may take the step is judged here once more; then the rest
-- of the transaction acts for the system.
CREATE FUNCTION act_on(kind text, subject uuid) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	me uuid := acting_member();
	here uuid := acting_community();
BEGIN
	IF walled_in() AND NOT acts_for_all() AND NOT coalesce(CASE kind
		WHEN 'member' THEN subject = me
		WHEN 'erasure' THEN false -- the staff's alone
		WHEN 'proposal' THEN EXISTS (SELECT FROM proposal p
			JOIN matching_round_card r
				ON r.community_id = here AND r.id = p.matching_round_id
			JOIN policy y ON y.community_id = here AND y.program_id = r.program_id
				AND y.version = r.policy_version
			WHERE p.community_id = here AND p.id = subject
				AND p.coordinator_confirmed_at IS NOT NULL
				AND (y.document #>> ARRAY['confirmation', CASE me
					WHEN p.newcomer_id THEN 'newcomer'
					WHEN p.mentor_id THEN 'mentor' END])::boolean)
		WHEN 'pairing' THEN EXISTS (SELECT FROM pairing
			WHERE community_id = here AND id = subject
				AND me IN (newcomer_id, mentor_id))
		WHEN 'session' THEN EXISTS (SELECT FROM session s
			WHERE s.community_id = here AND s.id = subject
				AND s.cohort_id IN (SELECT guided_cohorts()))
		WHEN 'office_hours' THEN EXISTS (SELECT FROM office_hours
			WHERE community_id = here AND id = subject AND mentor_id = me)
		WHEN 'booking' THEN EXISTS (SELECT FROM booking
			WHERE community_id = here AND id = subject
				AND (member_id = me OR slot_id IN (SELECT own_slots())))
		END, false)
	THEN
		RAISE insufficient_privilege
			USING MESSAGE = 'the principal may not act on this ' || kind;
	END IF;
	PERFORM set_config('cairn.role', 'system', true);
END $$;

-- Under which id imports find a member is the staff's to change.
CREATE FUNCTION keep_external_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF cairn.walled_in() AND NOT cairn.acts_for_all() THEN
		RAISE insufficient_privilege
			USING MESSAGE = 'the principal may not change an external id';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER keep_external_id BEFORE UPDATE ON member FOR EACH ROW
	WHEN (NEW.external_id <> OLD.external_id) EXECUTE FUNCTION keep_external_id();

-- ---- what everybody of the community may know of the rest ----
-- Names, not profiles: these views look with the owner's eyes, the documents of what
-- people share are made from them.

CREATE VIEW member_card WITH (security_barrier) AS
SELECT community_id, id, external_id, display_name, time_zone FROM member
WHERE NOT walled_in() OR community_id = (SELECT acting_community());

CREATE VIEW intake_card WITH (security_barrier) AS
SELECT community_id, id, name, program_id FROM intake
WHERE NOT walled_in() OR community_id = (SELECT acting_community());

CREATE VIEW matching_round_card WITH (security_barrier) AS
SELECT community_id, id, program_id, policy_version FROM matching_round
WHERE NOT walled_in() OR community_id = (SELECT acting_community());

CREATE VIEW event_card WITH (security_barrier) AS
SELECT community_id, id, kind, summary FROM event
WHERE NOT walled_in() OR community_id = (SELECT acting_community());

CREATE VIEW enrollment_card WITH (security_barrier) AS
SELECT community_id, program_id, role, capacity, used, state FROM enrollment
WHERE NOT walled_in() OR community_id = (SELECT acting_community());

CREATE VIEW mentor_request_card WITH (security_barrier) AS
SELECT community_id, id, program_id, state, created_at FROM mentor_request
WHERE NOT walled_in() OR community_id = (SELECT acting_community());

-- Whom the views ask; their texts stay in the files where they stand.
DO $$
DECLARE v record;
BEGIN
	FOR v IN SELECT * FROM (VALUES
		('proposal_doc', 'JOIN member ', 'JOIN member_card '),
		('pairing_doc', 'JOIN member ', 'JOIN member_card '),
		('cohort_doc', 'JOIN member ', 'JOIN member_card '),
		('cohort_doc', 'JOIN intake ', 'JOIN intake_card '),
		('session_doc', 'JOIN member ', 'JOIN member_card '),
		('office_hours_doc', 'JOIN member ', 'JOIN member_card '),
		('office_hours_slot_doc', 'JOIN member ', 'JOIN member_card '),
		('booking_doc', 'JOIN member ', 'JOIN member_card '),
		('invitation_doc', 'JOIN event ', 'JOIN event_card '),
		('program_doc', 'FROM enrollment', 'FROM enrollment_card enrollment'),
		('mentor_request_doc', 'FROM mentor_request q', 'FROM mentor_request_card q'))
		AS change (name, old, new)
	LOOP
		IF position(v.old IN pg_get_viewdef(v.name::regclass)) = 0 THEN
			RAISE EXCEPTION '% does not say "%"', v.name, v.old;
		END IF;
		EXECUTE format('CREATE OR REPLACE VIEW %I AS %s', v.name,
			replace(pg_get_viewdef(v.name::regclass), v.old, v.new));
	END LOOP;
END $$;

-- Views look with the eyes of who asks, but for the cards. Every later migration that
-- makes a view ends with this call.
CREATE PROCEDURE wall_views() LANGUAGE plpgsql AS $$
DECLARE v record;
BEGIN
	FOR v IN SELECT oid::regclass AS name, relname LIKE '%\_card' AS is_card
		FROM pg_class WHERE relnamespace = 'cairn'::regnamespace AND relkind = 'v'
	LOOP
		EXECUTE format('GRANT SELECT ON %s TO cairn_api, cairn_worker', v.name);
		IF NOT v.is_card THEN
			EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', v.name);
		END IF;
	END LOOP;
END $$;
CALL wall_views();

-- ---- the tables ----

-- Wall a table in: `api` is what cairn_api may do to its rows, `worker` what
-- cairn_worker may; a policy for cairn_api follows by hand.
CREATE PROCEDURE walled(t regclass, api text, worker text DEFAULT 'SELECT')
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
	EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
	EXECUTE format('CREATE POLICY operator ON %s TO CURRENT_USER USING (true)', t);
	EXECUTE format('CREATE POLICY worker ON %s TO cairn_worker USING (true)', t);
	EXECUTE format('GRANT %s ON %s TO cairn_api', api, t);
	EXECUTE format('GRANT %s ON %s TO cairn_worker', worker, t);
END $$;

-- The policies most tables need. `whose` is what a member who is not staff sees and
-- changes, beyond being of the community; NULL: all of it, but changes nothing.
CREATE PROCEDURE walls(t regclass, whose text, may_change boolean DEFAULT true)
LANGUAGE plpgsql AS $$
DECLARE
	here text := 'community_id = (SELECT acting_community())';
	staff text := '(SELECT acts_for_all())';
BEGIN
	EXECUTE format('CREATE POLICY api ON %s TO cairn_api USING (%s AND (%s))', t,
		here, concat_ws(' OR ', staff, CASE WHEN may_change THEN whose END));
	IF whose IS NULL OR NOT may_change THEN
		EXECUTE format('CREATE POLICY api_read ON %s FOR SELECT TO cairn_api
			USING (%s)', t, concat_ws(' AND ', here, '(' || whose || ')'));
	END IF;
END $$;

CALL walled('community', 'SELECT');
CALL walls('community', NULL);

CALL walled('member', 'SELECT, INSERT, UPDATE');
CALL walls('member', 'id = (SELECT acting_member())');
CALL walled('availability', 'SELECT, INSERT, DELETE');
CALL walls('availability', 'member_id = (SELECT acting_member())');
CALL walled('availability_exception', 'SELECT, INSERT, DELETE');
CALL walls('availability_exception', 'member_id = (SELECT acting_member())');

CALL walled('program', 'SELECT, INSERT, UPDATE');
CALL walls('program', NULL);
CALL walled('policy', 'SELECT, INSERT');
CALL walls('policy', NULL);
CALL walled('enrollment', 'SELECT, INSERT, UPDATE', 'SELECT, UPDATE');
CALL walls('enrollment', 'member_id = (SELECT acting_member())', false);
-- FOR SHARE and FOR UPDATE ask for the right to change: whoever sees a row may lock
-- it, but only whom the row allows leaves it changed.
CREATE POLICY api_lock ON enrollment FOR UPDATE TO cairn_api
	USING (community_id = (SELECT acting_community())
		AND member_id = (SELECT acting_member()))
	WITH CHECK (false);

CALL walled('mentor_request', 'SELECT, INSERT, UPDATE', 'SELECT, UPDATE');
CALL walls('mentor_request', 'member_id = (SELECT acting_member())');
CALL walled('mentor_request_event', 'SELECT, INSERT', 'SELECT, INSERT');
CALL walls('mentor_request_event', 'EXISTS (SELECT FROM mentor_request r
	WHERE r.community_id = mentor_request_event.community_id
		AND r.id = mentor_request_id)');

CALL walled('matching_round', 'SELECT, INSERT, UPDATE', 'SELECT, UPDATE');
CALL walls('matching_round', 'false');
CALL walled('proposal', 'SELECT, UPDATE', 'SELECT, INSERT, UPDATE, DELETE');
CALL walls('proposal', 'coordinator_confirmed_at IS NOT NULL
	AND (SELECT acting_member()) IN (newcomer_id, mentor_id)');
CALL walled('pairing', 'SELECT, INSERT, UPDATE');
CALL walls('pairing', '(SELECT acting_member()) IN (newcomer_id, mentor_id)');

CALL walled('intake', 'SELECT, INSERT, UPDATE', 'SELECT, UPDATE');
CALL walls('intake', 'false');
CALL walled('event', 'SELECT, INSERT, UPDATE, DELETE', 'SELECT, INSERT, UPDATE, DELETE');
CALL walls('event', 'id IN (SELECT own_events())', false);
CALL walled('cohort', 'SELECT, UPDATE, DELETE', 'SELECT, INSERT, UPDATE, DELETE');
CALL walls('cohort', 'id IN (SELECT own_cohorts())', false);
CALL walled('cohort_member', 'SELECT', 'SELECT, INSERT, UPDATE, DELETE');
CALL walls('cohort_member', 'cohort_id IN (SELECT own_cohorts())', false);

CALL walled('session', 'SELECT, UPDATE, DELETE', 'SELECT, INSERT, UPDATE, DELETE');
CALL walls('session', 'cohort_id IN (SELECT own_cohorts())', false);
CREATE POLICY api_lock ON session FOR UPDATE TO cairn_api
	USING (community_id = (SELECT acting_community())
		AND cohort_id IN (SELECT own_cohorts()))
	WITH CHECK (community_id = (SELECT acting_community())
		AND cohort_id IN (SELECT guided_cohorts()));

CALL walled('office_hours', 'SELECT, INSERT, UPDATE');
CALL walls('office_hours', NULL);
CREATE POLICY api_lock ON office_hours FOR UPDATE TO cairn_api
	USING (community_id = (SELECT acting_community()))
	WITH CHECK (community_id = (SELECT acting_community())
		AND mentor_id = (SELECT acting_member()));
CALL walled('office_hours_slot', 'SELECT, INSERT, UPDATE');
CALL walls('office_hours_slot', NULL);
CALL walled('booking', 'SELECT, INSERT, UPDATE');
CALL walls('booking', 'member_id = (SELECT acting_member())
	OR slot_id IN (SELECT own_slots())');
CALL walled('commitment', 'SELECT, INSERT, UPDATE, DELETE',
	'SELECT, INSERT, UPDATE, DELETE');
CALL walls('commitment', 'member_id = (SELECT acting_member())', false);
CALL walled('invitation', 'SELECT, INSERT', 'SELECT, INSERT');
CALL walls('invitation', 'recipient_id = (SELECT acting_member())', false);

CALL walled('token', 'SELECT, INSERT, UPDATE', 'SELECT, UPDATE');
CREATE POLICY api ON token TO cairn_api
	USING (community_id = (SELECT acting_community())
		AND ((SELECT acts_for_tokens()) OR id = (SELECT acting_token())));
CALL walled('feed', 'SELECT, INSERT, UPDATE', 'SELECT, UPDATE');
CALL walls('feed', 'member_id = (SELECT acting_member())');

CALL walled('idempotency', 'SELECT, INSERT, UPDATE', 'SELECT, DELETE');
CREATE POLICY api ON idempotency TO cairn_api
	USING (community_id = (SELECT acting_community())
		AND principal = (SELECT acting_token()));

CALL walled('audit_event', 'SELECT, INSERT', 'SELECT, INSERT');
CREATE POLICY api ON audit_event FOR SELECT TO cairn_api
	USING (community_id = (SELECT acting_community()) AND (SELECT acts_for_all()));
CREATE POLICY api_write ON audit_event FOR INSERT TO cairn_api
	WITH CHECK (community_id = (SELECT acting_community()));

CALL walled('job', 'SELECT, INSERT, UPDATE', 'SELECT, UPDATE');
CALL walls('job', 'false');

-- ---- who may call what ----

REVOKE EXECUTE ON FUNCTION enter_token, enter_feed, act_on, act_as, own_cohorts,
	guided_cohorts, own_events, own_slots FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_token, enter_feed, act_on, own_cohorts,
	guided_cohorts, own_events, own_slots TO cairn_api;
REVOKE EXECUTE ON PROCEDURE versioned, written_once, walled, walls, wall_views
	FROM PUBLIC;
