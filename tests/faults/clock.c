/* Wraps functions that return the date. Monotonic clocks are unchanged. */
#define _DEFAULT_SOURCE /* syscall */
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "faults/faults.h"

long faults_clock_step;
_Atomic long faults_clock_reads;

static struct timespec read_date(void) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now); /* bypasses the wrapper below */
    now.tv_sec -= faults_clock_step * ++faults_clock_reads;
    return now;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    if (clock != CLOCK_REALTIME)
        return (int)syscall(SYS_clock_gettime, clock, out);
    *out = read_date();
    return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    const struct timespec now = read_date();
    (void)zone;
    *out = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out) {
    const time_t now = read_date().tv_sec;
    if (out)
        *out = now;
    return now;
}
