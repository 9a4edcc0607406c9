/* The passes of a network as one plan on a back end, with random parameters. */
#ifndef FM_TESTS_PASSES_H
#define FM_TESTS_PASSES_H

#include "backend/backend.h"
#include "nn/pass.h"

enum { PASSES_PARAMETERS = 8, PASSES_VALUES = 2000 /* of all parameters */ };

typedef struct passes {
    fm_graph *graph[FM_PLAN_GRAPHS];
    size_t graph_count, parameter_count, slots;
    fm_parameters *parameters[PASSES_PARAMETERS];
    fm_plan *plan;
    fm_samples *samples;
    fm_outcomes *outcomes; /* of each image */
} passes;

/* Compiles these passes, with FM_CROSS_ENTROPY, for batches of up to `rows` of the images. The
 * optimizer's state has `slots` slots. */
passes passes_open(fm_backend *backend, fm_stack *stack, const enum fm_pass *which, size_t count,
                   size_t rows, size_t slots, enum fm_compile how, const fm_images *images);
void passes_close(passes *p);
void passes_run(passes *p, size_t graph, const fm_step *step);

/* Reads all parameters with their state, at most (1 + slots) PASSES_VALUES; returns how many. */
size_t passes_read(float *out, const passes *p);

/* The operations of a pass in order, each with its layer: "gather linear_forward.1 ...". */
void passes_text(char *out, size_t size, const fm_architecture *architecture, enum fm_pass pass);

#endif
