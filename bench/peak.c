/* What a device can do at most, as one JSON document: multiply-adds, memory traffic at several
 * sizes of what is worked on, and what a launch costs. The models in bench/ are built on these.
 *
 *   peak [DEVICE]     as --device names it in fmnist-cl; the first GPU, else the first CPU */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cl/buffer.h"
#include "cl/context.h"
#include "cl/device_list.h"
#include "cl/launch.h"
#include "cl/program.h"
#include "kernels.h"

enum {
    ROUNDS = 7,
    LAUNCHES = 2000,
    VECTOR_BYTES = 32,
    LARGEST_VECTOR = 64,
    SMALLEST = 1 << 20, /* bytes that a bandwidth is measured on, to LARGEST */
    LARGEST = 1 << 28,
};
/* A measurement repeats its kernel until it takes this long: a clock's resolution and a thread's
 * start do not count then. */
static const double least_seconds = 0.05;

typedef struct bench {
    fm_cl_context *context;
    size_t groups, items;
} bench;

/* Launches the kernel, prepared with its arguments, `times` times and waits. */
static int repeat(double *seconds, bench *b, cl_kernel kernel, const fm_cl_argument *arguments,
                  size_t count, size_t times, fm_error *error) {
    const fm_cl_range range = {.groups = {b->groups, 1}, .items = {b->items, 1}};
    double began = fm_clock_seconds();
    int status = FM_OK;
    for (size_t i = 0; !status && i < times; i++)
        status = fm_cl_launch(b->context, kernel, arguments, count, range, error);
    if (!status)
        status = fm_cl_context_finish(b->context, error);
    *seconds = fm_clock_seconds() - began;
    return status;
}

/* Seconds of one launch: the least of several rounds, for everything that disturbs adds to it. */
static int least(double *seconds, bench *b, cl_kernel kernel, const fm_cl_argument *arguments,
                 size_t count, fm_error *error) {
    size_t times = 1;
    double took = 0;
    int status = repeat(&took, b, kernel, arguments, count, 1, error); /* compiles */
    for (took = 0; !status && took < least_seconds; times *= 2)
        status = repeat(&took, b, kernel, arguments, count, times, error);
    times /= 2;
    *seconds = took / (double)times;
    for (int r = 1; !status && r < ROUNDS; r++) {
        status = repeat(&took, b, kernel, arguments, count, times, error);
        if (took / (double)times < *seconds)
            *seconds = took / (double)times;
    }
    return status;
}

static int open_kernel(cl_program *program, cl_kernel *kernel, const bench *b, const char *options,
                       const char *name, fm_error *error) {
    static const char *const sources[] = {fm_kernel_peak};
    int status = fm_cl_program_create(program, b->context, sources, 1, options, error);
    if (!status)
        status = fm_cl_kernel_create(kernel, *program, name, error);
    return status;
}

/* Multiply-adds of one shape of the kernel, in FLOP a second. */
static int shape_flops(double *flops, bench *b, int width, int chains, cl_mem out,
                       fm_error *error) {
    const cl_float factor = 0.5F, term = 0.25F;
    const cl_int rounds = 20000;
    const fm_cl_argument arguments[] = {FM_CL_ARGUMENT(out), FM_CL_ARGUMENT(factor),
                                        FM_CL_ARGUMENT(term), FM_CL_ARGUMENT(rounds)};
    char options[64];
    double seconds = 0;
    cl_program program = NULL;
    cl_kernel kernel = NULL;
    snprintf(options, sizeof options, "-DVECTOR=float%d -DCHAINS=%d", width, chains);
    int status = open_kernel(&program, &kernel, b, options, "multiply_add", error);
    if (!status)
        status = least(&seconds, b, kernel, arguments, 4, error);
    double work = 2.0 * width * chains * rounds * (double)b->groups * (double)b->items;
    *flops = status ? 0 : work / seconds;
    fm_cl_kernel_free(kernel);
    fm_cl_program_free(program);
    return status;
}

/* The best of shapes for registers of 4, 8 and 16 floats. */
static int measure_flops(double *flops, bench *b, fm_error *error) {
    static const struct { int width, chains; } shapes[] = {{4, 10}, {8, 10}, {8, 12}, {16, 12}};
    cl_mem out = NULL;
    int status =
        fm_cl_buffer_create(&out, b->context, b->groups * b->items * LARGEST_VECTOR, error);
    *flops = 0;
    for (size_t i = 0; !status && i < sizeof shapes / sizeof *shapes; i++) {
        double here = 0;
        status = shape_flops(&here, b, shapes[i].width, shapes[i].chains, out, error);
        if (here > *flops)
            *flops = here;
    }
    fm_cl_buffer_free(out);
    return status;
}

