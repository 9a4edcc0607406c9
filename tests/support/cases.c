#include "support/cases.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

const layer_case layer_cases[] = {
    /* rows, inputs, outputs */
    {1, 1, 1},       {1, 784, 10},    {7, 10, 16},    {10, 7, 1},      {16, 16, 16},
    {127, 127, 127}, {128, 128, 128}, {128, 784, 16}, {128, 784, 256}, {128, 256, 10},
    {1000, 16, 7},   {7, 1000, 127},  {1, 1000, 784}, {127, 10, 784},  {16, 1, 1000},
    {1000, 7, 1},    {8, 784, 256},   {9, 127, 17},   {2, 17, 33},     {1025, 13, 5},
    {4200, 7, 3},    {130, 390, 520},
};
const size_t layer_case_count = COUNT(layer_cases);

/* Covers each path of the kernels: batches of up to 16 rows (computed row by row) and larger; more
 * rows than a mask has bits; inputs that are multiples of the vector width of 16 or not, or need
 * many masks; more outputs than one packed block of inputs serves. */
const zeros_case zeros_cases[] = {
    {{17, 33, 10}, ZEROS_EVERY_PATTERN},   {{33, 48, 17}, ZEROS_EVERY_PATTERN},
    {{127, 101, 20}, ZEROS_EVERY_PATTERN}, {{128, 96, 33}, ZEROS_EVERY_PATTERN},
    {{300, 20, 5}, ZEROS_EVERY_PATTERN},   {{130, 20, 520}, ZEROS_BUT_ONE_OF_7},
    {{70, 4100, 5}, ZEROS_IN_BLOCKS},
};
const size_t zeros_case_count = COUNT(zeros_cases);

const char *zeros_name(enum zeros where) {
    static const char *const names[] = {
        [ZEROS_NOWHERE] = "no zeros",
        [ZEROS_EVERYWHERE] = "all zeros",
        [ZEROS_IN_ALL_ROWS] = "inputs zero in all rows",
        [ZEROS_BUT_THE_LAST] = "all zero but the last input",
        [ZEROS_BUT_ONE_OF_7] = "all zero but one of 7",
        [ZEROS_BUT_ONE_OF_19] = "all zero but one of 19",
        [ZEROS_IN_BLOCKS] = "zeros in blocks",
        [ZEROS_SIX_IN_A_ROW] = "six zeros in a row",
    };
    return names[where];
}

int zeros_has(enum zeros where, const layer_case *size, size_t row, size_t input) {
    switch (where) {
    case ZEROS_EVERYWHERE:
        return 1;
    case ZEROS_IN_ALL_ROWS:
        return input % 3 == 1 || input + 1 == size->inputs;
    case ZEROS_BUT_THE_LAST:
        return input + 1 < size->inputs;
    case ZEROS_BUT_ONE_OF_7:
        return row % 7 != input % 7;
    case ZEROS_BUT_ONE_OF_19:
        return row % 19 != input % 19;
    case ZEROS_IN_BLOCKS:
        return (row / 24 + input / 5) % 2 == 1;
    case ZEROS_SIX_IN_A_ROW:
        return (row + input / 6) % 2 == 1;
    case ZEROS_NOWHERE:
    case ZEROS_EVERY_PATTERN:
    default:
        return 0;
    }
}

/* Few rows where the activation has a kink: with many rows, some input would lie within a finite
 * difference of the kink. */
const network_case network_cases[] = {
    {7, {16, 10}, FM_RELU, FM_CROSS_ENTROPY, {0}},
    {16, {10, 7, 10}, FM_RELU, FM_CROSS_ENTROPY, {0}},
    {10, {7, 16, 10, 10}, FM_RELU, FM_MSE, {0}},
    {16, {127, 16, 7, 10}, FM_ELU, FM_CROSS_ENTROPY, {0}},
    {1, {10, 1, 10}, FM_ELU, FM_NLL, {0}},
    {127, {16, 10, 16, 7, 10}, FM_ELU, FM_MSE, {0}},
    {16, {10, 16, 7, 10}, FM_PRELU, FM_CROSS_ENTROPY, {0}},
    {7, {16, 127, 10}, FM_PRELU, FM_MSE, {0}},
    {7, {128, 16, 16, 16, 10}, FM_PRELU, FM_NLL, {0}},
    {128, {128, 16, 16, 16, 10}, FM_ELU, FM_NLL, {0}},
    {33, {10, 16, 17, 10}, FM_ELU, FM_CROSS_ENTROPY, {0.5, 0.2}},
    {7, {16, 33, 16, 10}, FM_PRELU, FM_MSE, {0.25, 0.75}},
    {5, {10, 16, 16, 10}, FM_RELU, FM_CROSS_ENTROPY, {0, 0.5}},
};
const size_t network_case_count = COUNT(network_cases);

enum { SMALL = 33 };

static int is_wanted(size_t size) {
    return size <= SMALL || !getenv("FM_SMALL_CASES");
}

int layer_case_is_wanted(const layer_case *which) {
    return is_wanted(which->rows) && is_wanted(which->inputs) && is_wanted(which->outputs);
}

int network_case_is_wanted(const network_case *which) {
    int wanted = is_wanted(which->rows);
    for (size_t i = 0; i < COUNT(which->widths); i++)
        wanted = wanted && is_wanted(which->widths[i]);
    return wanted;
}

fm_architecture network_case_architecture(const network_case *which) {
    fm_architecture a = {.inputs = which->widths[0], .activation = which->activation};
    size_t last = 1;
    while (last + 1 < COUNT(which->widths) && which->widths[last + 1])
        last++;
    for (size_t l = 1; l < last; l++) {
        a.hidden[a.hidden_count++] = which->widths[l];
        a.dropout[a.dropout_count++] = which->dropout[l - 1];
    }
    a.outputs = which->widths[last];
    return a;
}
