/* Parses numbers that users type. The whole text must be a number. */
#ifndef FM_BASE_NUMBER_H
#define FM_BASE_NUMBER_H

#include <stdint.h>

#include "fmnist_cl/error.h"

/* A finite decimal number. FM_E_ARGUMENT, with the text as the error's what. */
int fm_number_real(double *out, const char *text, fm_error *error);

/* A whole number of at least 0, in decimal digits. For a negative number it succeeds with *out = 0
 * and *below = 1, because only the caller knows the valid range for its message. */
int fm_number_whole(uint64_t *out, int *below, const char *text, fm_error *error);

/* The smallest precision with which printf's %g writes the number so that it reads back equal. */
int fm_number_digits(double value);

enum { FM_NUMBER_SIZE = 32 };

/* The shortest decimal that is read back as the same number, without an exponent from 1e-4 to 1e6.
 */
void fm_number_print(char out[FM_NUMBER_SIZE], double value);

#endif
