#include "cl/peak.h"

#include "base/clock.h"
#include "base/count.h"
#include "cl/buffer.h"
#include "cl/launch.h"
#include "cl/program.h"
#include "kernels.h"

enum { VECTOR_BYTES = 32, LARGEST_VECTOR = 64, CHAINED_LAUNCHES = 256 };

/* A kernel to time, its buffer and its range. */
typedef struct timed {
    fm_cl_context *context;
    cl_program program;
    cl_kernel kernel;
    cl_mem buffer;
    fm_cl_range range;
} timed;

static size_t items(const fm_cl_context *context) {
    return context->single_item_groups ? 1 : FM_CL_GROUP_ITEMS;
}

/* Several work-groups per compute unit, so that one slow group does not dominate the time. */
static size_t groups(const fm_cl_context *context) {
    return context->compute_units * (context->single_item_groups ? 4 : 16);
}

/* Builds the kernels and creates a buffer of `bytes`. Call close_timed even after a failure. */
static int open_timed(timed *t, fm_cl_context *context, size_t bytes, fm_error *error) {
    static const char *const sources[] = {fm_kernel_peak};
    *t = (timed){.context = context, .range = {{groups(context), 1}, {items(context), 1}, 0, 0}};
    int status = fm_cl_program_create(&t->program, context, sources, 1, "-cl-std=CL1.2 -w", error);
    return status ? status : fm_cl_buffer_create(&t->buffer, context, bytes, error);
}

static void close_timed(timed *t) {
    fm_cl_buffer_free(t->buffer);
    fm_cl_kernel_free(t->kernel);
    fm_cl_program_free(t->program);
}

static int take_kernel(timed *t, const char *name, fm_error *error) {
    fm_cl_kernel_free(t->kernel);
    t->kernel = NULL;
    return fm_cl_kernel_create(&t->kernel, t->program, name, error);
}

/* Launches the kernel `times` times, waits, and measures the time. */
static int repeat(double *seconds, const timed *t, const fm_cl_argument *arguments, size_t count,
                  size_t times, fm_error *error) {
    double began = fm_clock_seconds();
    int status = fm_cl_set_arguments(t->kernel, 0, arguments, count, error);
    for (size_t i = 0; !status && i < times; i++)
        status = fm_cl_launch(t->context, t->kernel, t->range, error);
    if (!status)
        status = fm_cl_context_finish(t->context, error);
    *seconds = fm_clock_seconds() - began;
    return status;
}

/* The shortest time of one launch, from runs of at least `times` launches. */
static int least(double *seconds, const timed *t, const fm_cl_argument *arguments, size_t count,
                 size_t times, fm_cl_effort effort, fm_error *error) {
    double took = 0;
    int status = repeat(&took, t, arguments, count, 1, error); /* warm up: the first launch may
                                                                * compile the kernel */
    if (!status)
        status = repeat(&took, t, arguments, count, times, error);
    while (!status && took < effort.seconds) {
        times *= 2;
        status = repeat(&took, t, arguments, count, times, error);
    }
    *seconds = took;
    for (int round = 1; !status && round < effort.rounds; round++) {
        status = repeat(&took, t, arguments, count, times, error);
        if (took < *seconds)
            *seconds = took;
    }
    *seconds /= (double)times;
    return status;
}

int fm_cl_peak_flops(double *flops, fm_cl_context *context, fm_cl_effort effort, fm_error *error) {
    static const struct {
        const char *kernel;
        int width, chains;
    } shapes[] = {{"multiply_add_4_10", 4, 10},
                  {"multiply_add_8_10", 8, 10},
                  {"multiply_add_8_12", 8, 12},
                  {"multiply_add_16_12", 16, 12}};
    const cl_float factor = 0.5F, term = 0.25F;
    const cl_int rounds = 20000;
    const size_t count = groups(context) * items(context);
    timed t;
    *flops = 0;
    int status = open_timed(&t, context, count * LARGEST_VECTOR, error);
    const fm_cl_argument arguments[] = {FM_CL_ARGUMENT(t.buffer), FM_CL_ARGUMENT(factor),
                                        FM_CL_ARGUMENT(term), FM_CL_ARGUMENT(rounds)};
    for (size_t i = 0; !status && i < FM_COUNT(shapes); i++) {
        double seconds = 0;
        const double work = 2.0 * shapes[i].width * shapes[i].chains * rounds * (double)count;
        status = take_kernel(&t, shapes[i].kernel, error);
        if (!status)
            status = least(&seconds, &t, arguments, 4, 1, effort, error);
        if (!status && work > *flops * seconds)
            *flops = work / seconds;
    }
    close_timed(&t);
    return status;
}

int fm_cl_peak_bandwidth(double *rate, fm_cl_context *context, size_t bytes, fm_cl_effort effort,
                         fm_error *error) {
    const cl_float factor = 1;
    const cl_int length = (cl_int)(bytes / VECTOR_BYTES / groups(context));
    double seconds = 0;
    timed t;
    *rate = 0;
    int status = open_timed(&t, context, bytes, error);
    if (!status)
        status = take_kernel(&t, "scale", error);
    const fm_cl_argument arguments[] = {FM_CL_ARGUMENT(t.buffer), FM_CL_ARGUMENT(factor),
                                        FM_CL_ARGUMENT(length)};
    if (!status)
        status = least(&seconds, &t, arguments, 3, 1, effort, error);
    if (!status)
        *rate = 2.0 * VECTOR_BYTES * (double)groups(context) * (double)length / seconds;
    close_timed(&t);
    return status;
}

int fm_cl_peak_launch(double *seconds, fm_cl_context *context, fm_cl_effort effort,
                      fm_error *error) {
    timed t;
    *seconds = 0;
    int status = open_timed(&t, context, sizeof(cl_float), error);
    if (!status)
        status = take_kernel(&t, "nothing", error);
    const fm_cl_argument arguments[] = {FM_CL_ARGUMENT(t.buffer)};
    t.range.groups[0] = context->compute_units;
    if (!status)
        status = least(seconds, &t, arguments, 1, CHAINED_LAUNCHES, effort, error);
    close_timed(&t);
    return status;
}
