/* Computes the cost of a training, to compare trainings. */
#ifndef FM_STUDY_COST_H
#define FM_STUDY_COST_H

#include "fmnist_cl/settings.h"

/* Floating-point operations per update. */
double fm_cost_step_flops(const fm_settings *settings);

/* images is the number of images in the training file, in both functions. */

/* Estimated seconds of a training on a typical device. */
double fm_cost_estimate(const fm_settings *settings, size_t images);

/* Floating-point operations of a training, and bytes that it reads and writes. They depend only on
 * the settings. */
typedef struct fm_cost {
    double flops, bytes;
} fm_cost;
fm_cost fm_cost_training(const fm_settings *settings, size_t images);

/* One number to compare trainings: the operations, with each byte counted as ten. That is about how
 * many operations a processor does in the time in which its memory moves a byte. */
double fm_cost_total(double flops, double bytes);

#endif