/* Bytes a second, reads and writes counted, over a buffer of about so many bytes. */
static int measure_bandwidth(double *rate, bench *b, cl_kernel kernel, size_t bytes,
                             fm_error *error) {
    const cl_float factor = 1;
    const cl_int length = (cl_int)(bytes / VECTOR_BYTES / b->groups);
    double seconds = 0;
    cl_mem values = NULL;
    int status = fm_cl_buffer_create(&values, b->context, bytes, error);
    const fm_cl_argument arguments[] = {FM_CL_ARGUMENT(values), FM_CL_ARGUMENT(factor),
                                        FM_CL_ARGUMENT(length)};
    if (!status)
        status = least(&seconds, b, kernel, arguments, 3, error);
    *rate = status ? 0 : 2.0 * VECTOR_BYTES * (double)b->groups * (double)length / seconds;
    fm_cl_buffer_free(values);
    return status;
}

static int print_bandwidths(bench *b, fm_error *error) {
    cl_program program = NULL;
    cl_kernel kernel = NULL;
    int status = open_kernel(&program, &kernel, b, "", "scale", error);
    printf("\"bandwidth\": [");
    for (size_t bytes = SMALLEST; !status && bytes <= LARGEST; bytes *= 4) {
        double rate = 0;
        status = measure_bandwidth(&rate, b, kernel, bytes, error);
        printf("%s{\"bytes\": %zu, \"bytes_per_s\": %.4g}", bytes > SMALLEST ? ", " : "", bytes,
               rate);
    }
    printf("], ");
    fm_cl_kernel_free(kernel);
    fm_cl_program_free(program);
    return status;
}

/* A launch in a chain of them, which nobody waits for. */
static int measure_launch(double *seconds, bench *b, fm_error *error) {
    cl_program program = NULL;
    cl_kernel kernel = NULL;
    cl_mem out = NULL;
    double took = 0;
    int status = open_kernel(&program, &kernel, b, "", "nothing", error);
    if (!status)
        status = fm_cl_buffer_create(&out, b->context, sizeof(cl_float), error);
    const fm_cl_argument arguments[] = {FM_CL_ARGUMENT(out)};
    for (int r = 0; !status && r <= ROUNDS; r++) { /* the first compiles */
        status = repeat(&took, b, kernel, arguments, 1, LAUNCHES, error);
        took /= LAUNCHES;
        if (r == 1 || (r > 1 && took < *seconds))
            *seconds = took;
    }
    fm_cl_buffer_free(out);
    fm_cl_kernel_free(kernel);
    fm_cl_program_free(program);
    return status;
}

static int print_all(bench *b, const fm_device_info *info, fm_error *error) {
    double flops = 0, launch = 0;
    const size_t units = info->compute_units ? info->compute_units : 1;
    b->items = b->context->lone_items ? 1 : FM_CL_GROUP_ITEMS;
    b->groups = units * (b->context->lone_items ? 4 : 16);
    printf("{\"device\": %d, ", info->number);
    int status = measure_flops(&flops, b, error);
    printf("\"flops\": %.4g, ", flops);
    if (!status)
        status = print_bandwidths(b, error);
    if (!status) {
        b->groups = units;
        status = measure_launch(&launch, b, error);
    }
    printf("\"launch_seconds\": %.3g}\n", launch);
    return status;
}

int main(int argc, char **argv) {
    fm_error error = {0};
    fm_device_list *list = NULL;
    const fm_device_info *info = NULL;
    cl_device_id id = NULL;
    bench b = {0};
    int status = fm_device_list_create(&list, &error);
    if (!status)
        status = fm_device_list_choose(&info, list, argc > 1 ? argv[1] : NULL, &error);
    if (!status)
        status = fm_device_list_opencl(NULL, &id, list, info->number, &error);
    if (!status)
        status = fm_cl_context_create(&b.context, id, &error);
    if (!status)
        status = print_all(&b, info, &error);
    fm_cl_context_free(b.context);
    fm_device_list_free(list);
    if (status)
        fprintf(stderr, "peak: %s: %s\n", error.what, error.why);
    return status != 0;
}
