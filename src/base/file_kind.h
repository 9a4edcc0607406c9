/* Names what a file is by its first bytes, for the message that it is not what was wanted. */
#ifndef FM_BASE_FILE_KIND_H
#define FM_BASE_FILE_KIND_H

#include <stddef.h>

enum { FM_FILE_KIND_TEXT = 128 };

/* Writes what libmagic calls the content, such as "Zip archive data", to out; of a text also how it
 * begins. "unknown data" if nothing is known. */
void fm_file_kind(char out[FM_FILE_KIND_TEXT], const void *bytes, size_t size);

#endif
