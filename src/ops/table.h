/* What an implementation of the operations fills in. Only ops.c calls through it, after it has
 * checked the arguments; only the implementations include it besides. Each implementation's own
 * structs begin with the public part below. */
#ifndef FM_OPS_TABLE_H
#define FM_OPS_TABLE_H

#include "ops/ops.h"

struct fm_matrix {
    fm_ops *ops;
    size_t rows, cols;
};

struct fm_parameters {
    fm_ops *ops;
    size_t outputs, inputs, slots;
};

struct fm_samples {
    fm_ops *ops;
    size_t count, pixels;
    int labelled; /* set by ops.c */
};

struct fm_outcomes {
    fm_ops *ops;
    size_t count;
};

/* What lives on the device. */
typedef struct fm_memory_table {
    int (*matrix_create)(fm_matrix **, fm_ops *, size_t rows, size_t cols, fm_error *);
    void (*matrix_free)(fm_matrix *);
    int (*matrix_write)(fm_matrix *, const float *, size_t rows, fm_error *);
    int (*matrix_read)(float *, fm_matrix *, size_t rows, fm_error *);

    int (*parameters_create)(fm_parameters **, fm_ops *, size_t outputs, size_t inputs,
                             size_t slots, fm_error *);
    void (*parameters_free)(fm_parameters *);
    int (*parameters_write)(fm_parameters *, size_t slot, const float *weight, const float *bias,
                            fm_error *);
    int (*parameters_read)(float *weight, float *bias, fm_parameters *, size_t slot, fm_error *);

    int (*samples_create)(fm_samples **, fm_ops *, const fm_images *, fm_error *);
    void (*samples_free)(fm_samples *);
    int (*samples_set_order)(fm_samples *, const uint32_t *, size_t count, fm_error *);

    int (*outcomes_create)(fm_outcomes **, fm_ops *, size_t count, fm_error *);
    void (*outcomes_free)(fm_outcomes *);
    int (*outcomes_read)(float *, uint8_t *, fm_outcomes *, size_t first, size_t count, fm_error *);
} fm_memory_table;

typedef struct fm_ops_table {
    const fm_memory_table *memory;

    int (*gather)(fm_ops *, fm_matrix *x, fm_samples *, size_t first, size_t rows, fm_error *);
    int (*linear_forward)(fm_ops *, fm_matrix *y, fm_matrix *z, fm_matrix *x, fm_parameters *,
                          enum fm_activation, fm_parameters *slope, size_t rows, fm_error *);
    int (*linear_backward_input)(fm_ops *, fm_matrix *dx, fm_matrix *dy, fm_parameters *,
                                 enum fm_activation, fm_matrix *y, size_t rows, fm_error *);
    int (*linear_backward_parameters)(fm_ops *, fm_parameters *, fm_matrix *x, fm_matrix *dy,
                                      const fm_update *, size_t rows, fm_error *);
    int (*prelu_backward)(fm_ops *, fm_matrix *dy, fm_matrix *z, fm_parameters *slope,
                          const fm_update *, size_t rows, fm_error *);
    int (*loss)(fm_ops *, fm_matrix *dlogits, fm_outcomes *, fm_matrix *logits, fm_samples *,
                enum fm_loss, size_t first, size_t rows, fm_error *);

    int (*mark)(fm_ops *, size_t *queued, fm_error *);
    int (*finish)(fm_ops *, fm_error *);
    void (*free)(fm_ops *);
} fm_ops_table;

struct fm_ops {
    const fm_ops_table *table;
};

#endif
