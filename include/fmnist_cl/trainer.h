/* Trains a network on the training part of a split, and validates it on the rest after each epoch.
 */
#ifndef FMNIST_CL_TRAINER_H
#define FMNIST_CL_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/decls.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/loss.h"
#include "fmnist_cl/optimizer.h"
#include "fmnist_cl/train_state.h"
#include "fmnist_cl/weights.h"

FM_BEGIN_DECLS

typedef struct fm_train_options {
    size_t epochs;      /* 0: nothing is trained */
    size_t batch_size;  /* 1 to the number of training images; the last batch may be smaller */
    uint64_t max_steps; /* stop after this many updates; 0: no limit */
    enum fm_loss loss;
    fm_optimizer optimizer;
    double val_fraction; /* [0, 1); 0: no validation */
    int shuffle;         /* 0: file order, and the split takes the first part for training */
    uint64_t seed;       /* of the split and of the order in each epoch */
} fm_train_options;

/* 10 epochs, batches of 128, Adam at 0.003, cross-entropy, 0.2 for validation, shuffled, seed 0. */
void fm_train_options_init(fm_train_options *out);

/* FM_E_ARGUMENT if a member is out of range for this number of images. */
int fm_train_options_check(const fm_train_options *options, size_t images, fm_error *error);

/* The progress of the current epoch. */
typedef struct fm_progress {
    size_t epoch, epochs; /* current from 1, planned */
    size_t images_done,
        images;          /* of this epoch; images_done counts finished work, not queued work */
    double images_per_s; /* since the start of the epoch; 0 while nothing has finished */
    double seconds_left; /* of the whole training, estimated; negative while unknown */
    size_t scored;       /* images of this epoch whose results have been read, at most two times per
                          * second */
    fm_score running;    /* their mean loss and accuracy; undefined while scored is 0 */
} fm_progress;

/* Callbacks of the trainer. Any member may be NULL. If a callback returns a value other than 0, the
 * training stops at the next step with FM_E_INTERRUPTED. */
typedef struct fm_observer {
    void *user;
    int (*progress)(void *user, const fm_progress *progress);
    int (*epoch)(void *user, const fm_epoch *epoch, fm_error *error); /* after each epoch */
    /* Called with the complete state for resuming: after each epoch, every checkpoint_seconds
     * within an epoch, and when the training is interrupted. */
    int (*checkpoint)(void *user, const fm_train_state *state, fm_error *error);
    double checkpoint_seconds; /* 0: 60 seconds */
} fm_observer;

typedef struct fm_train_result {
    size_t epochs;        /* includes an epoch that max_steps ended early */
    uint64_t steps;       /* updates made */
    size_t best_epoch;    /* 0 without validation or without an epoch */
    fm_epoch last;        /* results of the last epoch */
    double train_seconds; /* sum over all epochs, without validation */
} fm_train_result;

/* Trains `weights` in place. On return they are the weights after the last update, also after an
 * interruption. The observer may be NULL. A non-finite loss or weight stops the training with
 * FM_E_DIVERGED; the trainer checks losses about twice per second, and weights after each epoch and
 * at each checkpoint. Other errors: FM_E_ARGUMENT, FM_E_MEMORY, FM_E_OPENCL, or the error that an
 * observer's callback recorded. */
int fm_train(fm_train_result *out, fm_weights *weights, fm_device *device, const fm_images *images,
             const fm_train_options *options, const fm_observer *observer, fm_error *error);

/* Resumes a training from a state and updates the state, also after an interruption. After any
 * other failure, the state is that of the last checkpoint or unusable. With the same options,
 * images and device, the result is bit-identical to an uninterrupted training. options->epochs may
 * be larger than before. *out covers all epochs, including those before the resume. FM_E_ARGUMENT
 * if the state does not fit the options or images; other errors as in fm_train. */
int fm_train_resume(fm_train_result *out, fm_train_state *state, fm_device *device,
                    const fm_images *images, const fm_train_options *options,
                    const fm_observer *observer, fm_error *error);

FM_END_DECLS

#endif
