/* The one table of cases: parity of the operations, gradients of whole networks and the timing
 * benchmark go through it. Awkward sizes stand beside aligned ones. */
#ifndef FM_TESTS_CASES_H
#define FM_TESTS_CASES_H

#include <stddef.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/loss.h"
#include "fmnist_cl/optimizer.h"

/* A linear layer and the batch it sees. */
typedef struct layer_case {
    size_t rows, inputs, outputs;
} layer_case;

extern const layer_case layer_cases[];
extern const size_t layer_case_count;

/* An optimiser with its settings. */
typedef struct optimizer_case {
    const char *name;
    fm_optimizer optimizer;
} optimizer_case;

extern const optimizer_case optimizer_cases[];
extern const size_t optimizer_case_count;

/* A whole network: its batch, widths from the input to the logits (ended by 0), activation, loss.
 */
typedef struct network_case {
    size_t rows;
    size_t widths[6];
    enum fm_activation activation;
    enum fm_loss loss;
} network_case;

extern const network_case network_cases[];
extern const size_t network_case_count;

/* Whether a case is to be run. FM_SMALL_CASES in the environment leaves those out that an
 * interpreter of kernels would take minutes for. */
int layer_case_is_wanted(const layer_case *which);
int network_case_is_wanted(const network_case *which);

/* The architecture of a network case. */
fm_architecture network_case_architecture(const network_case *which);

#endif
