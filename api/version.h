/* The version of the program; the build may name another. */
#ifndef API_VERSION_H
#define API_VERSION_H

#ifndef CAIRN_VERSION
#define CAIRN_VERSION "0.1.0"
#endif

#endif
