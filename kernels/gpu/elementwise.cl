/* The operations that are not matrix products, one launch each.
 *
 *   kernel                     a work-item computes          axis 0        axis 1
 *   gather                     FM_GPU_CHUNK pixels of a row  chunks        rows
 *   loss, prelu_backward       a row                         rows
 *   apply_activation_backward  an element of a row           columns       rows
 *   prelu_backward_slope       the slope's gradient          one item
 *   draw_mask                  a byte of a dropout mask      bytes         rows
 *   apply_mask                 an element of a row           columns       rows
 *   apply_update               a parameter                   outputs       inputs and the bias
 *
 * Shapes, with as many columns in use as the layer has inputs or outputs:
 *
 *          column j                        x        [rows][x_stride]
 *        o-----------o                     y, dy, z [rows][y_stride]
 *     i  |  batch    |  at i * stride + j  share    [rows][share_stride], one column
 *        o-----------o                     parameters [1 + slots][size], size = (inputs + 1) stride
 *                                          gradient [size]
 *   images    uchar [count][inputs]
 *   order     [count]: index of an image in images, and its label
 *   outcomes  [count]: loss and prediction of the image at this position of the order
 *
 * A batch begins at position step.first of the order. */
#include "common/activation.cl"
#include "common/dropout.cl"
#include "common/gather.cl"
#include "common/loss.cl"
#include "common/prelu.cl"
#include "common/update.cl"
#include "gpu/arguments.h"

/* x[i][p] = images[order[first + i]][p] / 255 */
__kernel void gather(__global float *arena, __global const uchar *images,
                     __global const uint2 *order, fm_gpu_arguments args) {
    const fm_gpu_op op = args.op;
    const int i = get_global_id(1), p = get_global_id(0) * FM_GPU_CHUNK;
    gather_row(arena + op.x + (size_t)i * op.x_stride,
               images + (size_t)order[args.step.first + i].s0 * op.inputs, p,
               min(p + FM_GPU_CHUNK, op.inputs));
}

/* outcomes[first + i] = loss and argmax of y[i]; dy, if any, is the gradient of the mean loss */
__kernel void loss(__global float *arena, __global const uchar *images,
                   __global const uint2 *order, __global float2 *outcomes, fm_gpu_arguments args) {
    const fm_gpu_op op = args.op;
    const int i = get_global_id(0), position = args.step.first + i;
    if (i >= args.step.rows)
        return;
    const size_t row = (size_t)i * op.y_stride;
    outcomes[position] =
        loss_row(arena + (op.dy >= 0 ? op.dy : op.y) + row, arena + op.y + row, order[position].s1,
                 op.loss, op.dy >= 0 ? args.scale : 0.0f, op.outputs);
}

/* dy = dy * activation'(z), from y */
__kernel void apply_activation_backward(__global float *arena, fm_gpu_arguments args) {
    const fm_gpu_op op = args.op;
    const size_t at = (size_t)get_global_id(1) * op.y_stride + get_global_id(0);
    if (get_global_id(0) < op.outputs)
        arena[op.dy + at] = activation_backward(arena[op.dy + at], arena[op.y + at], op.activation);
}

/* dy = dy * (z > 0 ? 1 : slope); share[i] = sum of dy * z where z <= 0 */
__kernel void prelu_backward(__global float *arena, fm_gpu_arguments args) {
    const fm_gpu_op op = args.op;
    const int i = get_global_id(0);
    const size_t row = (size_t)i * op.y_stride;
    if (i < args.step.rows)
        arena[op.share + (size_t)i * op.share_stride] =
            prelu_row(arena + op.dy + row, arena + op.z + row, arena[op.slope], op.outputs);
}

/* gradient = sum of share */
__kernel void prelu_backward_slope(__global float *arena, fm_gpu_arguments args) {
    const fm_gpu_op op = args.op;
    arena[op.gradient] = prelu_slope(arena + op.share, op.share_stride, args.step.rows);
}

/* parameters and their state by the optimizer's rule */
__kernel void apply_update(__global float *arena, fm_gpu_arguments args) {
    const fm_gpu_op op = args.op;
    const size_t at = (size_t)get_global_id(1) * op.stride + get_global_id(0);
    if (get_global_id(0) < op.outputs)
        update(arena + op.parameters + at, op.size, arena[op.gradient + at], args.step.update);
}

/* mask[i], eight columns in each byte (common/dropout.cl) */
__kernel void draw_mask(__global float *arena, __global const uchar *images,
                        __global const uint2 *order, fm_gpu_arguments arguments) {
    const fm_gpu_op op = arguments.op;
    const fm_step step = arguments.step;
    const int i = get_global_id(1), byte = get_global_id(0);
    if (byte < (op.outputs + 7) / 8)
        ((__global uchar *)(arena + op.mask))[(size_t)i * op.mask_stride + byte] =
            dropout_bits(byte, order[step.first + i].s0, step.epoch, op.layer, step.seed_low,
                         step.seed_high, op.threshold);
}

/* y = mask ? x * kept : 0; without an x in place */
__kernel void apply_mask(__global float *arena, fm_gpu_arguments arguments) {
    const fm_gpu_op op = arguments.op;
    const int i = get_global_id(1), j = get_global_id(0);
    const size_t at = (size_t)i * op.y_stride + j;
    if (j >= op.outputs)
        return;
    const int bit = ((__global const uchar *)(arena + op.mask))[(size_t)i * op.mask_stride + j / 8] >>
                        j % 8 & 1;
    arena[op.y + at] = bit ? arena[(op.x >= 0 ? op.x : op.y) + at] * op.kept : 0.0f;
}
