/* The one table of sizes, for the operations with their attributes (check/cases.h): parity,
 * gradients of whole networks and the timing benchmark go through it. Awkward sizes stand beside
 * aligned ones. */
#ifndef FM_TESTS_CASES_H
#define FM_TESTS_CASES_H

#include <stddef.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/loss.h"

/* A linear layer and the batch it sees. */
typedef struct layer_case {
    size_t rows, inputs, outputs;
} layer_case;

extern const layer_case layer_cases[];
extern const size_t layer_case_count;

/* Which inputs of a layer are zero, as pixels are and a ReLU's inactive outputs: kernels skip those
 * that are zero in all rows of a tile, or next to each other in a row. */
enum zeros {
    ZEROS_NOWHERE,
    ZEROS_EVERYWHERE,
    ZEROS_IN_ALL_ROWS,   /* every third input, and the last */
    ZEROS_BUT_THE_LAST,  /* input */
    ZEROS_BUT_ONE_OF_7,  /* inputs, another one in each row: at most one row of a tile has it */
    ZEROS_BUT_ONE_OF_19, /* likewise, at most one row of 16 */
    ZEROS_IN_BLOCKS,     /* of 5 inputs in 24 rows: whole tiles, and parts */
    ZEROS_SIX_IN_A_ROW,
    ZEROS_EVERY_PATTERN, /* in the table: a case for each of those above */
};

/* A linear layer and where its inputs are zero. */
typedef struct zeros_case {
    layer_case size;
    enum zeros where;
} zeros_case;

extern const zeros_case zeros_cases[];
extern const size_t zeros_case_count;

/* "zeros in blocks". */
const char *zeros_name(enum zeros where);

/* Whether this input of the row is zero. */
int zeros_has(enum zeros where, const layer_case *size, size_t row, size_t input);

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
