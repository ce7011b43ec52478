/* `cairn import FILE`; see cli.h for the form of a subcommand. */
#ifndef API_CLI_IMPORT_H
#define API_CLI_IMPORT_H

int cli_import(int argc, char **argv);

#endif
