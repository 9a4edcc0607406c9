/* The folder of what the program keeps for itself between calls. */
#ifndef FM_CLI_CACHE_H
#define FM_CLI_CACHE_H

#include <stddef.h>

/* Into out[size]: $FMNIST_CACHE, else $XDG_CACHE_HOME/fmnist-cl, else ~/.cache/fmnist-cl. NULL
 * where there is none of them, or no room. */
const char *cli_cache_folder(char *out, size_t size);

#endif
