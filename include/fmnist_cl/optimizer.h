/* The optimizers, defined as in torch.optim. */
#ifndef FMNIST_CL_OPTIMIZER_H
#define FMNIST_CL_OPTIMIZER_H

#include "fmnist_cl/decls.h"
#include "fmnist_cl/error.h"

FM_BEGIN_DECLS

enum fm_optimizer_kind { FM_ADAM, FM_SGD, FM_RMSPROP };

/* Each optimizer ignores the members that it does not use. */
typedef struct fm_optimizer {
    enum fm_optimizer_kind kind;
    double lr;           /* > 0 */
    double weight_decay; /* >= 0; added to the gradient as weight_decay * parameter */
    double beta1, beta2; /* Adam, in [0, 1) */
    double eps;          /* Adam and RMSprop, >= 0 */
    double momentum;     /* SGD and RMSprop, >= 0 */
    int nesterov;        /* SGD; needs momentum > 0 */
    double alpha;        /* RMSprop's smoothing constant, in [0, 1] */
} fm_optimizer;

/* PyTorch's defaults (betas 0.9 and 0.999, eps 1e-8, alpha 0.99, the rest 0) and lr 0.003. */
void fm_optimizer_init(fm_optimizer *out, enum fm_optimizer_kind kind);

/* FM_E_ARGUMENT if a member is out of range or not finite. */
int fm_optimizer_check(const fm_optimizer *optimizer, fm_error *error);

/* "adam", "sgd", "rmsprop". fm_optimizer_parse is the inverse: FM_E_ARGUMENT for other names, with
 * the valid ones as hint. */
const char *fm_optimizer_name(enum fm_optimizer_kind kind);
int fm_optimizer_parse(enum fm_optimizer_kind *out, const char *name, fm_error *error);

FM_END_DECLS

#endif
