/* Operations of a batch, collected and launched together: kernels/chain.cl says how they run.
 *
 * What is collected has not happened yet, but nobody can tell: a list is launched before anything
 * is read or written by the host, before the queue is asked how far it is, and before an operation
 * joins that would see or disturb what is still to come. A training step becomes two launches. */
#ifndef FM_OPS_CHAIN_H
#define FM_OPS_CHAIN_H

#include "fmnist_cl/choices.h"
#include "ops/arena.h"
#include "ops/opencl_memory.h"

enum fm_row_kind {
    FM_ROW_GATHER,
    FM_ROW_FORWARD,
    FM_ROW_LOSS,
    FM_ROW_PRELU,
    FM_ROW_BACKWARD_INPUT
};

/* Both as in the kernel; places in the arena, -1 for none. */
typedef struct fm_row_op {
    cl_int kind;
    cl_int x, x_stride, y, y_stride, aside;
    cl_int parameters, slope;
    cl_int inputs, outputs;
    cl_int variant, sparse;
} fm_row_op;

typedef struct fm_update_op {
    cl_int group, across, span;
    cl_int x, x_stride, dy, dy_stride;
    cl_int parameters, size;
    cl_int inputs, outputs, sparse;
} fm_update_op;

/* As many as the deepest network's step needs. */
enum { FM_CHAIN_OPS = 256, FM_CHAIN_LISTS = 8 };

/* A list that the device has already. */
typedef struct fm_chain_list {
    cl_mem buffer;
    size_t bytes;
    unsigned char *copy; /* room for the longest list */
} fm_chain_list;

typedef struct fm_chain {
    fm_cl_context *context;
    fm_arena *arena;
    const fm_choices *choices; /* of whoever owns the chain */
    cl_kernel rows_kernel, updates_kernel;
    cl_mem scratch;
    size_t scratch_stride; /* floats of a row, for what is collected */
    size_t scratch_size;   /* floats that the buffer has */

    fm_row_op row[FM_CHAIN_OPS];
    fm_update_op update[FM_CHAIN_OPS];
    size_t row_count, update_count;
    size_t rows, first;            /* of all that is collected */
    const opencl_samples *samples; /* of the gather and the loss */
    const opencl_outcomes *outcomes;
    fm_update rule; /* of the updates */

    fm_chain_list list[FM_CHAIN_LISTS];
    size_t next_list; /* to be replaced */
} fm_chain;

/* FM_E_OPENCL or FM_E_MEMORY; free it in either case. */
int fm_chain_create(fm_chain *chain, fm_cl_context *context, fm_arena *arena, cl_program program,
                    const fm_choices *choices, fm_error *error);
void fm_chain_free(fm_chain *chain);

/* Takes an operation in; `first`, samples and outcomes matter to the gather and the loss only (0
 * and NULL otherwise). What must come before it is launched. FM_E_OPENCL, FM_E_MEMORY. */
int fm_chain_add_row(fm_chain *chain, const fm_row_op *op, size_t rows, size_t first,
                     const opencl_samples *samples, const opencl_outcomes *outcomes,
                     fm_error *error);
/* group, across and span are found here. */
int fm_chain_add_update(fm_chain *chain, const fm_update_op *op, const fm_update *rule, size_t rows,
                        fm_error *error);

/* Launches what is collected; does not wait. */
int fm_chain_flush(fm_chain *chain, fm_error *error);

#endif
