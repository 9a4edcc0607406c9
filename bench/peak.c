/* Prints a device's peak performance as JSON: multiply-adds, memory traffic for several working-set
 * sizes, and time per launch. The models in bench/ use these figures.
 *
 *   peak [DEVICE]     as in --device of fmnist-cl; default: the first GPU, else the first CPU */
#include <stdio.h>

#include "cl/context.h"
#include "cl/device_list.h"
#include "cl/peak.h"

enum { SMALLEST = 1 << 20, LARGEST = 1 << 28 }; /* bytes: range of sizes to measure */

static int print_all(fm_cl_context *context, const fm_device_info *info, fm_error *error) {
    const fm_cl_effort effort = {.seconds = 0.05, .rounds = 7};
    double flops = 0, launch = 0;
    int status = fm_cl_peak_flops(&flops, context, effort, error);
    printf("{\"device\": %d, \"flops\": %.4g, \"bandwidth\": [", info->number, flops);
    for (size_t bytes = SMALLEST; !status && bytes <= LARGEST; bytes *= 4) {
        double rate = 0;
        status = fm_cl_peak_bandwidth(&rate, context, bytes, effort, error);
        printf("%s{\"bytes\": %zu, \"bytes_per_s\": %.4g}", bytes > SMALLEST ? ", " : "", bytes,
               rate);
    }
    if (!status)
        status = fm_cl_peak_launch(&launch, context, effort, error);
    printf("], \"launch_seconds\": %.3g}\n", launch);
    return status;
}

int main(int argc, char **argv) {
    fm_error error = {0};
    fm_device_list *list = NULL;
    const fm_device_info *info = NULL;
    cl_device_id id = NULL;
    fm_cl_context *context = NULL;
    int status = fm_device_list_create(&list, &error);
    if (!status)
        status = fm_device_list_choose(&info, list, argc > 1 ? argv[1] : NULL, &error);
    if (!status)
        status = fm_device_list_opencl(&id, list, info->number, &error);
    if (!status)
        status = fm_cl_context_create(&context, id, &error);
    if (!status)
        status = print_all(context, info, &error);
    fm_cl_context_free(context);
    fm_device_list_free(list);
    if (status)
        fprintf(stderr, "peak: %s: %s\n", error.what, error.why);
    return status != 0;
}
