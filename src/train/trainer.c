/* The loop over epochs and batches.
 *
 * All images stay on the device in one piece. One order covers them: the training part first,
 * shuffled anew for each epoch, then the validation part; so a batch is a range of positions, and
 * what the loss says of an image is found at the image's position. Inside an epoch the host only
 * queues work; it reads the epoch's outcomes once, at its end. */
#include "fmnist_cl/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/network.h"
#include "ops/device.h"
#include "optim/schedule.h"

typedef struct trainer {
    const fm_train_options *options;
    const fm_observer *observer;
    const fm_images *images;
    fm_ops *ops;
    fm_split split;
    fm_network *network;
    fm_samples *samples;
    fm_outcomes *outcomes;
    fm_weights *weights;
    uint32_t *order;  /* [images->count]: the training part, then the validation part */
    float *losses;    /* [images->count], what was read from outcomes */
    uint8_t *classes; /* [images->count] */
    uint64_t step;    /* updates made since the training began */
    fm_score best;
    double began; /* clock when the first epoch began */
} trainer;

void fm_train_options_init(fm_train_options *out) {
    *out = (fm_train_options){
        .epochs = 10,
        .batch_size = 128,
        .loss = FM_CROSS_ENTROPY,
        .val_fraction = 0.2,
        .shuffle = 1,
    };
    fm_optimizer_init(&out->optimizer, FM_ADAM);
}

int fm_train_options_check(const fm_train_options *options, size_t images, fm_error *error) {
    if (!(options->val_fraction >= 0 && options->val_fraction < 1))
        return fm_error_set(error, FM_E_ARGUMENT, "val-fraction", "%g is not in [0, 1)",
                            options->val_fraction);
    size_t val = (size_t)round((double)images * options->val_fraction);
    if (val >= images)
        return fm_error_set(error, FM_E_ARGUMENT, "val-fraction",
                            "%g of %zu images leaves none to train on", options->val_fraction,
                            images);
    if (options->batch_size < 1 || options->batch_size > images - val)
        return fm_error_set(error, FM_E_ARGUMENT, "batch-size",
                            "%zu is not 1 to %zu, the number of training images",
                            options->batch_size, images - val);
    if ((int)options->loss < FM_CROSS_ENTROPY || options->loss > FM_MSE)
        return fm_error_set(error, FM_E_ARGUMENT, "loss", "%d is unknown", (int)options->loss);
    return fm_optimizer_check(&options->optimizer, error);
}

static void shuffle(trainer *t, size_t epoch) {
    fm_random random;
    memcpy(t->order, t->split.train, t->split.train_count * sizeof *t->order);
    if (!t->options->shuffle)
        return;
    /* Each epoch starts from the split and a stream of its own: it can be had without the ones
     * before it. */
    fm_random_seed(&random, t->options->seed, FM_STREAM_ORDER + epoch);
    fm_random_shuffle(&random, t->order, t->split.train_count);
}

/* Reads the outcomes of count positions from first on and takes their means. */
static int read_score(fm_score *out, trainer *t, size_t first, size_t count, fm_error *error) {
    int status = fm_outcomes_read(t->losses, t->classes, t->outcomes, first, count, error);
    if (status)
        return status;
    double losses = 0;
    size_t hits = 0;
    for (size_t i = 0; i < count; i++) {
        losses += (double)t->losses[i];
        hits += t->classes[i] == t->images->label[t->order[first + i]];
    }
    *out = (fm_score){.loss = losses / (double)count, .accuracy = (double)hits / (double)count};
    return FM_OK;
}

/* How many images all epochs will have trained on, each as often as it is. */
static double planned_images(const trainer *t) {
    const fm_train_options *o = t->options;
    size_t images = t->split.train_count;
    uint64_t steps = (images + o->batch_size - 1) / o->batch_size; /* of an epoch */
    double all = (double)o->epochs * (double)images;
    double limit = (double)(o->max_steps / steps) * (double)images +
                   (double)(o->max_steps % steps) * (double)o->batch_size;
    return o->max_steps && limit < all ? limit : all;
}

