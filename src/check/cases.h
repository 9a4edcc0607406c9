/* The table of cases: each operation with its attributes. The check runs them with a few sizes, the
 * tests with more (tests/support/cases.h). */
#ifndef FM_CHECK_CASES_H
#define FM_CHECK_CASES_H

#include "check/job.h"

/* The caller sets the sizes: rows, inputs and outputs. */
extern const fm_check_case fm_check_cases[];
extern const size_t fm_check_case_count;

/* Whether the operation supports the sizes: a loss needs 2 to 256 classes. */
int fm_check_case_fits(const fm_check_case *c);

/* The first case of an operation with this activation in which the host writes x: with Adam's
 * update, or without an update. It must exist. */
const fm_check_case *fm_check_case_find(enum fm_operation operation, enum fm_activation activation,
                                        int with_update);

/* Whether only networks with PReLU need it. */
int fm_check_case_is_prelu(const fm_check_case *c);

#endif
