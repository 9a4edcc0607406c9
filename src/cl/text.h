/* Makes text from drivers and the file system printable. */
#ifndef FM_CL_TEXT_H
#define FM_CL_TEXT_H

#include <stddef.h>

/* Copies text to out as one line of valid UTF-8. Runs of control characters and white space become
 * one space; leading and trailing ones are removed. Invalid UTF-8 and bidirectional controls become
 * '?'. Truncates between characters if out is too small. size is at least 1; out may equal text. */
void fm_cl_text_clean(char *out, size_t size, const char *text);

#endif
