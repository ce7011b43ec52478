/* The subcommands that read other people's calendars; see cli.h for their form. */
#ifndef API_CLI_CALENDAR_H
#define API_CLI_CALENDAR_H

/* cairn doctor FILE… */
int cli_doctor(int argc, char **argv);

/* cairn busy FILE */
int cli_busy(int argc, char **argv);

#endif
