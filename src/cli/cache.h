/* The cache folder. */
#ifndef FM_CLI_CACHE_H
#define FM_CLI_CACHE_H

#include <stddef.h>

/* Into out[size]: $FMNIST_CACHE, else $XDG_CACHE_HOME/fmnist-cl, else ~/.cache/fmnist-cl. NULL if
 * none of them is set, or if it does not fit. */
const char *cli_cache_folder(char *out, size_t size);

#endif
