/* Every implementation of the operations that this machine can run. */
#ifndef FM_TESTS_IMPLEMENTATIONS_H
#define FM_TESTS_IMPLEMENTATIONS_H

#include <stddef.h>

#include "ops/ops.h"

typedef struct implementation {
    const char *name; /* "panel", "tile", "clblast" */
    fm_ops *ops;
    /* Of a layer, that it can be asked for: rows x inputs x outputs. rusticl's compiler ends a
     * kernel's loops after 65,535 rounds, so kernels that are not the device's own stay below. */
    size_t most_products;
} implementation;

enum { MOST_IMPLEMENTATIONS = 4 };

/* The reference alone. Fails the test when it cannot be had; free with fm_ops_free. */
fm_ops *implementation_reference(void);

/* The OpenCL ones, all on the OpenCL device that FM_TEST_DEVICE in the environment names, else the
 * first; fails the test when there is none. Writes them
 * to out and returns how many. Freed by implementations_close. */
size_t implementations_open(implementation out[MOST_IMPLEMENTATIONS]);
void implementations_close(void);

#endif
