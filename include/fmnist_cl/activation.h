/* Activation functions. */
#ifndef FMNIST_CL_ACTIVATION_H
#define FMNIST_CL_ACTIVATION_H

#include "fmnist_cl/decls.h"
#include "fmnist_cl/error.h"

FM_BEGIN_DECLS

/* Applied elementwise between two linear layers. */
enum fm_activation {
    FM_IDENTITY, /* z: no activation, after the last layer */
    FM_RELU,     /* max(z, 0) */
    FM_PRELU,    /* z for z > 0, else slope * z; one learned slope per layer, initially 0.25 */
    FM_ELU,      /* z for z > 0, else exp(z) - 1 */
};

/* "relu", "prelu", "elu", "identity". fm_activation_parse is the inverse: FM_E_ARGUMENT for other
 * names, with the valid ones as hint. */
const char *fm_activation_name(enum fm_activation activation);
int fm_activation_parse(enum fm_activation *out, const char *name, fm_error *error);

FM_END_DECLS

#endif
