-- What a calendar event is made of, whatever kind it is: its sessions and the people
-- invited to it. Invitations and feeds are written from these two views alone.

CREATE VIEW event_session AS
SELECT s.community_id, s.event_id, s.id AS session_id, s.original_starts_at,
	s.starts_at, s.ends_at,
	s.state = 'cancelled' OR c.state = 'cancelled' AS cancelled,
	s.updated_at, c.state <> 'proposed' AS announced
FROM session s
JOIN cohort c ON c.community_id = s.community_id AND c.id = s.cohort_id
UNION ALL
SELECT s.community_id, o.event_id, s.id, s.starts_at, s.starts_at, s.ends_at,
	s.state = 'cancelled', s.updated_at, true
FROM office_hours_slot s
JOIN office_hours o ON o.community_id = s.community_id AND o.id = s.office_hours_id
UNION ALL
SELECT s.community_id, s.event_id, s.id, s.starts_at, s.starts_at, s.ends_at,
	s.state = 'cancelled', s.updated_at, true
FROM office_hours_slot s
WHERE s.event_id IS NOT NULL;

-- leads: the guide or mentor, who chairs.
CREATE VIEW event_attendee AS
SELECT DISTINCT s.community_id, s.event_id, x.member_id, x.part = 'guide' AS leads
FROM session s
JOIN cohort_member x
	ON x.community_id = s.community_id AND x.cohort_id = s.cohort_id
UNION ALL
SELECT community_id, event_id, mentor_id, true FROM office_hours
UNION ALL
SELECT s.community_id, s.event_id, b.member_id, false
FROM office_hours_slot s
JOIN booking b ON b.community_id = s.community_id AND b.slot_id = s.id
WHERE b.state = 'booked' AND s.event_id IS NOT NULL;
