/* Inside the reference: its memory, and the operations that its table names. */
#ifndef FM_OPS_REFERENCE_MEMORY_H
#define FM_OPS_REFERENCE_MEMORY_H

#include "ops/table.h"

typedef struct reference_matrix {
    fm_matrix base;
    float *values; /* [rows][cols] */
} reference_matrix;

typedef struct reference_parameters {
    fm_parameters base;
    size_t size;     /* of one slot: weight [outputs][inputs], then bias [outputs] */
    float *values;   /* [1 + slots][size]: the values, then the optimiser's state */
    double *scratch; /* of reference_product.h, for each of the layer's products */
} reference_parameters;

typedef struct reference_samples {
    fm_samples base;
    fm_images images; /* the caller's memory */
    uint32_t *order;  /* [count] */
} reference_samples;

typedef struct reference_outcomes {
    fm_outcomes base;
    float *losses;    /* [count] */
    uint8_t *classes; /* [count] */
} reference_outcomes;

int fm_reference_gather(fm_ops *, fm_matrix *x, fm_samples *, size_t first, size_t rows,
                        fm_error *);
int fm_reference_linear_forward(fm_ops *, fm_matrix *y, fm_matrix *z, fm_matrix *x, fm_parameters *,
                                enum fm_activation, fm_parameters *slope, size_t rows, fm_error *);
int fm_reference_linear_backward_input(fm_ops *, fm_matrix *dx, fm_matrix *dy, fm_parameters *,
                                       enum fm_activation, fm_matrix *y, size_t rows, fm_error *);
int fm_reference_linear_backward_parameters(fm_ops *, fm_parameters *, fm_matrix *x, fm_matrix *dy,
                                            const fm_update *, size_t rows, fm_error *);
int fm_reference_prelu_backward(fm_ops *, fm_matrix *dy, fm_matrix *z, fm_parameters *slope,
                                const fm_update *, size_t rows, fm_error *);
int fm_reference_loss(fm_ops *, fm_matrix *dlogits, fm_outcomes *, fm_matrix *logits, fm_samples *,
                      enum fm_loss, size_t first, size_t rows, fm_error *);

/* The update rule on `count` parameters: values from w on, their state slots `size` floats further
 * each. */
void fm_reference_update(float *w, size_t size, const double *gradient, size_t count,
                         const fm_update *update);

#endif
