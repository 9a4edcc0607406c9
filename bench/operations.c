/* Times the linear layer's three operations for all test cases, with every implementation that the
 * first OpenCL device can run. Prints the median of several rounds, in microseconds and GFLOP/s.
 *
 *
 *   operations [panel|tile|clblast ...] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cl/context.h"
#include "cl/device_list.h"
#include "ops/opencl.h"
#include "optim/schedule.h"
#include "support/cases.h"

enum { ROUNDS = 7 };
/* Minimum time of a round, so that clock resolution and queue latency do not matter. */
static const double round_seconds = 0.01;

typedef struct layer {
    fm_ops *ops;
    layer_case size;
    fm_matrix *x, *y, *dx, *dy;
    fm_parameters *parameters;
    fm_update update;
} layer;

static int forward(layer *l, fm_error *error) {
    return fm_ops_linear_forward(l->ops, l->y, NULL, l->x, l->parameters, FM_RELU, NULL,
                                 l->size.rows, error);
}

static int backward_input(layer *l, fm_error *error) {
    return fm_ops_linear_backward_input(l->ops, l->dx, l->dy, l->parameters, FM_RELU, l->x,
                                        l->size.rows, error);
}

static int backward_parameters(layer *l, fm_error *error) {
    return fm_ops_linear_backward_parameters(l->ops, l->parameters, l->x, l->dy, &l->update,
                                             l->size.rows, error);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int repeat(double *seconds, int (*operation)(layer *, fm_error *), layer *l, size_t times,
                  fm_error *error) {
    double began = fm_clock_seconds();
    int status = FM_OK;
    for (size_t i = 0; !status && i < times; i++) {
        size_t queued;
        status = operation(l, error);
        if (!status)
            status = fm_ops_mark(l->ops, &queued, error);
    }
    if (!status)
        status = fm_ops_finish(l->ops, error);
    *seconds = fm_clock_seconds() - began;
    return status;
}

static int time_operation(double *median, int (*operation)(layer *, fm_error *), layer *l,
                          fm_error *error) {
    double took[ROUNDS], once = 0;
    int status = repeat(&once, operation, l, 1, error); /* the first call compiles the kernel */
    if (!status)
        status = repeat(&once, operation, l, 3, error);
    size_t times = once > 0 ? (size_t)(3 * round_seconds / once) + 1 : 1;
    for (int r = 0; !status && r < ROUNDS; r++)
        status = repeat(&took[r], operation, l, times, error);
    qsort(took, ROUNDS, sizeof *took, by_value);
    *median = took[ROUNDS / 2] / (double)times;
    return status;
}

static int fill(fm_matrix *matrix, size_t rows, size_t cols, fm_error *error) {
    float *values = malloc(rows * cols * sizeof *values);
    if (!values)
        return fm_error_set(error, FM_E_MEMORY, "a matrix", "no memory");
    for (size_t i = 0; i < rows * cols; i++)
        values[i] = (float)(i % 17) / 17 - 0.5f;
    int status = fm_matrix_write(matrix, values, rows, error);
    free(values);
    return status;
}

static int layer_open(layer *l, fm_ops *ops, layer_case size, fm_error *error) {
    fm_optimizer adam;
    *l = (layer){.ops = ops, .size = size};
    fm_optimizer_init(&adam, FM_ADAM);
    fm_schedule_update(&l->update, &adam, 1);
    int status = fm_matrix_create(&l->x, ops, size.rows, size.inputs, error);
    if (!status)
        status = fm_matrix_create(&l->dx, ops, size.rows, size.inputs, error);
    if (!status)
        status = fm_matrix_create(&l->y, ops, size.rows, size.outputs, error);
    if (!status)
        status = fm_matrix_create(&l->dy, ops, size.rows, size.outputs, error);
    if (!status)
        status = fm_parameters_create(&l->parameters, ops, size.outputs, size.inputs, 2, error);
    if (!status)
        status = fill(l->x, size.rows, size.inputs, error);
    if (!status)
        status = fill(l->dy, size.rows, size.outputs, error);
    return status;
}

static void layer_close(layer *l) {
    fm_matrix_free(l->x);
    fm_matrix_free(l->dx);
    fm_matrix_free(l->y);
    fm_matrix_free(l->dy);
    fm_parameters_free(l->parameters);
}

static int time_case(const char *name, fm_ops *ops, layer_case size, fm_error *error) {
    static int (*const operations[])(layer *, fm_error *) = {forward, backward_input,
                                                             backward_parameters};
    layer l;
    double flop = 2.0 * (double)size.rows * (double)size.inputs * (double)size.outputs;
    int status = layer_open(&l, ops, size, error);
    if (!status)
        printf("%-8s %5zu %5zu %5zu", name, size.rows, size.inputs, size.outputs);
    for (size_t o = 0; !status && o < 3; o++) {
        double seconds = 0;
        status = time_operation(&seconds, operations[o], &l, error);
        if (!status)
            printf(" %10.1f %7.1f", seconds * 1e6, flop / seconds * 1e-9);
    }
    printf("\n");
    layer_close(&l);
    return status;
}

static int time_kind(const char *name, enum fm_linear_kind kind, cl_device_id id, fm_error *error) {
    fm_cl_context *context = NULL;
    fm_ops *ops = NULL;
    int status = fm_cl_context_create(&context, id, error);
    if (!status)
        status = fm_opencl_create(&ops, context, kind, NULL, error);
    for (size_t c = 0; !status && c < layer_case_count; c++)
        status = time_case(name, ops, layer_cases[c], error);
    fm_ops_free(ops);
    fm_cl_context_free(context);
    return status;
}

static int wanted(int argc, char **argv, const char *name) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return 1;
    return argc == 1;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        enum fm_linear_kind kind;
    } kinds[] = {
        {"panel", FM_LINEAR_PANEL},
        {"tile", FM_LINEAR_TILE},
        {"clblast", FM_LINEAR_CLBLAST},
    };
    fm_error error = {0};
    fm_device_list *list = NULL;
    const fm_device_info *info = NULL;
    cl_device_id id = NULL;
    int status = fm_device_list_create(&list, &error);
    if (!status)
        status = fm_device_list_choose(&info, list, NULL, &error);
    if (!status)
        status = fm_device_list_opencl(NULL, &id, list, info->number, &error);
    if (!status) {
        printf("%s\n%-8s %5s %5s %5s %18s %18s %18s\n", info->name, "", "rows", "in", "out",
               "forward", "backward input", "backward parameters");
        printf("%-26s %10s %7s %10s %7s %10s %7s\n", "", "us", "GFLOP/s", "us", "GFLOP/s", "us",
               "GFLOP/s");
    }
    for (size_t k = 0; !status && k < sizeof kinds / sizeof *kinds; k++)
        if (wanted(argc, argv, kinds[k].name))
            status = time_kind(kinds[k].name, kinds[k].kind, id, &error);
    fm_device_list_free(list);
    if (status)
        fprintf(stderr, "operations: %s: %s\n", error.what, error.why);
    return status != 0;
}
