/* What a linear layer is besides its matrix products, for a library that computes only those:
 * bias and activation, the activation's derivative, the bias's gradient, the update. A work-item for
 * each element; batches are rows [row][stride], parameters [inputs + 1][width].
 *
 *   axis 0: columns, axis 1: rows */

/* y = activation(y + bias), where y holds the product. */
__kernel void linear_finish_forward(__global float *y, __global float *z,
                                    __global const float *parameters, __global const float *slope,
                                    int activation, int keep_z, int inputs, int width,
                                    int stride) {
    int o = get_global_id(0);
    size_t at = (size_t)get_global_id(1) * stride + o;
    float a = activation == FM_PRELU ? slope[0] : 0.0f;
    float value = y[at] + parameters[(size_t)inputs * width + o];
    if (keep_z)
        z[at] = value;
    y[at] = activate_one(value, activation, a);
}

/* dx = dx * activation'(z), told from y, where dx holds the product. */
__kernel void linear_finish_backward_input(__global float *dx, __global const float *y,
                                           int activation, int stride) {
    size_t at = (size_t)get_global_id(1) * stride + get_global_id(0);
    dx[at] = activation_backward(dx[at], y[at], activation);
}

/* gradient[outputs] = column sums of dy. Axis 0: outputs. */
__kernel void linear_bias_gradient(__global float *gradient, __global const float *dy, int offset,
                                   int rows, int stride) {
    int o = get_global_id(0);
    float sum = 0.0f;
    for (int i = 0; i < rows; i++)
        sum += dy[(size_t)i * stride + o];
    gradient[offset + o] = sum;
}

/* The update of all parameters of a layer. Axis 0: outputs, axis 1: inputs and bias. */
__kernel void linear_update(__global float *parameters, __global const float *gradient, int width,
                            int size, update_t u) {
    size_t at = get_global_id(1) * width + get_global_id(0);
    update_one(parameters + at, size, gradient[at], u);
}
