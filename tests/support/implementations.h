/* Every implementation of the operations that this machine can run. */
#ifndef FM_TESTS_IMPLEMENTATIONS_H
#define FM_TESTS_IMPLEMENTATIONS_H

#include <stddef.h>

#include "ops/ops.h"

typedef struct implementation {
    const char *name; /* "panel", "tile", "clblast" */
    fm_ops *ops;
    /* Limit of rows x inputs x outputs of a layer. rusticl's compiler ends a kernel's loops after
     * 65,535 iterations, which limits kernels that are not meant for the device. */
    size_t most_products;
} implementation;

enum { MOST_IMPLEMENTATIONS = 4 };

/* The reference only. Fails the test if it cannot be created. Free with fm_ops_free. */
fm_ops *implementation_reference(void);

/* All OpenCL implementations, on the device that $FM_TEST_DEVICE names, else on the first OpenCL
 * device. Fails the test if there is none. Fills out and returns the count. Free with
 * implementations_close. */
size_t implementations_open(implementation out[MOST_IMPLEMENTATIONS]);
void implementations_close(void);

#endif
