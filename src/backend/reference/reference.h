/* The reference back end: every operation in plain C on the host, with sums in double. A plan is a
 * walk over the graph's nodes. */
#ifndef FM_BACKEND_REFERENCE_REFERENCE_H
#define FM_BACKEND_REFERENCE_REFERENCE_H

#include "backend/backend.h"

/* Free with fm_backend_free. FM_E_MEMORY. */
int fm_reference_create(fm_backend **out, fm_error *error);

/* The arguments of an operation: a node of a graph in a run. */
typedef struct fm_reference_run {
    fm_plan *plan;
    const fm_graph *graph;
    const fm_node *node;
    fm_samples *samples; /* may be NULL, like outcomes, if the graph uses none */
    fm_outcomes *outcomes;
    const fm_step *step;
} fm_reference_run;

/* Called after each operation of a walk, if not NULL. It may read and change the results. */
typedef void (*fm_reference_observer)(void *user, const fm_reference_run *run);
void fm_reference_observe(fm_backend *backend, fm_reference_observer observer, void *user);

/* Values of the node's operand number `operand`; NULL if it is FM_NONE. */
float *fm_reference_batch(const fm_reference_run *run, int operand);     /* [rows][cols] */
double *fm_reference_partial(const fm_reference_run *run, int operand);  /* [rows] */
uint8_t *fm_reference_mask(const fm_reference_run *run, int operand);    /* [rows][bytes] */
double *fm_reference_gradient(const fm_reference_run *run, int operand); /* weight, then bias */
/* Weight [outputs][inputs], then bias [outputs] of a slot; slot s + 1 follows slot s. */
float *fm_reference_parameters(const fm_reference_run *run, int operand, size_t slot);
/* The loss of a row of the batch, at position first + row of the outcomes. */
float *fm_reference_loss_at(const fm_reference_run *run, size_t row);
uint8_t *fm_reference_prediction_at(const fm_reference_run *run, size_t row);
/* The index in the samples, the image, and the label of a row of the batch. */
size_t fm_reference_index(const fm_reference_run *run, size_t row);
const uint8_t *fm_reference_image(const fm_reference_run *run, size_t row);
size_t fm_reference_label(const fm_reference_run *run, size_t row);

/* Doubles for the products of a plan (reference_product.h). */
double *fm_reference_scratch(const fm_reference_run *run);

/* The operations; graph/operation.c has their formulas. */
typedef void fm_reference_operation(const fm_reference_run *run);
fm_reference_operation fm_reference_gather, fm_reference_linear_forward,
    fm_reference_linear_backward_input, fm_reference_linear_backward_parameters,
    fm_reference_activation_backward, fm_reference_prelu_backward,
    fm_reference_prelu_backward_slope, fm_reference_dropout_mask, fm_reference_dropout_forward,
    fm_reference_dropout_backward, fm_reference_loss, fm_reference_update;

#endif
