/* How functions of this library report failures.
 *
 * Every function that can fail returns an int: FM_OK (0) or one of the codes below. Output
 * parameters come first and an fm_error last. The error records what failed, why, and a hint if the
 * user can do something about it. The caller owns the fm_error, which refers to no other memory. It
 * may be NULL if the code is enough. A successful call leaves it unchanged. */
#ifndef FMNIST_CL_ERROR_H
#define FMNIST_CL_ERROR_H

#include "fmnist_cl/decls.h"

FM_BEGIN_DECLS

enum fm_status {
    FM_OK = 0,
    FM_E_ARGUMENT,    /* an argument is out of range, or arguments contradict each other */
    FM_E_MEMORY,      /* out of host memory */
    FM_E_FILE,        /* a file operation failed */
    FM_E_FORMAT,      /* invalid content of a file */
    FM_E_DEVICE,      /* no such device, or no device at all */
    FM_E_OPENCL,      /* an OpenCL call failed */
    FM_E_DIVERGED,    /* non-finite loss or weights (NaN or Inf) */
    FM_E_INTERRUPTED, /* an observer requested to stop */
    FM_E_WRONG,       /* a device computes wrong results */
};

typedef struct fm_error {
    int status;        /* one of enum fm_status */
    char what[256];    /* the subject: a file, an option, a device */
    char why[512];     /* why it failed, with name and number of an OpenCL error code */
    char hint[512];    /* what the user can do; empty if nothing is known */
    char detail[4096]; /* further lines, such as a kernel's build log; usually empty */
} fm_error;

#if defined(__GNUC__)
#define FM_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define FM_PRINTF(text, first)
#endif

/* Records a failure and returns status, so that a function can end with `return fm_error_set(error,
 * FM_E_FILE, path, "cannot open: %s", strerror(errno));`. Clears hint and detail. Truncates texts
 * that are too long. */
int fm_error_set(fm_error *error, int status, const char *what, const char *why, ...)
    FM_PRINTF(4, 5);

/* Adds a hint to the error that fm_error_set recorded. Returns the recorded status. */
int fm_error_hint(fm_error *error, const char *hint, ...) FM_PRINTF(2, 3);

/* Adds further lines to the error that fm_error_set recorded, truncated to the buffer's size. */
void fm_error_detail(fm_error *error, const char *detail);

FM_END_DECLS

#endif
