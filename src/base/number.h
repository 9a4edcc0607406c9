/* Numbers as people write them: the whole text or an error. */
#ifndef FM_BASE_NUMBER_H
#define FM_BASE_NUMBER_H

#include <stdint.h>

#include "fmnist_cl/error.h"

/* A finite number in decimal. FM_E_ARGUMENT, with the text as what. */
int fm_number_real(double *out, const char *text, fm_error *error);

/* A whole number of at least 0, decimal digits only. *below is set to 1, and the call succeeds with
 * 0 in *out, when it is negative: only the caller knows the least number that it would take. */
int fm_number_whole(uint64_t *out, int *below, const char *text, fm_error *error);

/* The fewest significant digits with which the number, written as printf's %g does, is read back
 * the same. */
int fm_number_digits(double value);

enum { FM_NUMBER_SIZE = 32 };

/* The shortest decimal that is read back as the same number, without an exponent from 1e-4 to 1e6.
 */
void fm_number_print(char out[FM_NUMBER_SIZE], double value);

#endif
