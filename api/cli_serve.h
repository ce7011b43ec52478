/* `cairn serve` and `cairn work`; see cli.h for the form of a subcommand. */
#ifndef API_CLI_SERVE_H
#define API_CLI_SERVE_H

/* The HTTP service, and a job worker unless told --no-worker. */
int cli_serve(int argc, char **argv);

/* A job worker alone. */
int cli_work(int argc, char **argv);

#endif
