/* Words as they are typed into a shell. */
#ifndef FM_BASE_SHELL_H
#define FM_BASE_SHELL_H

#include "base/text.h"

/* Adds the word; in single quotes where a shell would see more in it than a word. */
void fm_shell_add_word(fm_text *out, const char *word);

#endif
