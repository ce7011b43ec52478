/* Every statement of db/: one row per file. */
#include "db/agenda.h"
#include "db/answers.h"
#include "db/app_passwords.h"
#include "db/attendance.h"
#include "db/audit.h"
#include "db/backup.h"
#include "db/busy_subscription.h"
#include "db/busy_times.h"
#include "db/cohorts.h"
#include "db/communities.h"
#include "db/db.h"
#include "db/delivery.h"
#include "db/discomfort.h"
#include "db/events.h"
#include "db/feeds.h"
#include "db/idempotency.h"
#include "db/identities.h"
#include "db/intakes.h"
#include "db/jobs.h"
#include "db/journeys.h"
#include "db/meetings.h"
#include "db/members.h"
#include "db/migrate.h"
#include "db/office_hours.h"
#include "db/outbox.h"
#include "db/pairings.h"
#include "db/personal_data.h"
#include "db/programs.h"
#include "db/proposals.h"
#include "db/requests.h"
#include "db/rounds.h"
#include "db/sessions.h"
#include "db/snapshots.h"
#include "db/tokens.h"
#include "db/trials.h"
#include "db/upkeep.h"
#include "db/waiting.h"
#include "db/wall.h"
#include "db/zone_drift.h"

const struct db_stmt *const *const DB_STMT_TABLES[] = {
    db_agenda_stmts,
    db_answer_stmts,
    db_attendance_stmts,
    db_audit_stmts,
    db_backup_stmts,
    db_busy_subscription_stmts,
    db_busy_times_stmts,
    db_cohort_stmts,
    db_community_stmts,
    db_delivery_stmts,
    db_discomfort_stmts,
    db_event_stmts,
    db_app_password_stmts,
    db_feed_stmts,
    db_idempotency_stmts,
    db_identity_stmts,
    db_intake_stmts,
    db_job_stmts,
    db_meeting_stmts,
    db_journey_stmts,
    db_member_bulk_stmts,
    db_member_stmts,
    db_migrate_stmts,
    db_office_hours_stmts,
    db_outbox_stmts,
    db_pairing_stmts,
    db_personal_data_stmts,
    db_program_stmts,
    db_proposal_stmts,
    db_request_stmts,
    db_round_stmts,
    db_session_stmts,
    db_snapshot_stmts,
    db_token_stmts,
    db_trial_stmts,
    db_tx_stmts,
    db_upkeep_stmts,
    db_waiting_stmts,
    db_wall_stmts,
    db_zone_drift_stmts,
    NULL,
};
