#include "cl/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cl/error.h"

/* PENDING: the queue holds at most a few hundred launches (context.c). */
enum { PENDING = 512, MAX_KERNELS = 32, NAME = 64 };

typedef struct launch {
    cl_event event;
    size_t kernel;
} launch;

struct fm_cl_profile {
    fm_kernel_profile row[MAX_KERNELS];
    char name[MAX_KERNELS][NAME];
    size_t count;
    launch pending[PENDING]; /* a ring buffer */
    size_t first, unfinished;
};

int fm_cl_profile_create(fm_cl_profile **out, fm_error *error) {
    return fm_memory_allocate(out, 1, sizeof **out, "a profile", error);
}

void fm_cl_profile_free(fm_cl_profile *profile) {
    if (!profile)
        return;
    for (; profile->unfinished; profile->unfinished--) {
        clReleaseEvent(profile->pending[profile->first].event);
        profile->first = (profile->first + 1) % PENDING;
    }
    free(profile);
}

/* Waits for the oldest launch and adds its time. */
static int retire(fm_cl_profile *profile, fm_error *error) {
    launch *oldest = &profile->pending[profile->first];
    cl_ulong began = 0, ended = 0;
    cl_int code = clWaitForEvents(1, &oldest->event);
    if (code)
        return fm_cl_fail(error, code, "clWaitForEvents", "a launch");
    code = clGetEventProfilingInfo(oldest->event, CL_PROFILING_COMMAND_START, sizeof began, &began,
                                   NULL);
    if (!code)
        code = clGetEventProfilingInfo(oldest->event, CL_PROFILING_COMMAND_END, sizeof ended,
                                       &ended, NULL);
    if (code)
        return fm_cl_fail(error, code, "clGetEventProfilingInfo", "a launch");
    profile->row[oldest->kernel].seconds += ended > began ? (double)(ended - began) * 1e-9 : 0;
    clReleaseEvent(oldest->event);
    profile->first = (profile->first + 1) % PENDING;
    profile->unfinished--;
    return FM_OK;
}

/* The last row collects all kernels that have no row of their own. */
static size_t row_of(fm_cl_profile *profile, const char *kernel) {
    size_t i = 0;
    while (i < profile->count && strcmp(profile->name[i], kernel) != 0)
        i++;
    if (i == MAX_KERNELS)
        return i - 1;
    if (i == profile->count) {
        snprintf(profile->name[i], NAME, "%s", i + 1 < MAX_KERNELS ? kernel : "others");
        profile->row[i].name = profile->name[i];
        profile->count++;
    }
    return i;
}

int fm_cl_profile_add(fm_cl_profile *profile, cl_event event, const char *kernel, double flop,
                      double bytes, fm_error *error) {
    int status = profile->unfinished == PENDING ? retire(profile, error) : FM_OK;
    if (status) {
        clReleaseEvent(event);
        return status;
    }
    size_t row = row_of(profile, kernel);
    profile->row[row].calls++;
    profile->row[row].flop += flop;
    profile->row[row].bytes += bytes;
    size_t last = (profile->first + profile->unfinished) % PENDING;
    profile->pending[last] = (launch){event, row};
    profile->unfinished++;
    return FM_OK;
}

int fm_cl_profile_read(const fm_kernel_profile **rows, size_t *count, fm_cl_profile *profile,
                       fm_error *error) {
    int status = FM_OK;
    while (!status && profile->unfinished)
        status = retire(profile, error);
    *rows = profile->row;
    *count = profile->count;
    return status;
}
