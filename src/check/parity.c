#include "check/parity.h"

#include <stdlib.h>

#include "base/count.h"
#include "check/cases.h"
#include "check/compare.h"
#include "check/operands.h"

typedef struct shape {
    size_t rows, inputs, outputs;
} shape;

/* The first ones form the short check: a batch below and one above the size at which the kernels
 * switch, neither a multiple of a tile. */
enum { SHORT_SHAPES = 2 };
static const shape shapes[] = {{5, 21, 19},    {33, 65, 43},   {1, 1, 1},     {1, 784, 10},
                               {8, 16, 16},    {9, 33, 10},    {16, 784, 64}, {7, 1000, 127},
                               {130, 300, 10}, {128, 784, 256}};

static int check(fm_backend *backend, fm_backend *reference, const fm_check_case *which,
                 fm_error *error) {
    fm_check_result actual = {.values = NULL}, expected = {.values = NULL};
    fm_check_operands operands;
    char text[160];
    int status = fm_check_operands_create(&operands, which, fm_check_zeros_mixed, NULL, error);
    if (!status)
        status = fm_check_run(&expected, reference, which, &operands, error);
    if (!status)
        status = fm_check_run(&actual, backend, which, &operands, error);
    fm_check_case_text(text, sizeof text, which);
    if (!status)
        status =
            fm_check_compare_result(&actual, expected.values, fm_check_terms(which), text, error);
    fm_check_operands_free(&operands);
    free(expected.values);
    free(actual.values);
    return status;
}

static int check_size(fm_backend *backend, fm_backend *reference, fm_check_case which, shape size,
                      fm_error *error) {
    which.rows = size.rows;
    which.inputs = size.inputs;
    which.outputs = size.outputs;
    return fm_check_case_fits(&which) ? check(backend, reference, &which, error) : FM_OK;
}

int fm_check_layer(fm_backend *backend, fm_backend *reference, size_t rows, size_t inputs,
                   size_t outputs, enum fm_activation activation, fm_error *error) {
    const enum fm_activation backward = activation == FM_PRELU ? FM_IDENTITY : activation;
    const fm_check_case *cases[] = {
        fm_check_case_find(FM_OP_LINEAR_FORWARD, activation, 0),
        fm_check_case_find(FM_OP_LINEAR_BACKWARD_INPUT, backward, 0),
        fm_check_case_find(FM_OP_LINEAR_BACKWARD_PARAMETERS, FM_IDENTITY, 1)};
    int status = FM_OK;
    for (size_t i = 0; !status && i < FM_COUNT(cases); i++)
        status = check_size(backend, reference, *cases[i], (shape){rows, inputs, outputs}, error);
    return status;
}

int fm_check_parity(fm_backend *backend, fm_backend *reference, int thorough, int with_prelu,
                    fm_error *error) {
    const size_t count = thorough ? FM_COUNT(shapes) : SHORT_SHAPES;
    int status = FM_OK;
    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; !status && i < fm_check_case_count; i++)
            if (with_prelu || !fm_check_case_is_prelu(&fm_check_cases[i]))
                status = check_size(backend, reference, fm_check_cases[i], shapes[s], error);
    return status;
}
