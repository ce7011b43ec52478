-- When somebody of an identity provider was last seen, as for tokens; and what they are
-- told about themselves.
ALTER TABLE identity ADD last_used_at timestamptz;
DROP TRIGGER touch ON identity;
CREATE TRIGGER touch BEFORE UPDATE OF issuer, subject, member_id, role ON identity
	FOR EACH ROW EXECUTE FUNCTION touch();
GRANT UPDATE (last_used_at) ON identity TO cairn_worker;

CREATE OR REPLACE VIEW identity_doc AS
SELECT i.community_id, i.id, i.member_id, etag(i.row_version) AS etag,
	json_build_object(
		'id', i.id,
		'issuer', i.issuer,
		'subject', i.subject,
		'role', i.role,
		'member_id', i.member_id,
		'member_display_name', m.display_name,
		'last_used_at', rfc3339(i.last_used_at),
		'row_version', i.row_version,
		'created_at', rfc3339(i.created_at),
		'updated_at', rfc3339(i.updated_at)) AS doc
FROM identity i
LEFT JOIN member m ON m.community_id = i.community_id AND m.id = i.member_id;

-- Everybody may look at the identity that they come with.
CREATE POLICY api_own ON identity FOR SELECT TO cairn_api
	USING (community_id = (SELECT acting_community()) AND id = (SELECT acting_token()));

-- The same members as those of a token's document, but for `provider`.
CREATE FUNCTION own_identity(until timestamptz) RETURNS TABLE (etag text, doc json)
LANGUAGE sql STABLE BEGIN ATOMIC
	SELECT etag(i.row_version), json_build_object(
		'id', i.id,
		'name', NULL,
		'role', i.role,
		'scopes', NULL,
		'member_id', i.member_id,
		'member_display_name', m.display_name,
		'community', c.slug,
		'provider', json_build_object('issuer', i.issuer, 'subject', i.subject),
		'expires_at', rfc3339(until),
		'revoked_at', NULL,
		'rotated_at', NULL,
		'previous_until', NULL,
		'last_used_at', rfc3339(i.last_used_at),
		'row_version', i.row_version,
		'created_at', rfc3339(i.created_at),
		'updated_at', rfc3339(i.updated_at))
	FROM identity i
	JOIN community c ON c.community_id = i.community_id
	LEFT JOIN member m ON m.community_id = i.community_id AND m.id = i.member_id
	WHERE i.community_id = acting_community() AND i.id = acting_token();
END;
REVOKE EXECUTE ON FUNCTION own_identity FROM PUBLIC;
GRANT EXECUTE ON FUNCTION own_identity TO cairn_api;
CALL wall_views();
