-- The second wall knows scopes, too: a token that is limited to some changes nothing that
-- no operation of these scopes changes. What it reads is the role's, but for what one
-- family alone reads: documents are made of rows of many (docs/security.md).

-- '*' is all; without a word nothing may be changed.
CREATE OR REPLACE FUNCTION act_as(community uuid, member uuid, token uuid, role text)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN set_config('cairn.community', community::text, true) IS NOT NULL
		AND set_config('cairn.member', coalesce(member::text, ''), true) IS NOT NULL
		AND set_config('cairn.token', coalesce(token::text, ''), true) IS NOT NULL
		AND set_config('cairn.scopes', '*', true) IS NOT NULL
		AND set_config('cairn.role', role, true) IS NOT NULL;
END $$;

CREATE OR REPLACE FUNCTION enter_token(hash bytea)
RETURNS TABLE (id uuid, community_id uuid, member_id uuid, role text, scopes text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
#variable_conflict use_column
DECLARE t token;
BEGIN
	SELECT * INTO t FROM token WHERE secret_hash = hash;
	IF NOT FOUND THEN
		SELECT * INTO t FROM token WHERE previous_hash = hash AND previous_until > now();
	END IF;
	IF t.id IS NULL OR t.revoked_at IS NOT NULL OR t.expires_at <= now()
		OR t.member_id IS NOT NULL AND EXISTS (SELECT FROM member m
			WHERE m.community_id = t.community_id AND m.id = t.member_id
				AND m.erased_at IS NOT NULL)
	THEN
		RETURN;
	END IF;
	PERFORM act_as(t.community_id, t.member_id, t.id, t.role);
	IF t.scopes IS NOT NULL THEN
		PERFORM set_config('cairn.scopes', array_to_string(t.scopes, ' '), true);
	END IF;
	RETURN QUERY SELECT t.id, t.community_id, t.member_id, t.role,
		array_to_string(t.scopes, ' ');
END $$;

-- Has the principal one of the scopes?
CREATE FUNCTION acts_within(scopes text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(current_setting('cairn.scopes', true), '') = '*'
	OR string_to_array(current_setting('cairn.scopes', true), ' ') && scopes;

-- Only with one of the families' write scopes may rows of the table change. Locking a row
-- is no change.
CREATE PROCEDURE scoped(t regclass, VARIADIC families text[]) LANGUAGE plpgsql AS $$
DECLARE
	may text := format('(SELECT acts_within(%L::text[]))',
		ARRAY(SELECT f || ':write' FROM unnest(families) AS f));
BEGIN
	EXECUTE format('CREATE POLICY scope_insert ON %s AS RESTRICTIVE FOR INSERT
		TO cairn_api WITH CHECK (%s)', t, may);
	EXECUTE format('CREATE POLICY scope_update ON %s AS RESTRICTIVE FOR UPDATE
		TO cairn_api USING (true) WITH CHECK (%s)', t, may);
	EXECUTE format('CREATE POLICY scope_delete ON %s AS RESTRICTIVE FOR DELETE
		TO cairn_api USING (%s)', t, may);
END $$;

-- Erasing a member (members) takes all that is theirs; a confirmed or ended pairing
-- (matching), an import (members) changes enrollments; cohorts that are published have
-- sessions and invitations.
CALL scoped('member', 'members');
CALL scoped('availability', 'members');
CALL scoped('availability_exception', 'members');
CALL scoped('program', 'programs');
CALL scoped('policy', 'programs');
CALL scoped('enrollment', 'programs', 'members', 'matching');
CALL scoped('mentor_request', 'matching', 'members');
CALL scoped('mentor_request_event', 'matching', 'members');
CALL scoped('matching_round', 'matching');
CALL scoped('proposal', 'matching', 'members');
CALL scoped('pairing', 'matching', 'members');
CALL scoped('intake', 'cohorts');
CALL scoped('cohort', 'cohorts', 'members');
CALL scoped('cohort_member', 'cohorts', 'members');
CALL scoped('event', 'calendar', 'cohorts', 'members');
CALL scoped('session', 'calendar', 'cohorts', 'members');
CALL scoped('office_hours', 'calendar', 'members');
CALL scoped('office_hours_slot', 'calendar', 'members');
CALL scoped('booking', 'calendar', 'members');
CALL scoped('commitment', 'calendar', 'cohorts', 'members');
CALL scoped('invitation', 'calendar', 'cohorts', 'members');
CALL scoped('outbox_message', 'calendar', 'cohorts', 'members');
CALL scoped('feed', 'calendar', 'members');
CALL scoped('identity', 'tokens', 'members');
CALL scoped('job', 'matching', 'cohorts');

-- Every token may renew and revoke itself.
CREATE POLICY scope_insert ON token AS RESTRICTIVE FOR INSERT TO cairn_api
	WITH CHECK ((SELECT acts_within('{tokens:write}')));
CREATE POLICY scope_update ON token AS RESTRICTIVE FOR UPDATE TO cairn_api
	USING (true) WITH CHECK (id = (SELECT acting_token())
		OR (SELECT acts_within('{tokens:write,members:write}')));

-- What no document of another family shows.
CREATE POLICY scope_read ON feed AS RESTRICTIVE FOR SELECT TO cairn_api
	USING ((SELECT acts_within('{calendar:read,calendar:write,members:write}')));
CREATE POLICY scope_read ON token AS RESTRICTIVE FOR SELECT TO cairn_api
	USING (id = (SELECT acting_token())
		OR (SELECT acts_within('{tokens:read,tokens:write,members:write}')));
CREATE POLICY scope_read ON identity AS RESTRICTIVE FOR SELECT TO cairn_api
	USING (id = (SELECT acting_token())
		OR (SELECT acts_within('{tokens:read,tokens:write,members:write}')));
CREATE POLICY scope_read ON audit_event AS RESTRICTIVE FOR SELECT TO cairn_api
	USING ((SELECT acts_within('{audit:read}')));

-- The head of the audit is for those with the scope; its row is everybody's to move on.
CREATE OR REPLACE VIEW audit_head_doc AS
SELECT community_id, NULL::text AS etag,
	json_build_object(
		'community_id', community_id,
		'seq', seq,
		'hash', encode(hash, 'hex')) AS doc
FROM audit_head
WHERE NOT walled_in() OR acts_for_all() AND acts_within('{audit:read}');
CALL wall_views();
REVOKE EXECUTE ON PROCEDURE scoped FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION act_as, enter_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_token TO cairn_api;
