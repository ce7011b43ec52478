-- App passwords: with one a calendar app reads its member's calendar (CalDAV), and nothing
-- else. Kept as SHA-256: the service makes them, of 125 random bits.
CREATE TABLE app_password (
	community_id uuid NOT NULL,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	member_id    uuid NOT NULL,
	name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	secret_hash  bytea NOT NULL CHECK (length(secret_hash) = 32),
	revoked_at   timestamptz,
	last_used_at timestamptz,
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, member_id) REFERENCES member,
	CONSTRAINT app_password_secret_hash_key UNIQUE (secret_hash)
);
CREATE INDEX app_password_member ON app_password (community_id, member_id, id);
CREATE TRIGGER touch BEFORE UPDATE OF revoked_at ON app_password
	FOR EACH ROW EXECUTE FUNCTION touch();

CREATE VIEW app_password_doc AS
SELECT community_id, id, member_id, revoked_at, etag(row_version) AS etag,
	json_build_object(
		'id', id,
		'member_id', member_id,
		'name', name,
		'revoked_at', rfc3339(revoked_at),
		'last_used_at', rfc3339(last_used_at),
		'row_version', row_version,
		'created_at', rfc3339(created_at),
		'updated_at', rfc3339(updated_at)) AS doc
FROM app_password;

CALL walled('app_password', 'SELECT, INSERT', 'SELECT, UPDATE');
CALL walls('app_password', 'member_id = (SELECT acting_member())');
GRANT UPDATE (revoked_at) ON app_password TO cairn_api;
CALL scoped('app_password', 'calendar', 'members');
CREATE POLICY scope_read ON app_password AS RESTRICTIVE FOR SELECT TO cairn_api
	USING ((SELECT acts_within(
		'{calendar:read,calendar:write,members:write,personal-data:read}')));
CALL wall_views();

-- Whose password it is, and act as them, to read: no row when it is not good, or not that
-- user's. The name is their id or their mail address.
CREATE FUNCTION enter_app_password(hash bytea, username text)
RETURNS TABLE (id uuid, community_id uuid, member_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
#variable_conflict use_column
DECLARE p app_password;
BEGIN
	SELECT a.* INTO p FROM app_password a
	JOIN member m ON m.community_id = a.community_id AND m.id = a.member_id
	WHERE a.secret_hash = hash AND a.revoked_at IS NULL AND m.erased_at IS NULL
		AND lower(username) IN (m.id::text, lower(m.email));
	IF p.id IS NOT NULL THEN
		PERFORM act_as(p.community_id, p.member_id, NULL, 'app_password');
		PERFORM set_config('cairn.scopes', 'calendar:read', true);
		RETURN QUERY SELECT p.id, p.community_id, p.member_id;
	END IF;
END $$;
REVOKE EXECUTE ON FUNCTION enter_app_password FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_app_password TO cairn_api;
