/* The one table of cases: each operation with its attributes. The check runs them over sizes of its
 * own, the tests over more sizes (tests/support/cases.h). */
#ifndef FM_CHECK_CASES_H
#define FM_CHECK_CASES_H

#include "check/job.h"

/* Without sizes: the caller fills in rows, inputs and outputs. */
extern const fm_check_case fm_check_cases[];
extern const size_t fm_check_case_count;

/* Whether its operation can have these sizes: a loss needs 2 to 256 classes. */
int fm_check_case_fits(const fm_check_case *which);

/* The first case of an operation with this activation, whose x the host writes: with Adam's update,
 * or without one. There must be one. */
const fm_check_case *fm_check_case_find(enum fm_operation operation, enum fm_activation activation,
                                        int with_update);

/* Whether only networks with PReLU need it. */
int fm_check_case_is_prelu(const fm_check_case *which);

#endif
