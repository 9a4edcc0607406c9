/* Times each operation over the tests' table of sizes, on every back end that the first OpenCL
 * device can run: median of several rounds, microseconds and GFLOP/s.
 *
 *   operations [cpu|gpu|clblast ...] [OPERATION ...]    (linear_forward, update, ...) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/choices.h"
#include "backend/cpu/cpu.h"
#include "backend/gpu/gpu.h"
#include "base/clock.h"
#include "base/statistics.h"
#include "check/cases.h"
#include "check/operands.h"
#include "cl/device_list.h"
#include "support/cases.h"

enum { ROUNDS = 7 };
/* A round repeats an operation until it has taken this long, so that neither the clock nor the
 * queue's latency counts. */
static const double round_seconds = 0.01;

enum kind { CPU, GPU, CLBLAST, KINDS };
static const char *const kind_names[KINDS] = {"cpu", "gpu", "clblast"};

static int repeat(double *seconds, fm_check_job *job, fm_backend *backend, size_t times,
                  fm_error *error) {
    double began = fm_clock_seconds();
    int status = FM_OK;
    for (size_t i = 0; !status && i < times; i++) {
        size_t queued;
        status = fm_check_compute(job, error);
        if (!status)
            status = fm_backend_end_step(backend, &queued, error);
    }
    if (!status)
        status = fm_backend_finish(backend, error);
    *seconds = fm_clock_seconds() - began;
    return status;
}

static int time_job(double *median, fm_check_job *job, fm_backend *backend, fm_error *error) {
    double took[ROUNDS], once = 0;
    int status = repeat(&once, job, backend, 1, error); /* warms up */
    if (!status)
        status = repeat(&once, job, backend, 3, error);
    size_t times = once > 0 ? (size_t)(3 * round_seconds / once) + 1 : 1;
    for (int r = 0; !status && r < ROUNDS; r++)
        status = repeat(&took[r], job, backend, times, error);
    *median = status ? 0 : fm_median(took, ROUNDS) / (double)times;
    return status;
}

static int time_case(const char *name, fm_backend *backend, const fm_check_case *which,
                     fm_error *error) {
    const fm_node node = {which->operation, .inputs = which->inputs, .outputs = which->outputs};
    fm_check_operands operands;
    fm_check_job *job = NULL;
    char text[160];
    double seconds = 0;
    int status = fm_check_operands_create(&operands, which, fm_check_zeros_mixed, NULL, error);
    if (!status)
        status = fm_check_open(&job, backend, which, &operands, error);
    if (!status)
        status = time_job(&seconds, job, backend, error);
    if (!status) {
        fm_check_case_text(text, sizeof text, which);
        printf("%-8s %-66s %10.1f", name, text, seconds * 1e6);
        if (fm_node_flop(&node, which->rows) > 0)
            printf(" %8.1f", fm_node_flop(&node, which->rows) / seconds * 1e-9);
        printf("\n");
    }
    fm_check_close(job);
    fm_check_operands_free(&operands);
    return status;
}

/* Whether one of the words is this, or none of them is of its kind. */
static int is_wanted(int argc, char **argv, const char *name, int is_kind) {
    int any = 0;
    for (int i = 1; i < argc; i++) {
        int of_kind = 0;
        for (int k = 0; k < KINDS; k++)
            of_kind |= !strcmp(argv[i], kind_names[k]);
        if (!strcmp(argv[i], name))
            return 1;
        any |= of_kind == is_kind;
    }
    return !any;
}

/* One of the optimizers and one activation are enough. */
static int is_typical(const fm_check_case *c) {
    return (!c->optimizer || (c->optimizer->kind == FM_ADAM && c->optimizer->weight_decay == 0)) &&
           c->activation <= FM_RELU && c->loss == FM_CROSS_ENTROPY;
}

static int time_kind(enum kind kind, cl_device_id id, int argc, char **argv, fm_error *error) {
    fm_cl_context *context = NULL;
    fm_backend *backend = NULL;
    fm_choices choices;
    int status = fm_cl_context_create(&context, id, error);
    if (!status) {
        fm_choices_init(&choices, context);
        status = kind == CPU
                     ? fm_cpu_create(&backend, context, &choices, error)
                     : fm_gpu_create(&backend, context, kind == GPU ? FM_GPU_TILE : FM_GPU_CLBLAST,
                                     &choices, error);
    }
    for (size_t i = 0; !status && i < fm_check_case_count; i++)
        for (size_t s = 0; !status && s < layer_case_count; s++) {
            fm_check_case c = fm_check_cases[i];
            c.rows = layer_cases[s].rows;
            c.inputs = layer_cases[s].inputs;
            c.outputs = layer_cases[s].outputs;
            if (is_typical(&c) && fm_check_case_fits(&c) &&
                is_wanted(argc, argv, fm_operation_get(c.operation)->name, 0))
                status = time_case(kind_names[kind], backend, &c, error);
        }
    fm_backend_free(backend);
    fm_cl_context_free(context);
    return status;
}

int main(int argc, char **argv) {
    fm_error error = {0};
    fm_device_list *list = NULL;
    const fm_device_info *info = NULL;
    cl_device_id id = NULL;
    int status = fm_device_list_create(&list, &error);
    if (!status)
        status = fm_device_list_choose(&info, list, NULL, &error);
    if (!status)
        status = fm_device_list_opencl(&id, list, info->number, &error);
    if (!status)
        printf("%s\n%-8s %-66s %10s %8s\n", info->name, "", "operation (sizes)", "us", "GFLOP/s");
    for (int kind = 0; !status && kind < KINDS; kind++)
        if (is_wanted(argc, argv, kind_names[kind], 1))
            status = time_kind((enum kind)kind, id, argc, argv, &error);
    fm_device_list_free(list);
    if (status)
        fprintf(stderr, "operations: %s: %s\n", error.what, error.why);
    return status != 0;
}
