/* The reference, with an eye on every number: which operation was the first to give one that is not
 * finite. */
#ifndef FM_OPS_WATCH_H
#define FM_OPS_WATCH_H

#include "ops/ops.h"

/* Free with fm_ops_free. FM_E_MEMORY. */
int fm_watch_create(fm_ops **out, fm_error *error);

/* Of operations made by fm_watch_create: "linear_forward of layer 2 (128 x 256 to 10): y is inf in
 * row 3, column 7", or NULL while all was finite. Layers are counted in the order in which they
 * were first computed. Valid as long as ops. */
const char *fm_watch_finding(const fm_ops *ops);

#endif
