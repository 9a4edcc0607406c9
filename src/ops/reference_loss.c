/* The reference's loss. Softmax with cross-entropy: loss = log(sum exp(l - max)) - (l_label - max),
 * gradient = (softmax - one-hot) / rows. Mean squared error: loss = sum (l - one-hot)^2 / classes,
 * gradient = 2 (l - one-hot) / (rows * classes). */
#include <math.h>

#include "ops/reference_memory.h"

static double cross_entropy(float *dlogits, const float *logits, size_t classes, size_t label,
                            size_t rows) {
    double greatest = logits[0], sum = 0;
    for (size_t c = 1; c < classes; c++)
        greatest = logits[c] > greatest ? logits[c] : greatest;
    for (size_t c = 0; c < classes; c++)
        sum += exp(logits[c] - greatest);
    for (size_t c = 0; dlogits && c < classes; c++) {
        double share = exp(logits[c] - greatest) / sum;
        dlogits[c] = (float)((share - (c == label)) / (double)rows);
    }
    return log(sum) - (logits[label] - greatest);
}

static double squared_error(float *dlogits, const float *logits, size_t classes, size_t label,
                            size_t rows) {
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        double difference = (double)logits[c] - (c == label);
        sum += difference * difference;
        if (dlogits)
            dlogits[c] = (float)(2 * difference / (double)(rows * classes));
    }
    return sum / (double)classes;
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
        float *gradient = dlogits ? ((reference_matrix *)dlogits)->values + i * classes : NULL;
        size_t label = s->images.label[s->order[first + i]];
        size_t best = 0;
        for (size_t c = 1; c < classes; c++)
            best = row[c] > row[best] ? c : best;
        o->classes[first + i] = (uint8_t)best;
        o->losses[first + i] =
            (float)(loss == FM_MSE ? squared_error(gradient, row, classes, label, rows)
                                   : cross_entropy(gradient, row, classes, label, rows));
    }
    return FM_OK;
}
