/* cairn reply: a mail on standard input, as a mail server hands it over. */
#ifndef API_CLI_REPLY_H
#define API_CLI_REPLY_H

int cli_reply(int argc, char **argv);

#endif
