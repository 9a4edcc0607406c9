/* Loss, prediction and gradient of one row of logits: softmax with cross-entropy, or mean squared
 * error against one-hot targets. src/graph/loss.c and backend/reference/reference_loss.c have the
 * formulas. */
#ifndef FM_COMMON_LOSS_CL
#define FM_COMMON_LOSS_CL

#include "common/numbers.h"

float cross_entropy(__global float *dlogits, __global const float *logits, int classes, int label,
                    int prediction, float scale) {
    float largest = logits[prediction], sum = 0.0f;
    for (int c = 0; c < classes; c++)
        sum += exp(logits[c] - largest);
    if (scale != 0.0f)
        for (int c = 0; c < classes; c++)
            dlogits[c] = (exp(logits[c] - largest) / sum - (c == label ? 1.0f : 0.0f)) * scale;
    return log(sum) - (logits[label] - largest);
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

/* Returns the loss and the prediction: the class with the largest logit, the first one on a tie.
 * scale is 1 / batch_rows, or 0 to leave dlogits unwritten. */
float2 loss_row(__global float *dlogits, __global const float *logits, int label, int kind,
                float scale, int classes) {
    int prediction = 0;
    for (int c = 1; c < classes; c++)
        prediction = logits[c] > logits[prediction] ? c : prediction;
    float loss = kind == LOSS_MSE
                     ? squared_error(dlogits, logits, classes, label, scale)
                     : cross_entropy(dlogits, logits, classes, label, prediction, scale);
    return (float2)(loss, prediction);
}

#endif
