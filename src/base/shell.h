/* Quotes words for a POSIX shell. */
#ifndef FM_BASE_SHELL_H
#define FM_BASE_SHELL_H

#include "base/text.h"

/* Appends the word, in single quotes where the shell would interpret it. */
void fm_shell_add_word(fm_text *out, const char *word);

#endif
