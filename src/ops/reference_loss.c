/* The reference's loss: value and class as loss.c computes them, and the gradients.
 * Softmax with cross-entropy: (softmax - one-hot) / rows.
 * Mean squared error: 2 (logit - one-hot) / (rows * classes). */
#include "ops/reference_memory.h"

static void cross_entropy_gradient(float *out, const float *logits, size_t classes, size_t label,
                                   size_t rows) {
    float shares[FM_MAX_CLASSES];
    fm_softmax(shares, logits, classes);
    for (size_t c = 0; c < classes; c++)
        out[c] = (float)(((double)shares[c] - (c == label)) / (double)rows);
}

static void squared_error_gradient(float *out, const float *logits, size_t classes, size_t label,
                                   size_t rows) {
    for (size_t c = 0; c < classes; c++)
        out[c] = (float)(2 * ((double)logits[c] - (c == label)) / (double)(rows * classes));
}

int fm_reference_loss(fm_ops *ops, fm_matrix *dlogits, fm_outcomes *outcomes, fm_matrix *logits,
                      fm_samples *samples, enum fm_loss loss, size_t first, size_t rows,
                      fm_error *error) {
    (void)ops;
    (void)error;
    const reference_samples *s = (reference_samples *)samples;
    reference_outcomes *o = (reference_outcomes *)outcomes;
    size_t classes = logits->cols;
    for (size_t i = 0; i < rows; i++) {
        const float *row = ((reference_matrix *)logits)->values + i * classes;
        size_t label = s->images.label[s->order[first + i]];
        o->classes[first + i] = (uint8_t)fm_loss_class(row, classes);
        o->losses[first + i] = (float)fm_loss_value(loss, row, classes, label);
        if (!dlogits)
            continue;
        float *gradient = ((reference_matrix *)dlogits)->values + i * classes;
        if (loss == FM_MSE)
            squared_error_gradient(gradient, row, classes, label, rows);
        else
            cross_entropy_gradient(gradient, row, classes, label, rows);
    }
    return FM_OK;
}
