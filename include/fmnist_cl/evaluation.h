/* Measures a network's quality on a set of images. */
#ifndef FMNIST_CL_EVALUATION_H
#define FMNIST_CL_EVALUATION_H

#include <stddef.h>

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/loss.h"
#include "fmnist_cl/network.h"

FM_BEGIN_DECLS

typedef struct fm_score {
    double loss;     /* mean over the images */
    double accuracy; /* share of images whose predicted class is the label, in [0, 1] */
} fm_score;

typedef struct fm_class_score {
    double precision; /* NaN if the class was never predicted */
    double recall;    /* NaN if the set has no image of the class */
    double f1;        /* harmonic mean of precision and recall; NaN if both are NaN */
    size_t support;   /* images of the class in the set */
} fm_class_score;

typedef struct fm_evaluation {
    size_t count;
    fm_score score;
    size_t confusion[FM_CLASSES][FM_CLASSES]; /* [true class][predicted class] */
    fm_class_score classes[FM_CLASSES];
} fm_evaluation;

/* Computes the evaluation from logits [count][FM_CLASSES] and labels [count]. Sums the loss in
 * double. */
void fm_evaluation_count(fm_evaluation *out, const float *logits, const uint8_t *labels,
                         size_t count, enum fm_loss loss);

/* Predicts all images and evaluates them; the network must have 10 outputs. Errors as in
 * fm_network_predict. */
int fm_evaluation_run(fm_evaluation *out, fm_network *network, const fm_images *images,
                      enum fm_loss loss, fm_error *error);

/* Predicts all images, as fm_evaluation_run does, and stores their logits [count][FM_CLASSES] in
 * *out. Free with free(). Errors as in fm_evaluation_run. */
int fm_evaluation_logits(float **out, fm_network *network, const fm_images *images,
                         fm_error *error);

/* A misclassified image. */
typedef struct fm_mistake {
    size_t index; /* index of the image in its set */
    unsigned actual, predicted;
    double loss;
    double probability; /* predicted probability of the true class */
} fm_mistake;

/* The misclassified images with the largest loss, in descending order, into out[capacity]. Returns
 * their number, at most capacity. NaN counts as the largest loss; ties keep the set's order. */
size_t fm_evaluation_mistakes(fm_mistake *out, size_t capacity, const float *logits,
                              const uint8_t *labels, size_t count, enum fm_loss loss);

/* A pair of classes that the network confuses. */
typedef struct fm_confusion {
    unsigned actual, predicted;
    size_t count;
} fm_confusion;

/* The pairs (true class, predicted class) with the most misclassified images, in descending order,
 * into out[capacity]. Returns their number, at most capacity. Omits pairs that never occur; ties
 * keep the class order. */
size_t fm_evaluation_confused(fm_confusion *out, size_t capacity, const fm_evaluation *evaluation);

FM_END_DECLS

#endif
