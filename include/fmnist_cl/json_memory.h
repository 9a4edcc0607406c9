/* jansson, which reads and writes this library's JSON, where memory may run out. */
#ifndef FMNIST_CL_JSON_MEMORY_H
#define FMNIST_CL_JSON_MEMORY_H

/* When an allocation fails while jansson 2.14 reads a text, it drops a character and goes on: the
 * text becomes another, or an assertion or a write past a buffer's end is the end of the program.
 * After this call its reader is left where that happens instead, and the library's functions tell
 * FM_E_MEMORY. It sets jansson's functions for memory, of which a process has only one pair: so a
 * program calls it itself, once, before anything else of this library or of jansson. What jansson
 * hands out for the program to free() is from then on to be freed by the function that
 * json_get_alloc_funcs gives. */
void fm_json_memory_guard(void);

#endif
