/* cairn backup FILE, cairn restore FILE: see cli_backup.c. */
#ifndef API_CLI_BACKUP_H
#define API_CLI_BACKUP_H

int cli_backup(int argc, char **argv);
int cli_restore(int argc, char **argv);

#endif
