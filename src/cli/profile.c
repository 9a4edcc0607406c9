#include "cli/profile.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "cli/message.h"

/* Seconds that this thread, which queues the work, has had of a processor. */
static double cpu_seconds(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int cli_profile_start(cli_profile *profile, fm_device *device, fm_error *error) {
    *profile = (cli_profile){fm_clock_seconds(), cpu_seconds()};
    return fm_device_profile(device, error);
}

/* A rate in 10^9 a second, or a dash where nobody counted. */
static void rate(char *out, size_t size, double amount, double seconds) {
    if (amount > 0 && seconds > 0)
        snprintf(out, size, "%.1f", amount / seconds * 1e-9);
    else
        snprintf(out, size, "-");
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
    for (size_t i = 0; i < count; i++)
        busy += row[i].seconds;
    fprintf(stderr, "%-28s  %9s  %9s  %9s  %6s  %8s  %6s\n", "kernel", "calls", "seconds",
            "us a call", "share", "GFLOP/s", "GB/s");
    for (size_t i = 0; i < count; i++) {
        char flops[24], bytes[24], name[64];
        rate(flops, sizeof flops, row[i].flop, row[i].seconds);
        rate(bytes, sizeof bytes, row[i].bytes, row[i].seconds);
        cli_clean(name, sizeof name, row[i].name, 0);
        fprintf(stderr, "%-28s  %9zu  %9.3f  %9.1f  %4.1f %%  %8s  %6s\n", name, row[i].calls,
                row[i].seconds, 1e6 * row[i].seconds / (double)row[i].calls,
                busy > 0 ? 100 * row[i].seconds / busy : 0.0, flops, bytes);
    }
    fprintf(stderr,
            "device busy for %.3f s of %.3f; the host's thread worked for %.3f s to keep it so\n",
            busy, wall, queued);
    return FM_OK;
}
