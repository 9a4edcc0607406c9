/* Inside the OpenCL operations: what lives on the device, and what a linear layer's implementation
 * fills in. */
#ifndef FM_OPS_OPENCL_MEMORY_H
#define FM_OPS_OPENCL_MEMORY_H

#include "cl/context.h"
#include "cl/launch.h"
#include "fmnist_cl/choices.h"
#include "ops/arena.h"
#include "ops/linear_tile.h"
#include "ops/table.h"

/* Batches are rows of floats for every implementation. Columns are filled up to a multiple of
 * FM_ROW_ALIGN and rows to one of FM_ROWS_ALIGN: a CPU reads and writes whole vectors, and turns
 * whole blocks of rows. */
enum { FM_ROW_ALIGN = 16, FM_ROWS_ALIGN = 16 };

typedef struct opencl_matrix {
    fm_matrix base;
    cl_mem buffer; /* NULL in an arena */
    cl_int place;  /* in the arena */
    cl_int stride; /* floats from row to row */
    int sparse;    /* pixels are in it, or what a ReLU let pass */
} opencl_matrix;

typedef struct opencl_parameters {
    fm_parameters base;
    cl_mem buffer; /* [1 + slots][size], each slot in the linear layer's own layout */
    cl_int place;  /* in an arena */
    cl_int size;   /* floats of a slot */
} opencl_parameters;

typedef struct opencl_samples {
    fm_samples base;
    cl_mem images, labels, order;
} opencl_samples;

typedef struct opencl_outcomes {
    fm_outcomes base;
    cl_mem losses, classes;
} opencl_outcomes;

typedef struct opencl opencl;

/* The layout of parameters: floats of a slot, and where output o, input k is in it (the bias for
 * k = inputs). */
typedef struct fm_layout {
    size_t (*size)(size_t outputs, size_t inputs);
    size_t (*index)(size_t outputs, size_t inputs, size_t o, size_t k);
} fm_layout;

enum { FM_LINEAR_KERNELS = 5 };

/* The loss of a batch; dlogits NULL: no gradient is wanted. */
typedef struct fm_loss_call {
    opencl_matrix *dlogits;
    const opencl_matrix *logits;
    const opencl_outcomes *outcomes;
    const opencl_samples *samples;
    enum fm_loss kind;
    size_t first, rows;
} fm_loss_call;

/* One way to compute a linear layer, launch by launch. The rest of the operations is the same for
 * all that do so. */
typedef struct fm_linear {
    const char *name;
    const char *const *sources; /* its kernels, ended by NULL */
    /* For the compiler, besides those that all programs get; NULL: none. */
    void (*options)(char *out, size_t size, const fm_choices *);
    const char *kernels[FM_LINEAR_KERNELS]; /* their names; ended by NULL when fewer */

    fm_layout layout;

    int (*forward)(opencl *, opencl_matrix *y, opencl_matrix *z, const opencl_matrix *x,
                   const opencl_parameters *, enum fm_activation, const opencl_parameters *slope,
                   size_t rows, fm_error *);
    int (*backward_input)(opencl *, opencl_matrix *dx, const opencl_matrix *dy,
                          const opencl_parameters *, enum fm_activation, const opencl_matrix *y,
                          size_t rows, fm_error *);
    int (*backward_parameters)(opencl *, opencl_parameters *, const opencl_matrix *x,
                               const opencl_matrix *dy, const fm_update *, size_t rows, fm_error *);

    /* Of those that launch some operations together with the next ones; NULL otherwise. make_way
     * launches what waits and would see that this matrix is written or these parameters, either of
     * them NULL, are used; settle launches all that waits. */
    int (*gather)(opencl *, opencl_matrix *x, const opencl_samples *, size_t first, size_t rows,
                  fm_error *);
    int (*loss)(opencl *, const fm_loss_call *, fm_error *);
    int (*make_way)(opencl *, const opencl_matrix *, const opencl_parameters *, fm_error *);
    int (*settle)(opencl *, fm_error *);
} fm_linear;

extern const fm_linear fm_linear_tile;
#ifdef FM_WITH_CLBLAST
extern const fm_linear fm_linear_clblast;
#endif

struct opencl {
    fm_ops ops;
    fm_cl_context *context;
    fm_choices choices;
    const fm_layout *layout;
    cl_program program;

    fm_arena *arena; /* where matrices and parameters lie in one buffer: that buffer, or NULL */
    /* What is to be done before the host reads or writes; NULL: nothing. */
    int (*settle)(opencl *, fm_error *);

    /* Of those that launch operation by operation. */
    const fm_linear *linear;
    cl_kernel gather, loss, prelu_backward, prelu_update;
    cl_kernel linear_kernel[FM_LINEAR_KERNELS];
    fm_tile_waiting waiting;
    /* Work space that one operation fills and empties. The queue runs in order, so one serves all;
     * it grows when matrices and parameters are created, never while they are used. */
    cl_mem scratch;
    size_t scratch_size; /* floats */
};

/* Before the host reads or writes. */
int fm_opencl_settle(opencl *, fm_error *);

extern const fm_memory_table fm_opencl_memory;

/* A launch of their own. */
int fm_opencl_gather(opencl *, const opencl_matrix *x, const opencl_samples *, size_t first,
                     size_t rows, fm_error *);
int fm_opencl_loss(opencl *, const fm_loss_call *, fm_error *);

/* a / b, rounded up: how many groups of b cover a. */
static inline size_t fm_groups(size_t a, size_t b) {
    return (a + b - 1) / b;
}

#endif
