/* The activations. */
#ifndef FMNIST_CL_ACTIVATION_H
#define FMNIST_CL_ACTIVATION_H

#include "fmnist_cl/error.h"

/* The function between two linear layers, element by element. */
enum fm_activation {
    FM_IDENTITY, /* z: after the last layer */
    FM_RELU,     /* max(z, 0) */
    FM_PRELU,    /* z for z > 0, else slope * z; one learnt slope per activation, 0.25 at first */
    FM_ELU,      /* z for z > 0, else exp(z) - 1 */
};

/* "relu", "prelu", "elu", "identity"; and back: FM_E_ARGUMENT, with the choices as hint. */
const char *fm_activation_name(enum fm_activation activation);
int fm_activation_parse(enum fm_activation *out, const char *name, fm_error *error);

#endif
