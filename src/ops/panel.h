/* The operations on an OpenCL CPU: our own kernels, a work-item alone in its group, the parameters
 * in panels of outputs, and the operations of a batch collected in a chain. */
#ifndef FM_OPS_PANEL_H
#define FM_OPS_PANEL_H

#include "cl/context.h"
#include "fmnist_cl/choices.h"
#include "ops/ops.h"

/* For kernels/linear_panel.cl: the layout and the groups depend on them. */
enum {
    FM_PANEL = 16,     /* outputs of a panel */
    FM_THIN_ROWS = 16, /* batches of up to so many rows go row by row, and sum in another order */
    FM_MOST_ROWS = 64, /* of a group, else */
};

/* As fm_opencl_create. */
int fm_panel_create(fm_ops **out, fm_cl_context *context, const fm_choices *choices,
                    fm_error *error);

#endif
