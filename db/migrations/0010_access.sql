-- Who may call: tokens with scopes, of machines, that end and can be renewed; and people
-- whom an identity provider vouches for.

-- No scopes: all that the role may do. The secret before the last one is good until
-- previous_until, so that a renewed token can be handed round without a gap.
ALTER TABLE token
	ADD scopes         text[],
	ADD rotated_at     timestamptz,
	ADD previous_hash  bytea CHECK (length(previous_hash) = 32),
	ADD previous_until timestamptz,
	ADD CONSTRAINT token_scopes_check CHECK (scopes <@
		'{members:read,members:write,programs:read,programs:write,matching:read,matching:write,cohorts:read,cohorts:write,calendar:read,calendar:write,tokens:read,tokens:write,audit:read}'),
	DROP CONSTRAINT token_role_check,
	ADD CONSTRAINT token_role_check CHECK (role IN
		('newcomer', 'mentor', 'coordinator', 'admin', 'service')),
	ADD CONSTRAINT token_service_check CHECK (role <> 'service'
		OR member_id IS NULL AND scopes IS NOT NULL),
	ADD CONSTRAINT token_previous_check CHECK
		((previous_hash IS NULL) = (previous_until IS NULL));
CREATE UNIQUE INDEX token_previous_hash_key ON token (previous_hash)
	WHERE previous_hash IS NOT NULL;
DROP TRIGGER touch ON token;
CREATE TRIGGER touch
	BEFORE UPDATE OF name, role, scopes, secret_hash, expires_at, revoked_at ON token
	FOR EACH ROW EXECUTE FUNCTION touch();

CREATE OR REPLACE VIEW token_doc AS
SELECT t.community_id, t.id, t.member_id, t.revoked_at, etag(t.row_version) AS etag,
	json_build_object(
		'id', t.id,
		'name', t.name,
		'role', t.role,
		'scopes', t.scopes,
		'member_id', t.member_id,
		'member_display_name', m.display_name,
		'community', c.slug,
		'expires_at', rfc3339(t.expires_at),
		'revoked_at', rfc3339(t.revoked_at),
		'rotated_at', rfc3339(t.rotated_at),
		'previous_until', rfc3339(t.previous_until),
		'last_used_at', rfc3339(t.last_used_at),
		'row_version', t.row_version,
		'created_at', rfc3339(t.created_at),
		'updated_at', rfc3339(t.updated_at)) AS doc
FROM token t
JOIN community c ON c.community_id = t.community_id
LEFT JOIN member m ON m.community_id = t.community_id AND m.id = t.member_id;

-- What runs in front of every request is written in PL/pgSQL, which keeps its plans:
-- functions in SQL are planned at each call, at several times the price.
CREATE OR REPLACE FUNCTION act_as(community uuid, member uuid, token uuid, role text)
RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN set_config('cairn.community', community::text, true) IS NOT NULL
		AND set_config('cairn.member', coalesce(member::text, ''), true) IS NOT NULL
		AND set_config('cairn.token', coalesce(token::text, ''), true) IS NOT NULL
		AND set_config('cairn.role', role, true) IS NOT NULL;
END $$;

-- Who the token is, and act as them: no row when it is not valid.
DROP FUNCTION enter_token(bytea);
CREATE FUNCTION enter_token(hash bytea)
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
	RETURN QUERY SELECT t.id, t.community_id, t.member_id, t.role,
		array_to_string(t.scopes, ' ');
END $$;

CREATE OR REPLACE FUNCTION enter_feed(hash bytea)
RETURNS TABLE (id uuid, community_id uuid, member_id uuid, community_name text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
#variable_conflict use_column
DECLARE found record;
BEGIN
	SELECT f.id, f.community_id, f.member_id, c.name INTO found FROM feed f
	JOIN community c ON c.community_id = f.community_id
	JOIN member m ON m.community_id = f.community_id AND m.id = f.member_id
	WHERE f.secret_hash = hash AND f.revoked_at IS NULL AND m.erased_at IS NULL;
	IF found.id IS NOT NULL THEN
		PERFORM act_as(found.community_id, found.member_id, NULL, 'feed');
		RETURN QUERY SELECT found.id, found.community_id, found.member_id, found.name;
	END IF;
END $$;

-- Who somebody of an identity provider is here. Their role is ours to give.
CREATE TABLE identity (
	community_id uuid NOT NULL REFERENCES community,
	id           uuid NOT NULL,
	row_version  bigint NOT NULL DEFAULT 1,
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	issuer       text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 500),
	subject      text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
	member_id    uuid,
	role         text NOT NULL CHECK (role IN
		('newcomer', 'mentor', 'coordinator', 'admin')),
	PRIMARY KEY (community_id, id),
	FOREIGN KEY (community_id, member_id) REFERENCES member,
	CONSTRAINT identity_member_check CHECK
		(member_id IS NOT NULL OR role IN ('coordinator', 'admin')),
	CONSTRAINT identity_subject_key UNIQUE (community_id, issuer, subject)
);
CREATE INDEX identity_member ON identity (community_id, member_id);
CALL versioned('identity');

CREATE VIEW identity_doc AS
SELECT i.community_id, i.id, i.member_id, etag(i.row_version) AS etag,
	json_build_object(
		'id', i.id,
		'issuer', i.issuer,
		'subject', i.subject,
		'role', i.role,
		'member_id', i.member_id,
		'member_display_name', m.display_name,
		'row_version', i.row_version,
		'created_at', rfc3339(i.created_at),
		'updated_at', rfc3339(i.updated_at)) AS doc
FROM identity i
LEFT JOIN member m ON m.community_id = i.community_id AND m.id = i.member_id;

CREATE FUNCTION enter_identity(slug text, issuer text, subject text)
RETURNS TABLE (id uuid, community_id uuid, member_id uuid, role text, scopes text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
#variable_conflict use_column
DECLARE i identity;
BEGIN
	SELECT x.* INTO i FROM community c
	JOIN identity x ON x.community_id = c.community_id
	WHERE c.slug = enter_identity.slug AND x.issuer = enter_identity.issuer
		AND x.subject = enter_identity.subject;
	IF i.id IS NULL OR i.member_id IS NOT NULL AND EXISTS (SELECT FROM member m
			WHERE m.community_id = i.community_id AND m.id = i.member_id
				AND m.erased_at IS NOT NULL)
	THEN
		RETURN;
	END IF;
	PERFORM act_as(i.community_id, i.member_id, i.id, i.role);
	RETURN QUERY SELECT i.id, i.community_id, i.member_id, i.role, NULL::text;
END $$;

CALL walled('identity', 'SELECT, INSERT, DELETE');
CREATE POLICY api ON identity TO cairn_api
	USING (community_id = (SELECT acting_community()) AND (SELECT acts_for_tokens()));
CALL wall_views();

REVOKE EXECUTE ON FUNCTION enter_token, enter_identity FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enter_token, enter_identity TO cairn_api;
