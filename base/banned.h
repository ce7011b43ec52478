/*
 * Functions nobody here may call; the compiler enforces it (every translation
 * unit gets this header through -include). Use base/str, base/instant and the
 * strict parsers of base/num.h instead.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok strtok_r strncpy
#pragma GCC poison gets atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime setlocale

#endif
