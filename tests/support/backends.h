/* Every back end that this machine can run. */
#ifndef FM_TESTS_BACKENDS_H
#define FM_TESTS_BACKENDS_H

#include "backend/backend.h"
#include "cl/context.h"
#include "fmnist_cl/choices.h"

typedef struct backend_under_test {
    const char *name; /* "cpu", "gpu", "clblast", "reference" */
    fm_backend *backend;
    fm_cl_context *context; /* NULL for the reference */
    /* The largest layer for it: rows x inputs x outputs. rusticl's compiler ends a kernel's loops
     * after 65,535 rounds, so kernels for another kind of device stay below that. */
    size_t most_products;
} backend_under_test;

enum { MOST_BACKENDS = 3 };

/* The reference alone. Fails the test when there is none; free with fm_backend_free. */
fm_backend *backend_reference(void);

/* One of them on a context of its own, with these tuning parameters (NULL: the built-in ones).
 * Context as for this kind of device: what is meant for GPUs is launched as on one. */
enum backend_kind { BACKEND_CPU, BACKEND_GPU, BACKEND_CLBLAST, BACKEND_KINDS };
int backend_create(fm_backend **out, fm_cl_context *context, enum backend_kind kind,
                   const fm_choices *choices, fm_error *error);
void backend_prepare(fm_cl_context *context, enum backend_kind kind);

/* For groups of tests that compare back ends: the OpenCL ones, all on the OpenCL device that
 * FM_TEST_DEVICE in the environment names, else the first, and then the reference, as
 * backends[backend_count]. The set-up fails the test if there is no device. */
extern backend_under_test backends[MOST_BACKENDS + 1];
extern size_t backend_count;
extern fm_backend *reference;
int backends_set_up(void **state);
int backends_tear_down(void **state);

#endif
