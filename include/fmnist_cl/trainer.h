/* Trains a network on the training part of a split, validates on the rest after each epoch. */
#ifndef FMNIST_CL_TRAINER_H
#define FMNIST_CL_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/dataset.h"
#include "fmnist_cl/device.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/loss.h"
#include "fmnist_cl/optimizer.h"
#include "fmnist_cl/train_state.h"
#include "fmnist_cl/weights.h"

typedef struct fm_train_options {
    size_t epochs;      /* 0: nothing is trained */
    size_t batch_size;  /* 1 to the number of training images; the last batch may be smaller */
    uint64_t max_steps; /* stop after so many updates; 0: no limit */
    enum fm_loss loss;
    fm_optimizer optimizer;
    double val_fraction; /* [0, 1); 0: no validation */
    int shuffle;         /* 0: file order, and the split takes the first part for training */
    uint64_t seed;       /* of the split and of the order in each epoch */
} fm_train_options;

/* 10 epochs, batches of 128, Adam at 0.003, cross-entropy, 0.2 for validation, shuffled, seed 0. */
void fm_train_options_init(fm_train_options *out);

/* FM_E_ARGUMENT when a member is out of range for so many images. */
int fm_train_options_check(const fm_train_options *options, size_t images, fm_error *error);

/* Where an epoch stands while it runs. */
typedef struct fm_progress {
    size_t epoch, epochs;       /* current from 1, planned */
    size_t images_done, images; /* of this epoch; done lags behind what is queued, never ahead */
    double images_per_s;        /* since the epoch began */
    double seconds_left;        /* of the whole training, estimated; negative while unknown */
} fm_progress;

/* What the trainer tells while it works. Any member may be NULL. A callback that returns anything
 * but 0 stops the training at the next step with FM_E_INTERRUPTED. */
typedef struct fm_observer {
    void *user;
    int (*progress)(void *user, const fm_progress *progress);
    int (*epoch)(void *user, const fm_epoch *epoch, fm_error *error); /* after each epoch */
    /* With all that is needed to go on from here: after each epoch, each time that
     * checkpoint_seconds have passed within one, and when the training is interrupted. */
    int (*checkpoint)(void *user, const fm_train_state *state, fm_error *error);
    double checkpoint_seconds; /* 0: a minute */
} fm_observer;

typedef struct fm_train_result {
    size_t epochs;        /* completed or begun and stopped by max_steps */
    uint64_t steps;       /* updates made */
    size_t best_epoch;    /* 0 when there was no validation or no epoch */
    fm_epoch last;        /* figures of the last epoch */
    double train_seconds; /* training parts of all epochs */
} fm_train_result;

/* Trains `weights` in place: on return they are those after the last update, also when it was
 * interrupted. The observer may be NULL. A loss or weight that is not finite ends the training
 * with FM_E_DIVERGED: losses are looked at about twice a second, weights after each epoch and with
 * each checkpoint. Other errors: FM_E_ARGUMENT, FM_E_MEMORY,
 * FM_E_OPENCL, or what the observer's epoch recorded. */
int fm_train(fm_train_result *out, fm_weights *weights, fm_device *device, const fm_images *images,
             const fm_train_options *options, const fm_observer *observer, fm_error *error);

/* Goes on from a state, which on return is where the training stands now, also when it was
 * interrupted; after another failure it is as at the last checkpoint or of no use. With the same
 * options, images and device every bit is that of a training that was never stopped; more epochs
 * than were planned go on past the end. *out tells of all epochs, those before as well.
 * FM_E_ARGUMENT when the state is not one of such a training; the rest as for fm_train. */
int fm_train_resume(fm_train_result *out, fm_train_state *state, fm_device *device,
                    const fm_images *images, const fm_train_options *options,
                    const fm_observer *observer, fm_error *error);

#endif
