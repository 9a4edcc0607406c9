/* Loss, predicted class and the gradient of the mean loss, a work-item for each row of logits.
 * Softmax with cross-entropy, or mean squared error against one-hot targets; the formulas stand in
 * src/ops/loss.c and reference_loss.c. FM_MSE is the number of enum fm_loss.
 *
 *   logits, dlogits   [rows][stride], classes of a row in use
 *   losses, winners   [position in the order], this batch from first on
 */

float cross_entropy(__global float *dlogits, __global const float *logits, int classes, int label,
                    int winner, float scale) {
    float greatest = logits[winner], sum = 0.0f;
    for (int c = 0; c < classes; c++)
        sum += exp(logits[c] - greatest);
    if (scale != 0.0f)
        for (int c = 0; c < classes; c++)
            dlogits[c] = (exp(logits[c] - greatest) / sum - (c == label ? 1.0f : 0.0f)) * scale;
    return log(sum) - (logits[label] - greatest);
}

float squared_error(__global float *dlogits, __global const float *logits, int classes, int label,
                    float scale) {
    float sum = 0.0f;
    for (int c = 0; c < classes; c++) {
        float difference = logits[c] - (c == label ? 1.0f : 0.0f);
        sum += difference * difference;
        if (scale != 0.0f)
            dlogits[c] = 2.0f * difference * scale / classes;
    }
    return sum / classes;
}

/* scale is 1 / rows, or 0 when no gradient is wanted (dlogits is not written then). */
void loss_row(__global float *dlogits, __global float *loss, __global uchar *winner,
              __global const float *logits, int label, int kind, float scale, int classes) {
    int greatest = 0;
    for (int c = 1; c < classes; c++)
        greatest = logits[c] > logits[greatest] ? c : greatest;
    *winner = (uchar)greatest;
    *loss = kind == FM_MSE ? squared_error(dlogits, logits, classes, label, scale)
                           : cross_entropy(dlogits, logits, classes, label, greatest, scale);
}

__kernel void loss(__global float *dlogits, __global float *losses, __global uchar *winners,
                   __global const float *logits, __global const uchar *labels,
                   __global const uint *order, int kind, float scale, int first, int rows,
                   int classes, int stride) {
    int i = get_global_id(0);
    if (i >= rows)
        return;
    size_t at = (size_t)i * stride;
    loss_row(dlogits + at, losses + first + i, winners + first + i, logits + at,
             labels[order[first + i]], kind, scale, classes);
}
