/* Tunes a device: measures which tuning parameters (fmnist_cl/choices.h) and which matrix-product
 * back end train a network fastest, and stores them in a cache file that is used when the device is
 * opened. Tuning parameters do not change results. CLBlast's products do, because they sum in
 * another order. */
#ifndef FMNIST_CL_TUNE_H
#define FMNIST_CL_TUNE_H

#include <stddef.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/choices.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/device.h"

FM_BEGIN_DECLS

/* ---- Stored results ---- */

enum { FM_TUNED_NETWORK = 416, FM_TUNED_MOST = 32 };

/* The result for one network and batch size. */
typedef struct fm_tuned {
    char network[FM_TUNED_NETWORK]; /* "784-256-256-10" */
    size_t weights;                 /* number of parameters of the network */
    size_t batch_size;
    fm_choices choices;
    double built_in_seconds; /* per step with the default parameters; positive */
    double seconds;          /* per step with `choices` */
    double clblast_seconds;  /* per step with CLBlast's products; 0: not measured */
} fm_tuned;

/* All results of one device: the content of its cache file. */
typedef struct fm_tuning {
    size_t count;
    fm_tuned entry[FM_TUNED_MOST]; /* the newest last */
} fm_tuning;

/* The path of a device's file in a cache folder, into out[size]; returns 0 if it does not fit. The
 * name depends on platform, device, number of compute units and driver. */
int fm_tuning_path(char *out, size_t size, const char *cache, const fm_device_info *info);

/* Reads the file. If it does not exist, *out is empty. On failure *out is empty as well:
 * FM_E_FORMAT if the file is damaged, belongs to another device, driver or version, or has
 * impossible values; FM_E_FILE, FM_E_MEMORY. Callers should warn and continue without tuning. */
int fm_tuning_read(fm_tuning *out, const char *cache, const fm_device_info *info, fm_error *error);

/* Writes the file atomically, and creates the folder if necessary. FM_E_FILE, FM_E_MEMORY. */
int fm_tuning_write(const fm_tuning *tuning, const char *cache, const fm_device_info *info,
                    fm_error *error);

/* Adds an entry. It replaces the one for the same network and batch size or, if full, the oldest.
 */
void fm_tuning_put(fm_tuning *tuning, const fm_tuned *entry);

/* The entry for this network and batch size, else the closest one whose parameter count and batch
 * size both differ by at most a factor of 2; NULL if there is none. */
const fm_tuned *fm_tuning_find(const fm_tuning *tuning, const fm_architecture *architecture,
                               size_t batch_size);

/* The back end for FM_GEMM_AUTO: clblast if it is built in and was measured as faster, else native.
 * entry may be NULL. */
enum fm_gemm fm_tuned_products(const fm_tuned *entry);

/* ---- Tuning ---- */

typedef struct fm_tune_options {
    fm_architecture architecture;
    size_t batch_size;
    double seconds;    /* search time; after it, the current candidate is finished and CLBlast is
                        * measured */
    const char *cache; /* folder for the best result, written whenever one is found; NULL: none */
} fm_tune_options;

enum fm_tune_stage { FM_TUNE_PREPARING, FM_TUNE_SEARCHING, FM_TUNE_COMPARING, FM_TUNE_CLBLAST };

typedef struct fm_tune_progress {
    enum fm_tune_stage stage;
    size_t tried,
        refused; /* candidates, and how many of them failed to run or gave wrong results */
    double gain; /* speed-up of the best so far: 0.05 for 5 % more steps per second */
    double seconds, planned; /* of the search */
} fm_tune_progress;

/* The outcome of a candidate. */
typedef struct fm_tune_trial {
    const fm_choices *choices, *before; /* of the candidate, and of the best so far */
    int won;
    double ratio;          /* time relative to the best so far; 0: refused */
    const fm_error *error; /* why the candidate was refused, else NULL */
} fm_tune_trial;

/* Either callback may be NULL. */
typedef struct fm_tune_observer {
    void *user;
    /* Called several times per second, except while kernels are built. A result other than 0 stops
     * the tuning with FM_E_INTERRUPTED. */
    int (*progress)(void *user, const fm_tune_progress *progress);
    void (*tried)(void *user, const fm_tune_trial *trial, const fm_tune_progress *progress);
} fm_tune_observer;

typedef struct fm_tune_result {
    fm_tuned best;
    fm_choices built_in;
    int in_groups; /* 0: CPU kernels; 1: GPU kernels; they have different tuning parameters */
    size_t tried, refused;
    int complete; /* the search was finished */
    int kept;     /* stored in the cache */
} fm_tune_result;

/* Searches for the tuning parameters with which the device trains this network fastest. Each
 * candidate is built and compared with the reference; a few steps with it must give the same bits
 * as with the default parameters. Then it is timed alternately with the best so far, on generated
 * images (A/B timing). The first candidate is the stored result for this network and batch size, if
 * any. Each new best is stored at once; a cache file for which fm_tuning_read returns FM_E_FORMAT
 * is replaced. *out is valid also after a failure or interruption. FM_E_ARGUMENT on the reference;
 * FM_E_WRONG if the device computes wrong results with the default parameters; FM_E_OPENCL,
 * FM_E_MEMORY, FM_E_FILE. */
int fm_tune(fm_tune_result *out, const fm_device_list *list, int number,
            const fm_tune_options *options, const fm_tune_observer *observer, fm_error *error);

FM_END_DECLS

#endif
