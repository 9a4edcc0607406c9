/* Which choices (fmnist_cl/choices.h) and whose matrix products suit a device: found by measuring,
 * kept in a file, and found again when a device is opened. Nothing here changes what a training
 * computes, but for products by CLBlast instead of our own, which sum in another order. */
#ifndef FMNIST_CL_TUNE_H
#define FMNIST_CL_TUNE_H

#include <stddef.h>

#include "fmnist_cl/architecture.h"
#include "fmnist_cl/choices.h"
#include "fmnist_cl/device.h"

/* ---- What was measured ---- */

enum { FM_TUNED_NETWORK = 416, FM_TUNED_MOST = 32 };

/* Of a training of one network, in batches of one size. */
typedef struct fm_tuned {
    char network[FM_TUNED_NETWORK]; /* "784-256-256-10" */
    size_t weights;                 /* parameters of the network */
    size_t batch_size;
    fm_choices choices;
    double built_in_seconds; /* of a step with the built-in choices; positive */
    double seconds;          /* with these */
    double clblast_seconds;  /* with CLBlast's products; 0: not measured */
} fm_tuned;

/* Of a device: what its file holds. */
typedef struct fm_tuning {
    size_t count;
    fm_tuned entry[FM_TUNED_MOST]; /* the latest last */
} fm_tuning;

/* Where a device's file is, in a cache folder, into out[size]; 0 when that is too long. It is one
 * for each platform, device, number of compute units and driver. */
int fm_tuning_path(char *out, size_t size, const char *cache, const fm_device_info *info);

/* Reads it. A file that is not there is an empty tuning. *out is empty, too, when it fails:
 * FM_E_FORMAT for a file that is damaged, or of another device, driver or version, or that has
 * values that no tuning gives; FM_E_FILE, FM_E_MEMORY. The caller says so and goes on without. */
int fm_tuning_read(fm_tuning *out, const char *cache, const fm_device_info *info, fm_error *error);

/* Writes it, whole or not at all, and the folder where it is missing. FM_E_FILE, FM_E_MEMORY. */
int fm_tuning_write(const fm_tuning *tuning, const char *cache, const fm_device_info *info,
                    fm_error *error);

/* Puts an entry in, in place of that of the same network and batch size, or of the oldest. */
void fm_tuning_put(fm_tuning *tuning, const fm_tuned *entry);

/* The entry for such a training: its own, else the nearest of those whose weights and batch are no
 * more than twice as many or half as many; NULL when there is none. */
const fm_tuned *fm_tuning_find(const fm_tuning *tuning, const fm_architecture *architecture,
                               size_t batch_size);

/* Who computes the products where nobody says: clblast when it is built in and was measured to be
 * faster, else native. entry may be NULL. */
enum fm_gemm fm_tuned_products(const fm_tuned *entry);

/* ---- Measuring ---- */

typedef struct fm_tune_options {
    fm_architecture architecture;
    size_t batch_size;
    double seconds;    /* to search for; what is under way then is finished, and CLBlast measured */
    const char *cache; /* the folder to keep the best in, as soon as it is found; NULL: nowhere */
} fm_tune_options;

enum fm_tune_stage { FM_TUNE_PREPARING, FM_TUNE_SEARCHING, FM_TUNE_COMPARING, FM_TUNE_CLBLAST };

typedef struct fm_tune_progress {
    enum fm_tune_stage stage;
    size_t tried, refused;   /* candidates; and those of them that the device could not run or that
                              * computed something else */
    double gain;             /* of the best so far: 0.05 when 5 % more steps are made in a second */
    double seconds, planned; /* of searching */
} fm_tune_progress;

/* What came of a candidate. */
typedef struct fm_tune_trial {
    const fm_choices *choices, *before; /* its, and those of the best before it */
    int won;
    double ratio;          /* of its time and that of the best before it; 0: refused */
    const fm_error *error; /* why it was refused, else NULL */
} fm_tune_trial;

/* Either may be NULL. */
typedef struct fm_tune_observer {
    void *user;
    /* Some times a second, while nothing is built; anything but 0 ends the tuning with
     * FM_E_INTERRUPTED. */
    int (*progress)(void *user, const fm_tune_progress *progress);
    void (*tried)(void *user, const fm_tune_trial *trial, const fm_tune_progress *progress);
} fm_tune_observer;

typedef struct fm_tune_result {
    fm_tuned best;
    fm_choices built_in;
    int in_groups; /* which choices count: as in fm_choice */
    size_t tried, refused;
    int complete; /* the search came to its end */
    int kept;     /* in the cache */
} fm_tune_result;

/* Searches for the choices with which the device trains this network fastest. A candidate is built,
 * compared with the reference, must end a few steps with the bits of the built-in choices, and is
 * then timed in turn with the best so far, on generated images; the first is what an earlier tuning
 * of this network and batch size kept, however little time there is. The best is kept whenever one
 * is found, in a file that is replaced where fm_tuning_read says FM_E_FORMAT of it; *out says what
 * is known also when it fails or is interrupted. FM_E_ARGUMENT on the reference, FM_E_WRONG when
 * the device computes wrongly with the built-in choices, FM_E_OPENCL, FM_E_MEMORY, FM_E_FILE. */
int fm_tune(fm_tune_result *out, const fm_device_list *list, int number,
            const fm_tune_options *options, const fm_tune_observer *observer, fm_error *error);

#endif
