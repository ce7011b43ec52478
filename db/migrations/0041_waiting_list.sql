-- A slot that is full has a waiting list: bookings that wait, in the order of their
-- positions, which are always 1, 2, 3 … of a slot. Whoever changes it has the slot's lock.
ALTER TABLE booking
	DROP CONSTRAINT booking_state_check,
	ADD CONSTRAINT booking_state_check CHECK (state IN ('waiting', 'booked', 'cancelled')),
	ADD position       int,
	ADD passed_over_at timestamptz, -- a seat was free, and they were booked elsewhere then
	ADD CONSTRAINT booking_position_check CHECK (position BETWEEN 1 AND 100),
	ADD CONSTRAINT booking_waits_check CHECK ((state = 'waiting') = (position IS NOT NULL)),
	ADD CONSTRAINT booking_position_key UNIQUE (community_id, slot_id, position)
		DEFERRABLE INITIALLY IMMEDIATE;
DROP INDEX booking_one_live;
CREATE UNIQUE INDEX booking_one_live
	ON booking (community_id, slot_id, member_id) WHERE state IN ('waiting', 'booked');

CREATE OR REPLACE VIEW booking_doc AS
SELECT b.community_id, b.id, b.slot_id, b.member_id, o.mentor_id, b.state,
	etag(b.row_version) AS etag,
	json_build_object(
		'id', b.id,
		'slot_id', b.slot_id,
		'office_hours_id', o.id,
		'title', o.title,
		'mentor_id', o.mentor_id,
		'mentor_display_name', m.display_name,
		'member_id', b.member_id,
		'member_display_name', n.display_name,
		'starts_at', rfc3339(s.starts_at),
		'ends_at', rfc3339(s.ends_at),
		'note', b.note,
		'state', b.state,
		'position', b.position,
		'passed_over_at', rfc3339(b.passed_over_at),
		'row_version', b.row_version,
		'created_at', rfc3339(b.created_at),
		'updated_at', rfc3339(b.updated_at)) AS doc
FROM booking b
JOIN office_hours_slot s ON s.community_id = b.community_id AND s.id = b.slot_id
JOIN office_hours o ON o.community_id = s.community_id AND o.id = s.office_hours_id
JOIN member_card m ON m.community_id = o.community_id AND m.id = o.mentor_id
JOIN member_card n ON n.community_id = b.community_id AND n.id = b.member_id;
CALL wall_views();
