/* How the library says that something failed.
 *
 * Every function that can fail returns an int: FM_OK (0) or one of the codes below, takes its
 * output parameters first and an fm_error last. The error is recorded where it happens: what was
 * asked for, why it failed, and where there is one, a hint at what to do. The caller owns the
 * fm_error; it holds no memory of its own. It may be NULL when only the code matters. A function
 * that succeeds leaves it untouched. */
#ifndef FMNIST_CL_ERROR_H
#define FMNIST_CL_ERROR_H

enum fm_status {
    FM_OK = 0,
    FM_E_ARGUMENT,    /* the caller's value is out of range, or its parts do not fit together */
    FM_E_MEMORY,      /* the host has no memory left */
    FM_E_FILE,        /* the operating system refused a file operation */
    FM_E_FORMAT,      /* a file's content is not what it should be */
    FM_E_DEVICE,      /* no such device, or none at all */
    FM_E_OPENCL,      /* an OpenCL call failed */
    FM_E_DIVERGED,    /* the loss is no longer a finite number */
    FM_E_INTERRUPTED, /* an observer asked to stop */
    FM_E_WRONG,       /* a device does not compute what it should */
};

typedef struct fm_error {
    int status;        /* one of enum fm_status */
    char what[256];    /* what was asked for: a file, an option, a device */
    char why[512];     /* why it failed, with OpenCL's name and number of the code */
    char hint[512];    /* what to do about it; empty when there is nothing to say */
    char detail[4096]; /* further lines, such as a kernel's build log; mostly empty */
} fm_error;

#if defined(__GNUC__)
#define FM_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define FM_PRINTF(text, first)
#endif

/* Records a failure and returns status, so that a failing function can end in
 * `return fm_error_set(error, FM_E_FILE, path, "cannot open: %s", strerror(errno));`.
 * Clears hint and detail. Texts that are too long are cut. */
int fm_error_set(fm_error *error, int status, const char *what, const char *why, ...)
    FM_PRINTF(4, 5);

/* Adds a hint to what fm_error_set recorded; returns the recorded status. */
int fm_error_hint(fm_error *error, const char *hint, ...) FM_PRINTF(2, 3);

/* Adds further lines to what fm_error_set recorded; cut at the buffer's size. */
void fm_error_detail(fm_error *error, const char *detail);

#endif
