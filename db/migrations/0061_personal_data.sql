-- A scope for reading all that is kept about a person: it reaches through every family, so
-- none of theirs may stand for it.
ALTER TABLE token DROP CONSTRAINT token_scopes_check,
	ADD CONSTRAINT token_scopes_check CHECK (scopes <@
		'{members:read,members:write,programs:read,programs:write,matching:read,matching:write,cohorts:read,cohorts:write,calendar:read,calendar:write,tokens:read,tokens:write,audit:read,personal-data:read}');

DROP POLICY scope_read ON feed;
CREATE POLICY scope_read ON feed AS RESTRICTIVE FOR SELECT TO cairn_api
	USING ((SELECT acts_within(
		'{calendar:read,calendar:write,members:write,personal-data:read}')));
DROP POLICY scope_read ON token;
CREATE POLICY scope_read ON token AS RESTRICTIVE FOR SELECT TO cairn_api
	USING (id = (SELECT acting_token())
		OR (SELECT acts_within('{tokens:read,tokens:write,members:write,personal-data:read}')));
DROP POLICY scope_read ON identity;
CREATE POLICY scope_read ON identity AS RESTRICTIVE FOR SELECT TO cairn_api
	USING (id = (SELECT acting_token())
		OR (SELECT acts_within('{tokens:read,tokens:write,members:write,personal-data:read}')));
