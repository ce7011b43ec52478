-- The operator's listener may say whether this database sends, as `cairn outbox` does; it
-- speaks to the database as the worker.
GRANT INSERT (mode, home), UPDATE (mode, home, since) ON system_state TO cairn_worker;
