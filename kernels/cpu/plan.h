/* A plan of the CPU back end, as the host writes it and the kernels of cpu/phases.cl read it. All
 * tensors lie in one buffer, the arena. An offset counts floats from its start; -1 means none.
 * Every member is four bytes wide. */
#ifndef FM_CPU_PLAN_H
#define FM_CPU_PLAN_H

#include "common/operations.h"
#include "common/step.h"

/* An operation, in a list in the arena. */
typedef struct fm_cpu_op {
    int operation;                 /* enum fm_operation */
    int operand[FM_MOST_OPERANDS]; /* offsets, in the order of the operation's row */
    int inputs, outputs;
    int x_stride, y_stride; /* floats per row of a batch with `inputs`, `outputs` columns */
    int kind;               /* enum fm_activation or enum fm_loss */
    int sparse;             /* about half of the values of x are 0 */
    /* Of dropout: */
    int mask_stride; /* bytes per row of a mask */
    int layer;       /* a key of the random numbers */
    int threshold;   /* 65536 times the probability that an element becomes 0 */
    float scale;     /* of the others */
    /* Of operations on parameters: */
    int target;    /* parameters to update with the gradient, or the gradient to store */
    int is_stored; /* `target` is a gradient */
    int size;      /* floats of the target: distance from a value to its state */
    int group;     /* its first work-group in the launch */
    int across;    /* number of its work-groups along the outputs */
    int span;      /* panels per work-group; for thin batches inputs, for updates vectors */
} fm_cpu_op;

/* The argument of a launch, by value. */
typedef struct fm_cpu_launch {
    fm_step step;
    int list, count;             /* offset and number of the operations */
    int scratch, scratch_stride; /* where gradients are transposed; floats of a row */
    int span, columns;           /* rows and columns of a work-group; multiples of 16, or all */
} fm_cpu_launch;

#endif
