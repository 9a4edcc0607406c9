/* The table of sizes for parity tests of operations, gradient tests and the benchmark;
 * check/cases.h has the attributes. It has sizes that are multiples of the kernels' tiles and sizes
 * that are not. */
#ifndef FM_TESTS_CASES_H
#define FM_TESTS_CASES_H

#include <stddef.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/loss.h"

/* A linear layer and its batch size. */
typedef struct layer_case {
    size_t rows, inputs, outputs;
} layer_case;

extern const layer_case layer_cases[];
extern const size_t layer_case_count;

/* Which inputs of a layer are zero, like black pixels and inactive ReLU outputs. Kernels skip
 * inputs that are zero in all rows of a tile, or in adjacent rows. */
enum zeros {
    ZEROS_NOWHERE,
    ZEROS_EVERYWHERE,
    ZEROS_IN_ALL_ROWS,   /* every third input, and the last one */
    ZEROS_BUT_THE_LAST,  /* only the last input is not zero */
    ZEROS_BUT_ONE_OF_7,  /* every 7th input is not zero, shifted from row to row: at most one row of
                          * a tile has it */
    ZEROS_BUT_ONE_OF_19, /* likewise every 19th: at most one row of 16 */
    ZEROS_IN_BLOCKS,     /* blocks of 5 inputs x 24 rows: whole tiles and parts of tiles */
    ZEROS_SIX_IN_A_ROW,
    ZEROS_EVERY_PATTERN, /* in the table only: stands for all patterns above */
};

/* A linear layer and the pattern of its zeros. */
typedef struct zeros_case {
    layer_case size;
    enum zeros where;
} zeros_case;

extern const zeros_case zeros_cases[];
extern const size_t zeros_case_count;

/* For example "zeros in blocks". */
const char *zeros_name(enum zeros where);

/* Whether this input of this row is zero. */
int zeros_has(enum zeros where, const layer_case *size, size_t row, size_t input);

/* A whole network: batch size, widths from input to logits (a 0 ends the list), activation, loss,
 * dropout: the probability of each hidden layer. */
typedef struct network_case {
    size_t rows;
    size_t widths[6];
    enum fm_activation activation;
    enum fm_loss loss;
    double dropout[4];
} network_case;

extern const network_case network_cases[];
extern const size_t network_case_count;

/* Whether to run a case. With FM_SMALL_CASES in the environment, skips cases that take minutes in a
 * kernel interpreter such as Oclgrind. */
int layer_case_is_wanted(const layer_case *which);
int network_case_is_wanted(const network_case *which);

/* The architecture of a network case. */
fm_architecture network_case_architecture(const network_case *which);

#endif
