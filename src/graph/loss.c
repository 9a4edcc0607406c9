#include "fmnist_cl/loss.h"

#include <math.h>

/* log(sum(exp(logits))), without overflow: the maximum is subtracted first. */
static double log_sum_exp(const float *logits, size_t classes) {
    double largest = (double)logits[fm_loss_class(logits, classes)], sum = 0;
    for (size_t c = 0; c < classes; c++)
        sum += exp((double)logits[c] - largest);
    return largest + log(sum);
}

double fm_loss_value(enum fm_loss loss, const float *logits, size_t classes, size_t label) {
    if (loss != FM_MSE)
        return log_sum_exp(logits, classes) - (double)logits[label];
    double sum = 0;
    for (size_t c = 0; c < classes; c++) {
        double difference = (double)logits[c] - (c == label);
        sum += difference * difference;
    }
    return sum / (double)classes;
}

size_t fm_loss_class(const float *logits, size_t classes) {
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        best = logits[c] > logits[best] ? c : best;
    return best;
}

void fm_softmax(float *out, const float *logits, size_t classes) {
    double all = log_sum_exp(logits, classes);
    for (size_t c = 0; c < classes; c++)
        out[c] = (float)exp((double)logits[c] - all);
}
