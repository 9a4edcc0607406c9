#include "fmnist_cl/evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void score_classes(fm_evaluation *evaluation) {
    for (size_t c = 0; c < FM_CLASSES; c++) {
        fm_class_score *class = &evaluation->classes[c];
        size_t hits = evaluation->confusion[c][c], predicted = 0;
        for (size_t other = 0; other < FM_CLASSES; other++) {
            class->support += evaluation->confusion[c][other];
            predicted += evaluation->confusion[other][c];
        }
        class->precision = predicted ? (double)hits / (double)predicted : (double)NAN;
        class->recall = class->support ? (double)hits / (double)class->support : (double)NAN;
        const size_t either = predicted + class->support;
        class->f1 = either ? 2 * (double)hits / (double)either : (double)NAN;
    }
}

void fm_evaluation_count(fm_evaluation *out, const float *logits, const uint8_t *labels,
                         size_t count, enum fm_loss loss) {
    double losses = 0;
    size_t hits = 0;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        const float *row = logits + i * FM_CLASSES;
        size_t predicted = fm_loss_class(row, FM_CLASSES);
        losses += fm_loss_value(loss, row, FM_CLASSES, labels[i]);
        hits += predicted == labels[i];
        out->confusion[labels[i]][predicted]++;
    }
    out->count = count;
    if (count) {
        out->score.loss = losses / (double)count;
        out->score.accuracy = (double)hits / (double)count;
    }
    score_classes(out);
}

int fm_evaluation_logits(float **out, fm_network *network, const fm_images *images,
                         fm_error *error) {
    *out = NULL;
    if (fm_network_architecture(network)->outputs != FM_CLASSES)
        return fm_error_set(error, FM_E_ARGUMENT, "evaluation",
                            "the network has %zu outputs; expected %d",
                            fm_network_architecture(network)->outputs, FM_CLASSES);
    for (size_t i = 0; i < images->count; i++)
        if (images->label[i] >= FM_CLASSES)
            return fm_error_set(error, FM_E_ARGUMENT, "evaluation", "image %zu has label %u", i,
                                images->label[i]);
    float *logits = NULL;
    int status =
        fm_memory_allocate(&logits, images->count * FM_CLASSES, sizeof *logits, "logits", error);
    if (!status)
        status = fm_network_predict(logits, network, images, error);
    if (status)
        free(logits);
    else
        *out = logits;
    return status;
}

int fm_evaluation_run(fm_evaluation *out, fm_network *network, const fm_images *images,
                      enum fm_loss loss, fm_error *error) {
    float *logits;
    int status = fm_evaluation_logits(&logits, network, images, error);
    if (!status)
        fm_evaluation_count(out, logits, images->label, images->count, loss);
    free(logits);
    return status;
}

static int is_worse(double a, double b) {
    return isnan(a) ? !isnan(b) : a > b;
}

size_t fm_evaluation_mistakes(fm_mistake *out, size_t capacity, const float *logits,
                              const uint8_t *labels, size_t count, enum fm_loss loss) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const float *row = logits + i * FM_CLASSES;
        const unsigned predicted = (unsigned)fm_loss_class(row, FM_CLASSES);
        const double value = fm_loss_value(loss, row, FM_CLASSES, labels[i]);
        if (predicted == labels[i])
            continue;
        size_t place = found;
        while (place > 0 && is_worse(value, out[place - 1].loss))
            place--;
        if (place == capacity)
            continue;
        found += found < capacity;
        memmove(out + place + 1, out + place, (found - place - 1) * sizeof *out);
        float shares[FM_CLASSES];
        fm_softmax(shares, row, FM_CLASSES);
        out[place] = (fm_mistake){i, labels[i], predicted, value, (double)shares[labels[i]]};
    }
    return found;
}

static int by_count(const void *a, const void *b) {
    const fm_confusion *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    /* qsort is not stable: on a tie, the classes decide. */
    unsigned left = x->actual * FM_CLASSES + x->predicted;
    unsigned right = y->actual * FM_CLASSES + y->predicted;
    return left < right ? -1 : 1;
}

size_t fm_evaluation_confused(fm_confusion *out, size_t capacity, const fm_evaluation *evaluation) {
    fm_confusion pairs[FM_CLASSES * FM_CLASSES];
    size_t count = 0;
    for (unsigned actual = 0; actual < FM_CLASSES; actual++)
        for (unsigned predicted = 0; predicted < FM_CLASSES; predicted++)
            if (actual != predicted && evaluation->confusion[actual][predicted])
                pairs[count++] =
                    (fm_confusion){actual, predicted, evaluation->confusion[actual][predicted]};
    qsort(pairs, count, sizeof *pairs, by_count);
    count = count < capacity ? count : capacity;
    memcpy(out, pairs, count * sizeof *pairs);
    return count;
}
