/* A plan of the CPU back end, as the host writes it and the kernels of cpu/phases.cl read it. All
 * tensors lie in one buffer, the arena; a place is counted in floats from its start, and -1 is
 * none. Every member is four bytes wide. */
#ifndef FM_CPU_PLAN_H
#define FM_CPU_PLAN_H

#include "common/operations.h"
#include "common/step.h"

/* An operation: it stands in the arena, in a list. */
typedef struct fm_cpu_op {
    int operation;                 /* enum fm_operation */
    int operand[FM_MOST_OPERANDS]; /* places, in the order of the operation's row */
    int inputs, outputs;
    int x_stride,
        y_stride; /* from row to row of a batch with `inputs` and with `outputs` columns */
    int kind;     /* enum fm_activation or enum fm_loss */
    int sparse;   /* half of x is zeros, or more */
    /* Of operations on parameters: */
    int target;    /* the parameters to update with the gradient; or the gradient, to store it */
    int is_stored; /* the latter */
    int size;      /* floats of the target: from a value to its state */
    int group;     /* number of its first work-group in the launch */
    int across;    /* so many of its groups lie along the outputs */
    int span;      /* panels of outputs of a group; of a thin batch inputs, of an update vectors */
} fm_cpu_op;

/* What a launch gets, by value. */
typedef struct fm_cpu_launch {
    fm_step step;
    int list, count;             /* place and number of the operations */
    int scratch, scratch_stride; /* where gradients are transposed; floats of a row */
    int span, columns;           /* rows and columns of a work-group; multiples of 16, or all */
} fm_cpu_launch;

#endif
