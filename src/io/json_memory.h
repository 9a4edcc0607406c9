/* jansson's reader, left by a jump when it lacks memory; fmnist_cl/json_memory.h says why. */
#ifndef FM_IO_JSON_MEMORY_H
#define FM_IO_JSON_MEMORY_H

#include <jansson.h>

/* As json_loadb. *no_memory: a guarded jansson lacked memory. One that is not guarded tells, reads
 * or breaks what it likes then. */
json_t *fm_json_memory_load(int *no_memory, const char *text, size_t length, size_t flags,
                            json_error_t *problem);

#endif
