/* How good a network is on a set of images. */
#ifndef FMNIST_CL_EVALUATION_H
#define FMNIST_CL_EVALUATION_H

#include <stddef.h>

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/loss.h"
#include "fmnist_cl/network.h"

typedef struct fm_score {
    double loss;     /* mean over the images */
    double accuracy; /* share of images whose greatest output is the label's, in [0, 1] */
} fm_score;

typedef struct fm_class_score {
    double precision; /* 0 when the class was never predicted */
    double recall;    /* 0 when the set holds none of the class */
    double f1;        /* harmonic mean of both, 0 when both are 0 */
    size_t support;   /* images of the class in the set */
} fm_class_score;

typedef struct fm_evaluation {
    size_t count;
    fm_score score;
    size_t confusion[FM_CLASSES][FM_CLASSES]; /* [true class][predicted class] */
    fm_class_score classes[FM_CLASSES];
} fm_evaluation;

/* Counts what logits [count][FM_CLASSES] say about labels [count]. The loss sums in double. */
void fm_evaluation_count(fm_evaluation *out, const float *logits, const uint8_t *labels,
                         size_t count, enum fm_loss loss);

/* Predicts all images (10 outputs wanted) and counts. Errors as fm_network_predict. */
int fm_evaluation_run(fm_evaluation *out, fm_network *network, const fm_images *images,
                      enum fm_loss loss, fm_error *error);

/* What fm_evaluation_run counts: the logits of all images, [count][FM_CLASSES], into *out; checked
 * as it does. free() them. */
int fm_evaluation_logits(float **out, fm_network *network, const fm_images *images,
                         fm_error *error);

/* An image that the network takes for something else. */
typedef struct fm_mistake {
    size_t index; /* of the image in its set */
    unsigned actual, predicted;
    double loss;
    double probability; /* softmax of the true class */
} fm_mistake;

/* The mistakes with the greatest loss, greatest first, into out[capacity]; returns how many there
 * are, at most capacity. A loss that is no number counts as the greatest; ties in the set's
 * order. */
size_t fm_evaluation_mistakes(fm_mistake *out, size_t capacity, const float *logits,
                              const uint8_t *labels, size_t count, enum fm_loss loss);

/* A pair of classes that the network confuses. */
typedef struct fm_confusion {
    unsigned actual, predicted;
    size_t count;
} fm_confusion;

/* The most confused ordered pairs, most confused first, into out[capacity]; returns how many there
 * are, at most capacity. Pairs that never happen are left out; ties in class order. */
size_t fm_evaluation_confused(fm_confusion *out, size_t capacity, const fm_evaluation *evaluation);

#endif
