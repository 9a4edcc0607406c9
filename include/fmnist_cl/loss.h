/* The losses, and what logits say. */
#ifndef FMNIST_CL_LOSS_H
#define FMNIST_CL_LOSS_H

#include <stddef.h>

#include "fmnist_cl/error.h"

enum fm_loss {
    FM_CROSS_ENTROPY, /* -log softmax(logits)[label], mean over the batch */
    FM_NLL,           /* the same number: NLL of the log-softmax of the outputs */
    FM_MSE,           /* mean over batch x classes of (output - one-hot)^2 on the raw outputs */
};

/* "ce", "nll", "mse"; and back: FM_E_ARGUMENT, with the choices as hint. */
const char *fm_loss_name(enum fm_loss loss);
int fm_loss_parse(enum fm_loss *out, const char *name, fm_error *error);

/* The loss of one image: logits [classes], label below classes. */
double fm_loss_value(enum fm_loss loss, const float *logits, size_t classes, size_t label);

/* The class with the greatest logit, the first on a tie. */
size_t fm_loss_class(const float *logits, size_t classes);

/* Softmax of logits [classes] into out [classes]; sums to 1 unless a logit is not finite. */
void fm_softmax(float *out, const float *logits, size_t classes);

#endif
