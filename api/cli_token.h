/* `cairn token create|list|revoke`; see cli.h for the form of a subcommand. */
#ifndef API_CLI_TOKEN_H
#define API_CLI_TOKEN_H

int cli_token(int argc, char **argv);

#endif
