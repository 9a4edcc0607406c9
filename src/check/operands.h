/* Random operands for a case. */
#ifndef FM_CHECK_OPERANDS_H
#define FM_CHECK_OPERANDS_H

#include "check/job.h"

/* Says which inputs of a row are zero: for kernels that skip zeros, their places matter. */
typedef int (*fm_check_zeros)(const void *user, size_t row, size_t input);

/* Fills each operand according to its kind, always with the same numbers. x is zero where `zeros`
 * says so, unless the host writes it (enum fm_check_x). Call fm_check_operands_free even after a
 * failure. FM_E_MEMORY. */
int fm_check_operands_create(fm_check_operands *out, const fm_check_case *c, fm_check_zeros zeros,
                             const void *user, fm_error *error);
void fm_check_operands_free(fm_check_operands *operands);

/* A third of the inputs are zero in all rows. The others alternate between ranges without zeros,
 * ranges of zeros, and ranges with one nonzero value in seven. */
int fm_check_zeros_mixed(const void *user, size_t row, size_t input);

#endif
