-- What a next release might bring: it only adds, so that the program before it goes on.
-- ALTER TABLE needs the table for itself, for a moment.
ALTER TABLE cairn.member ADD COLUMN nickname text NOT NULL DEFAULT '';
CREATE INDEX member_nickname ON cairn.member (community_id, nickname);
