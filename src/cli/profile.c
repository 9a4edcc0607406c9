#include "cli/profile.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "cli/message.h"

/* CPU time of this thread, which enqueues the work. */
static double cpu_seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int cli_profile_start(cli_profile *profile, fm_device *device, fm_error *error) {
    double peak = 0;
    /* Measures the peak first, so that its launches are not counted. */
    int status = fm_device_peak(&peak, device, error);
    if (!status)
        status = fm_device_profile(device, error);
    if (status == FM_E_ARGUMENT)
        snprintf(error->what, sizeof error->what, "--profile");
    *profile = (cli_profile){fm_clock_seconds(), cpu_seconds(), peak};
    return status;
}

/* A rate in 10^9 per second, or a dash if unknown. */
static void rate(char *out, size_t size, double amount, double seconds) {
    if (amount > 0 && seconds > 0)
        snprintf(out, size, "%.1f", amount / seconds * 1e-9);
    else
        snprintf(out, size, "-");
}

/* The share of the peak, or a dash if unknown. */
static void share(char *out, size_t size, double flops, double peak) {
    if (flops > 0 && peak > 0)
        snprintf(out, size, "%.1f %%", 100 * flops / peak);
    else
        snprintf(out, size, "-");
}

/* There is no share of the memory bandwidth, because an unknown part of the bytes comes from
 * caches. */
static void print_row(const fm_kernel_profile *row, double busy, double peak) {
    char flops[24], of_peak[24], bytes[24];
    rate(flops, sizeof flops, row->flop, row->seconds);
    share(of_peak, sizeof of_peak, row->seconds > 0 ? row->flop / row->seconds : 0, peak);
    rate(bytes, sizeof bytes, row->bytes, row->seconds);
    fprintf(stderr, "%-28s  %9zu  %9.3f  %9.1f  %4.1f %%  %8s  %8s  %6s\n", row->name, row->calls,
            row->seconds, 1e6 * row->seconds / (double)row->calls,
            busy > 0 ? 100 * row->seconds / busy : 0.0, flops, of_peak, bytes);
}

/* The factor leaves room for a measured peak that is too low because the machine was busy. */
enum { IMPOSSIBLE_SHARE = 10 };

/* Some drivers do not time kernels: rusticl on llvmpipe reports a few nanoseconds for each. */
static int is_possible(const fm_kernel_profile *row, double peak) {
    return row->flop <= IMPOSSIBLE_SHARE * peak * row->seconds;
}

int cli_profile_print(const cli_profile *profile, fm_device *device, fm_error *error) {
    const fm_kernel_profile *row = NULL;
    size_t count = 0;
    double busy = 0;
    double queued = cpu_seconds() - profile->began_cpu;
    int status = fm_device_profile_read(&row, &count, device, error);
    if (status)
        return status;
    double wall = fm_clock_seconds() - profile->began;
    int possible = 1;
    for (size_t i = 0; i < count; i++) {
        busy += row[i].seconds;
        possible &= is_possible(&row[i], profile->peak);
    }
    fprintf(stderr, "%-28s  %9s  %9s  %9s  %6s  %8s  %8s  %6s\n", "kernel", "calls", "seconds",
            "us/call", "share", "GFLOP/s", "of peak", "GB/s");
    for (size_t i = 0; i < count; i++)
        print_row(&row[i], busy, profile->peak);
    fprintf(stderr,
            "device busy: %.3f s of %.3f s; CPU time of the enqueuing host thread: %.3f s\n"
            "peak: %.1f GFLOP/s in fused multiply-adds, measured before the training\n",
            busy, wall, queued, profile->peak * 1e-9);
    if (!possible)
        cli_warning("the driver reports impossible kernel times: more than %d times the peak",
                    IMPOSSIBLE_SHARE);
    return FM_OK;
}
