/* Loss functions, and interpretation of logits. */
#ifndef FMNIST_CL_LOSS_H
#define FMNIST_CL_LOSS_H

#include <stddef.h>

#include "fmnist_cl/decls.h"
#include "fmnist_cl/error.h"

FM_BEGIN_DECLS

enum fm_loss {
    FM_CROSS_ENTROPY, /* mean over the batch of -log softmax(logits)[label] */
    FM_NLL,           /* NLL of the log-softmax of the logits: the same value as cross entropy */
    FM_MSE,           /* mean over batch x classes of (logit - one-hot)^2, without softmax */
};

/* "ce", "nll", "mse". fm_loss_parse is the inverse: FM_E_ARGUMENT for other names, with the valid
 * ones as hint. */
const char *fm_loss_name(enum fm_loss loss);
int fm_loss_parse(enum fm_loss *out, const char *name, fm_error *error);

/* The loss of one image: logits [classes]; label is below classes. */
double fm_loss_value(enum fm_loss loss, const float *logits, size_t classes, size_t label);

/* The index of the largest logit (argmax); on a tie, the first. */
size_t fm_loss_class(const float *logits, size_t classes);

/* Softmax of logits [classes] into out [classes]. Sums to 1 unless a logit is not finite. */
void fm_softmax(float *out, const float *logits, size_t classes);

FM_END_DECLS

#endif