/* Tells the observer where the epoch stands when `finished` steps of it are done. */
static int report_progress(trainer *t, size_t epoch, size_t finished, double epoch_began,
                           fm_error *error) {
    const fm_train_options *o = t->options;
    if (!t->observer || !t->observer->progress)
        return FM_OK;
    size_t images = t->split.train_count;
    size_t in_epoch = finished * o->batch_size < images ? finished * o->batch_size : images;
    double now = fm_clock_seconds(), elapsed = now - epoch_began;
    double all = planned_images(t);
    double so_far = (double)(epoch - 1) * (double)images + (double)in_epoch;
    fm_progress progress = {
        .epoch = epoch,
        .epochs = o->epochs,
        .images_done = in_epoch,
        .images = images,
        .images_per_s = elapsed > 0 ? (double)in_epoch / elapsed : 0,
        .seconds_left = so_far > 0 ? (now - t->began) * (all - so_far) / so_far : -1,
    };
    if (t->observer->progress(t->observer->user, &progress))
        return fm_error_set(error, FM_E_INTERRUPTED, "training",
                            "stopped in epoch %zu after %" PRIu64 " steps", epoch, t->step);
    return FM_OK;
}

static int limit_reached(const trainer *t) {
    return t->options->max_steps && t->step >= t->options->max_steps;
}

/* The training part of one epoch. */
static int train_epoch(fm_epoch *out, trainer *t, size_t epoch, fm_error *error) {
    const fm_train_options *o = t->options;
    size_t count = t->split.train_count, first = 0;
    double began = fm_clock_seconds();
    size_t queued = 0;
    *out = (fm_epoch){.number = epoch, .lr = o->optimizer.lr};
    shuffle(t, epoch);
    int status = fm_samples_set_order(t->samples, t->order, t->images->count, error);
    while (!status && first < count && !limit_reached(t)) {
        size_t rows = count - first < o->batch_size ? count - first : o->batch_size;
        fm_update update;
        fm_schedule_update(&update, &o->optimizer, t->step + 1);
        status = fm_network_step(t->network, t->samples, t->outcomes, o->loss, &update, first, rows,
                                 error);
        if (status)
            break;
        first += rows;
        t->step++;
        out->steps++;
        status = fm_ops_mark(t->ops, &queued, error);
        if (!status)
            status = report_progress(t, epoch, queued < out->steps ? out->steps - queued : 0, began,
                                     error);
    }
    if (status)
        return status;
    status = read_score(&out->train, t, 0, first, error);
    out->seconds = fm_clock_seconds() - began;
    out->images_per_s = out->seconds > 0 ? (double)first / out->seconds : 0;
    if (!status && !isfinite(out->train.loss)) {
        fm_error_set(error, FM_E_DIVERGED, "training",
                     "the loss is not a finite number any more in epoch %zu", epoch);
        return fm_error_hint(error, "a smaller learning rate often helps");
    }
    return status;
}

/* Scores the validation part, which follows the training part in the order. */
static int validate(fm_epoch *epoch, trainer *t, fm_error *error) {
    size_t first = t->split.train_count, end = first + t->split.val_count;
    int status = FM_OK;
    if (!t->split.val_count)
        return FM_OK;
    for (size_t i = first; !status && i < end; i += t->network->capacity) {
        size_t rows = end - i < t->network->capacity ? end - i : t->network->capacity;
        status =
            fm_network_score(t->network, t->samples, t->outcomes, t->options->loss, i, rows, error);
    }
    if (!status)
        status = read_score(&epoch->val, t, first, t->split.val_count, error);
    epoch->has_val = !status;
    return status;
}

/* Tells the observer of an epoch. What it records is why the training ends; else it was stopped. */
static int report_epoch(trainer *t, const fm_epoch *figures, int is_best, fm_error *error) {
    fm_error recorded = {0};
    if (!t->observer || !t->observer->epoch ||
        !t->observer->epoch(t->observer->user, figures, t->weights, is_best, &recorded))
        return FM_OK;
    if (!recorded.status)
        fm_error_set(&recorded, FM_E_INTERRUPTED, "training",
                     "stopped after epoch %zu and %" PRIu64 " steps", figures->number, t->step);
    if (error)
        *error = recorded;
    return recorded.status;
}

