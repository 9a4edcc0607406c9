/* Text that comes from drivers and the file system, made fit to be shown. */
#ifndef FM_CL_CLEAN_TEXT_H
#define FM_CL_CLEAN_TEXT_H

#include <stddef.h>

/* Copies text to out as one line of valid UTF-8: control characters and white space become single
 * spaces, none at either end, and what is no UTF-8 or turns the text around it becomes '?'. Cut
 * between characters where it does not fit. size is 1 or more; out may be text. */
void fm_cl_text_clean(char *out, size_t size, const char *text);

#endif
