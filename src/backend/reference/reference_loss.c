#include "backend/reference/reference.h"

/* (softmax - one-hot) / rows */
static void cross_entropy_gradient(float *out, const float *logits, size_t classes, size_t label,
                                   size_t rows) {
    float shares[FM_MAX_CLASSES];
    fm_softmax(shares, logits, classes);
    for (size_t c = 0; c < classes; c++)
        out[c] = (float)(((double)shares[c] - (c == label)) / (double)rows);
}

/* 2 (logit - one-hot) / (rows * classes) */
static void squared_error_gradient(float *out, const float *logits, size_t classes, size_t label,
                                   size_t rows) {
    for (size_t c = 0; c < classes; c++)
        out[c] = (float)(2 * ((double)logits[c] - (c == label)) / (double)(rows * classes));
}

void fm_reference_loss(const fm_reference_run *run) {
    const size_t classes = run->node->outputs, batch_rows = (size_t)run->step->batch_rows;
    const enum fm_loss loss = run->node->loss;
    float *dlogits = fm_reference_batch(run, 0);
    const float *logits = fm_reference_batch(run, 1);
    for (size_t i = 0; i < (size_t)run->step->rows; i++) {
        const float *row = logits + i * classes;
        const size_t label = fm_reference_label(run, i);
        *fm_reference_loss_at(run, i) = (float)fm_loss_value(loss, row, classes, label);
        *fm_reference_prediction_at(run, i) = (uint8_t)fm_loss_class(row, classes);
        if (dlogits && loss == FM_MSE)
            squared_error_gradient(dlogits + i * classes, row, classes, label, batch_rows);
        else if (dlogits)
            cross_entropy_gradient(dlogits + i * classes, row, classes, label, batch_rows);
    }
}