static int run_epoch(fm_train_result *out, trainer *t, size_t epoch, fm_error *error) {
    fm_epoch figures;
    int status = train_epoch(&figures, t, epoch, error);
    if (!status)
        status = validate(&figures, t, error);
    if (!status)
        status = fm_network_read(t->weights, t->network, error);
    if (status)
        return status;
    int is_best = figures.has_val && (!out->best_epoch || figures.val.accuracy > t->best.accuracy);
    if (is_best) {
        t->best = figures.val;
        out->best_epoch = epoch;
    }
    out->epochs = epoch;
    out->last = figures;
    out->train_seconds += figures.seconds;
    return report_epoch(t, &figures, is_best, error);
}

static int trainer_create(trainer *t, fm_device *device, fm_error *error) {
    const fm_train_options *o = t->options;
    size_t count = t->images->count;
    t->ops = fm_device_ops(device);
    int status = fm_split_create(&t->split, count, o->val_fraction, o->seed, o->shuffle, error);
    if (!status)
        status = fm_memory_allocate(&t->order, count, sizeof *t->order, "the order", error);
    if (!status)
        status = fm_memory_allocate(&t->losses, count, sizeof *t->losses, "losses", error);
    if (!status)
        status = fm_memory_allocate(&t->classes, count, 1, "classes", error);
    if (!status)
        status = fm_samples_create(&t->samples, t->ops, t->images, error);
    if (!status)
        status = fm_outcomes_create(&t->outcomes, t->ops, count, error);
    if (!status)
        status =
            fm_network_create(&t->network, device, t->weights, o->batch_size, &o->optimizer, error);
    if (!status && t->split.val_count)
        memcpy(t->order + t->split.train_count, t->split.val,
               t->split.val_count * sizeof *t->order);
    return status;
}

static void trainer_free(trainer *t) {
    fm_network_free(t->network);
    fm_outcomes_free(t->outcomes);
    fm_samples_free(t->samples);
    free(t->classes);
    free(t->losses);
    free(t->order);
    fm_split_free(&t->split);
}

static int check_images(const fm_images *images, const fm_architecture *a, fm_error *error) {
    if (images->pixels != a->inputs)
        return fm_error_set(error, FM_E_ARGUMENT, "training",
                            "images of %zu pixels for a network of %zu inputs", images->pixels,
                            a->inputs);
    for (size_t i = 0; i < images->count; i++)
        if (images->label[i] >= a->outputs)
            return fm_error_set(error, FM_E_ARGUMENT, "training",
                                "image %zu has label %u, the network %zu outputs", i,
                                images->label[i], a->outputs);
    return FM_OK;
}

/* Who interrupts keeps what was learnt until then; only when that fails is it another failure. */
static int keep_weights(trainer *t, fm_error *error) {
    fm_error failure;
    int status = fm_network_read(t->weights, t->network, &failure);
    if (!status)
        return FM_E_INTERRUPTED;
    if (error)
        *error = failure;
    return status;
}

int fm_train(fm_train_result *out, fm_weights *weights, fm_device *device, const fm_images *images,
             const fm_train_options *options, const fm_observer *observer, fm_error *error) {
    trainer t = {.options = options, .observer = observer, .images = images, .weights = weights};
    *out = (fm_train_result){0};
    int status = fm_train_options_check(options, images->count, error);
    if (!status)
        status = check_images(images, fm_weights_architecture(weights), error);
    if (status)
        return status;
    status = trainer_create(&t, device, error);
    t.began = fm_clock_seconds();
    for (size_t epoch = 1; !status && epoch <= options->epochs && !limit_reached(&t); epoch++)
        status = run_epoch(out, &t, epoch, error);
    if (status == FM_E_INTERRUPTED)
        status = keep_weights(&t, error);
    out->steps = t.step;
    trainer_free(&t);
    return status;
}
