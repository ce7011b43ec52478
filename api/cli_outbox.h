/* cairn outbox [status|pause|resume]: see cli_outbox.c. */
#ifndef API_CLI_OUTBOX_H
#define API_CLI_OUTBOX_H

int cli_outbox(int argc, char **argv);

#endif
