/* The parts of a linear layer that CLBlast's matrix products do not compute: bias and activation in
 * the forward pass, the bias's gradient in the backward pass. A work-item computes one element of
 * column j.
 *
 *             j: axis 0
 *          o-------------o        y, z, dy             [rows][y_stride], outputs columns in use
 *     i:   |   y[i][j]   |        parameters, gradient [inputs + 1][stride], the bias last
 *     axis 1             |        slope                [1]
 *          o-------------o
 */
#include "common/activation.cl"
#include "gpu/arguments.h"

/* y = activation(y + bias), where y holds the product x W^T; z, if there is one, is y + bias. */
__kernel void linear_finish_forward(__global float *arena, fm_gpu_arguments args) {
    const fm_gpu_op op = args.op;
    const int i = get_global_id(1), j = get_global_id(0);
    if (j >= op.outputs)
        return;
    const size_t at = (size_t)i * op.y_stride + j;
    const float value =
        arena[op.y + at] + arena[op.parameters + (size_t)op.inputs * op.stride + j];
    if (op.z >= 0)
        arena[op.z + at] = value;
    arena[op.y + at] = activate(value, op.activation, op.slope >= 0 ? arena[op.slope] : 0.0f);
}

/* gradient's last row = sums of dy's columns. Axis 1 has one row. */
__kernel void linear_bias_gradient(__global float *arena, fm_gpu_arguments args) {
    const fm_gpu_op op = args.op;
    const int j = get_global_id(0);
    if (j >= op.outputs)
        return;
    float sum = 0.0f;
    for (int i = 0; i < args.step.rows; i++)
        sum += arena[op.dy + (size_t)i * op.y_stride + j];
    arena[op.gradient + (size_t)op.inputs * op.stride + j] = sum;
}
