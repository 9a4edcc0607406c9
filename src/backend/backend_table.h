/* What a back end implements. Only backend.c calls through this table, after it has checked the
 * arguments. Each back end's own structs begin with the public part below. */
#ifndef FM_BACKEND_BACKEND_TABLE_H
#define FM_BACKEND_BACKEND_TABLE_H

#include "backend/backend.h"

struct fm_parameters {
    fm_backend *backend;
    size_t outputs, inputs, slots;
};

struct fm_samples {
    fm_backend *backend;
    size_t count, pixels;
    int has_labels; /* set by backend.c */
};

struct fm_outcomes {
    fm_backend *backend;
    size_t count;
};

/* Set by backend.c before the back end compiles. */
struct fm_plan {
    fm_backend *backend;
    const fm_graph *graph[FM_PLAN_GRAPHS];
    size_t count;
    size_t slots[FM_PLAN_GRAPHS];  /* minimum over the parameters that the graph updates */
    size_t pixels[FM_PLAN_GRAPHS]; /* of the images that the graph gathers; 0: it gathers none */
};

/* Rows of a batch tensor's memory: the maximum over the graphs in which an operation or the host
 * uses it; 0: it is unused. For parameters and gradients: 1 or 0. */
size_t fm_plan_rows(const fm_plan *plan, int tensor);

typedef struct fm_backend_table {
    int (*parameters_create)(fm_parameters **, fm_backend *, size_t outputs, size_t inputs,
                             size_t slots, fm_error *);
    void (*parameters_free)(fm_parameters *);
    int (*parameters_write)(fm_parameters *, size_t slot, const float *weight, const float *bias,
                            fm_error *);
    int (*parameters_read)(float *weight, float *bias, fm_parameters *, size_t slot, fm_error *);

    int (*samples_create)(fm_samples **, fm_backend *, const fm_images *, fm_error *);
    void (*samples_free)(fm_samples *);
    int (*samples_set_order)(fm_samples *, const uint32_t *, size_t count, fm_error *);

    int (*outcomes_create)(fm_outcomes **, fm_backend *, size_t count, fm_error *);
    void (*outcomes_free)(fm_outcomes *);
    int (*outcomes_read)(float *, uint8_t *, fm_outcomes *, size_t first, size_t count, fm_error *);

    /* *out must begin with a copy of `base`. */
    int (*plan_compile)(fm_plan **out, const fm_plan *base, fm_parameters *const *parameters,
                        enum fm_compile how, fm_error *);
    void (*plan_free)(fm_plan *);
    int (*plan_run)(fm_plan *, size_t graph, fm_samples *, fm_outcomes *, const fm_step *,
                    fm_error *);
    int (*plan_write)(fm_plan *, size_t graph, int tensor, const float *, size_t rows, fm_error *);
    int (*plan_read)(float *, fm_plan *, size_t graph, int tensor, size_t rows, fm_error *);

    int (*end_step)(fm_backend *, size_t *queued, fm_error *);
    int (*finish)(fm_backend *, fm_error *);
    void (*free)(fm_backend *);
} fm_backend_table;

struct fm_backend {
    const fm_backend_table *table;
};

#endif
