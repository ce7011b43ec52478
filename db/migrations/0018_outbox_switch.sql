-- The operator's listener may say whether this database sends, but not that a copy may:
-- that takes the owner's `cairn outbox resume`. It speaks to the database as the worker,
-- who may not write system_state. Gives the mode that holds afterwards.
CREATE FUNCTION switch_outbox(wanted text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = cairn, pg_temp AS $$
BEGIN
	UPDATE system_state SET mode = wanted, since = now() WHERE home = this_database();
	RETURN (SELECT mode FROM system_mode);
END $$;
REVOKE EXECUTE ON FUNCTION switch_outbox FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch_outbox TO cairn_worker;
