/* Random operands for a case. */
#ifndef FM_CHECK_OPERANDS_H
#define FM_CHECK_OPERANDS_H

#include "check/operation.h"

/* Whether an input of a row is zero: where kernels skip zeros, it matters where they are. */
typedef int (*fm_check_zeros)(const void *user, size_t row, size_t input);

/* Fills each operand by its kind, the same numbers each time. x is zero where `zeros` says so, if
 * it is not what the host writes (enum fm_check_x). Free with fm_check_operands_free, also after a
 * failure. FM_E_MEMORY. */
int fm_check_operands_create(fm_check_operands *out, const fm_check_case *which,
                             fm_check_zeros zeros, const void *user, fm_error *error);
void fm_check_operands_free(fm_check_operands *operands);

/* A third of the inputs is zero in all rows; of the others, some have no zero or nothing else for a
 * dozen inputs, and some one number among seven. */
int fm_check_zeros_mixed(const void *user, size_t row, size_t input);

#endif
