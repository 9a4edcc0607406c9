/* The arguments of the GPU kernels; the host includes this file too. A kernel has as many as it
 * needs of arena, images, order and outcomes, in this order, and then the struct fm_gpu_arguments.
 * All tensors lie in the arena: an offset counts floats from its start; -1 means none.
 * Every member is four bytes wide. */
#ifndef FM_GPU_ARGUMENTS_H
#define FM_GPU_ARGUMENTS_H

#include "common/step.h"

/* An operation, or two that share a kernel, of a layer x -> y. It uses some of the members. */
typedef struct fm_gpu_op {
    int x, dx;      /* inputs and their gradient: [rows][x_stride] */
    int y, dy, z;   /* outputs, their gradient, and y before the activation: [rows][y_stride] */
    int share;      /* each row's share of the slope's gradient: [rows][share_stride] */
    int parameters; /* [1 + slots][size]; a slot is [inputs + 1][stride], the bias the last row */
    int gradient;   /* likewise, one slot */
    int slope;      /* PReLU's */
    int x_stride, y_stride, share_stride;
    int stride, size;
    int inputs, outputs;
    int activation, loss; /* common/numbers.h */
    int mask; /* of dropout: a bit for each element of a batch, [rows][mask_stride] bytes */
    int mask_stride;
    int layer;     /* a key of dropout's random numbers */
    int threshold; /* 65536 times the probability that an element becomes 0 */
    float kept;    /* what the other elements are multiplied by */
    int group;     /* in a list: its first work-group in the launch */
    int across;    /* in a list: tiles that lie along the outputs */
} fm_gpu_op;

/* The last argument of every kernel, by value. */
typedef struct fm_gpu_arguments {
    fm_gpu_op op;
    int list, count; /* of linear_backward_parameters: offset of its operations */
    float scale;     /* 1 / step.batch_rows, rounded on the host */
    fm_step step;
} fm_gpu_arguments;

/* Pixels of a work-item of the gather: a multiple of 16. */
enum { FM_GPU_CHUNK = 16 };

#endif
