/* The reference: every operation in plain C on the host, sums in double. */
#ifndef FM_OPS_REFERENCE_H
#define FM_OPS_REFERENCE_H

#include "ops/ops.h"

/* Free with fm_ops_free. FM_E_MEMORY. */
int fm_reference_create(fm_ops **out, fm_error *error);

#endif
