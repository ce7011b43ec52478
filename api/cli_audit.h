/* cairn audit verify: see cli_audit.c. 0: every chain is whole; 1: one is not. */
#ifndef API_CLI_AUDIT_H
#define API_CLI_AUDIT_H

int cli_audit(int argc, char **argv);

#endif
