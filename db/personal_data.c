/* Personal data: see personal_data.h. */
#include "db/personal_data.h"

#define ONE(name, view)                      \
	",'" name "',(SELECT doc FROM " view \
	" WHERE community_id = $1 AND id = $2)"
/* The documents of one kind, oldest first. */
#define LIST(name, view, order, whose)                              \
	",'" name "',(SELECT coalesce(json_agg(doc ORDER BY " order \
	"), '[]') FROM (SELECT " order ", doc FROM " view           \
	" WHERE community_id = $1 AND " whose " ORDER BY " order    \
	" DESC LIMIT $3) x)"
#define PAIR   "$2 IN (newcomer_id, mentor_id)"
#define THEIRS "member_id = $2"
#define COHORTS                                \
	"(SELECT cohort_id FROM cohort_member" \
	" WHERE community_id = $1 AND member_id = $2)"

/* Proposals and cohorts as soon as they may know of them. */
/* clang-format off */
static const struct db_stmt GET = {"personal_data_get",
    "SELECT json_build_object('member', m.doc"
    ONE("availability", "availability_doc")
    ONE("busy_times", "busy_times_doc")
    ONE("busy_subscription", "busy_subscription_doc")
    ", 'discomfort', (SELECT coalesce(json_agg(json_build_object("
    "'session_id', session_id, 'held_at', rfc3339(held_at),"
    " 'points', points) ORDER BY held_at, session_id), '[]')"
    " FROM (SELECT * FROM discomfort WHERE community_id = $1 AND " THEIRS
    " ORDER BY held_at DESC, session_id LIMIT $3) d)"
    LIST("enrollments", "enrollment_doc", "key", THEIRS)
    LIST("mentor_requests", "mentor_request_doc", "id", THEIRS)
    LIST("proposals", "proposal_doc", "id",
	"id IN (SELECT id FROM proposal WHERE community_id = $1"
	" AND coordinator_confirmed_at IS NOT NULL AND " PAIR ")")
    LIST("pairings", "pairing_doc", "id", PAIR)
    LIST("meetings", "meeting_doc", "id", PAIR)
    LIST("cohorts", "cohort_doc", "id", "state <> 'proposed' AND id IN " COHORTS)
    LIST("sessions", "session_doc", "id",
	"cohort_state <> 'proposed' AND cohort_id IN " COHORTS)
    LIST("journeys", "journey_doc", "id",
	"(" THEIRS " OR cohort_id IN " COHORTS ")")
    LIST("office_hours", "office_hours_doc", "id", "mentor_id = $2")
    LIST("bookings", "booking_doc", "id", THEIRS)
    LIST("invitations", "invitation_doc", "id", "recipient_id = $2")
    LIST("deliveries", "delivery_doc", "id", THEIRS)
    LIST("answers", "answer_doc", "id", THEIRS)
    LIST("feeds", "feed_doc", "id", THEIRS)
    LIST("app_passwords", "app_password_doc", "id", THEIRS)
    LIST("tokens", "token_doc", "id", THEIRS)
    LIST("identities", "identity_doc", "id", THEIRS)
    ") FROM member_doc m WHERE m.community_id = $1 AND m.id = $2"};
/* clang-format on */

const struct db_stmt *const db_personal_data_stmts[] = {&GET, NULL};

enum err_code db_personal_data(struct db *db, struct arena *a,
    const struct id *community, const struct id *member, const char **ret_json,
    struct err *e)
{
	const struct db_rows *row;
	enum err_code code = db_one(db, a, &GET,
	    DB_ARGS(db_id(community), db_id(member), db_int(PERSONAL_DATA_MAX)),
	    "member", &row, e);

	if (code == ERR_OK)
		*ret_json = db_get_text(row, 0, 0);
	return code;
}
