/* The training loop over epochs and batches.
 *
 * All images stay on the device in one array. One order covers them: first the training set,
 * shuffled for each epoch, then the validation set. So a batch is a range of positions in the
 * order, and the outcome of an image is stored at its position. During an epoch the host only
 * queues work. It reads outcomes at the end of the epoch, and whenever the queue is empty anyway,
 * so that a non-finite loss ends the training soon. */
#include "fmnist_cl/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "backend/device.h"
#include "base/clock.h"
#include "base/memory.h"
#include "nn/network.h"
#include "nn/schedule.h"
#include "train/divergence.h"
#include "train/order.h"
#include "train/state.h"
#include "train/throttle.h"

static const double usual_checkpoint_seconds = 60;

typedef struct trainer {
    const fm_train_options *options;
    const fm_observer *observer;
    const fm_images *images;
    fm_backend *backend;
    fm_split split;
    fm_network *network;
    fm_samples *samples;
    fm_outcomes *outcomes;
    /* steps and position include queued work; all other members are as at the last capture().
     * losses and classes have room for all images, and hold the outcomes that were read. */
    fm_train_state *state;
    uint32_t *order;      /* [images->count]: the training set, then the validation set */
    uint32_t *scratch;    /* temporary space of the same size */
    fm_snapshot now;      /* the last read; copied to the state if it is finite */
    uint64_t good_steps;  /* updates at the last capture() */
    size_t good_position; /* images of the epoch at the last capture() */
    size_t known;         /* outcomes of this epoch read so far: positions 0 to known - 1 */
    size_t from, counted; /* the outcomes that are in the sums, which the progress shows */
    double loss_sum;
    size_t hits;
    double began;      /* clock at the start or resume of this training */
    double images_had; /* images trained on before `began` */
    double saved;      /* clock of the last checkpoint */
    fm_throttle throttle, val_throttle;
} trainer;

/* explain() adds the step and the operation. */
static int diverged(fm_error *error) {
    fm_error_set(error, FM_E_DIVERGED, "training", "non-finite loss or weights (NaN or Inf)");
    return fm_error_hint(error, "a smaller learning rate often helps");
}

/* Reads the outcomes up to position `end` that are not known yet. Waits for queued work. */
static int read_outcomes(trainer *t, size_t end, fm_error *error) {
    const size_t from = t->known;
    if (from >= end)
        return FM_OK;
    t->known = end;
    return fm_outcomes_read(t->state->losses + from, t->state->classes + from, t->outcomes, from,
                            end - from, error);
}

static int is_hit(const trainer *t, size_t position) {
    return t->state->classes[position] == t->images->label[t->order[position]];
}

/* The means of `count` outcomes from position `first` on. */
static int read_score(fm_score *out, trainer *t, size_t first, size_t count, fm_error *error) {
    double losses = 0;
    size_t hits = 0;
    int status = read_outcomes(t, first + count, error);
    if (status)
        return status;
    for (size_t i = first; i < first + count; i++) {
        losses += (double)t->state->losses[i];
        hits += (size_t)is_hit(t, i);
    }
    *out = (fm_score){.loss = losses / (double)count, .accuracy = (double)hits / (double)count};
    return isfinite(losses) ? FM_OK : diverged(error);
}

/* Images of all planned epochs; an image counts once per epoch. */
static double planned_images(const trainer *t) {
    const fm_train_options *o = t->options;
    size_t images = t->split.train_count;
    uint64_t steps = (images + o->batch_size - 1) / o->batch_size; /* per epoch */
    uint64_t epochs = o->max_steps / steps, rest = o->max_steps % steps;
    double all = (double)o->epochs * (double)images;
    double limit = (double)epochs * (double)images + (double)rest * (double)o->batch_size;
    return o->max_steps && limit < all ? limit : all;
}

/* Reports the epoch's progress to the observer; `queued` steps of it may not have finished. */
static int report_progress(trainer *t, size_t queued, double epoch_began, fm_error *error) {
    const fm_train_options *o = t->options;
    const fm_train_state *s = t->state;
    if (!t->observer->progress)
        return FM_OK;
    size_t images = t->split.train_count, epoch = s->epochs + 1;
    size_t steps = (size_t)fm_train_state_epoch_steps(s, o->batch_size);
    size_t finished = queued < steps ? steps - queued : 0;
    size_t in_epoch = finished * o->batch_size < images ? finished * o->batch_size : images;
    double now = fm_clock_seconds(), elapsed = now - epoch_began;
    double so_far = (double)s->epochs * (double)images + (double)in_epoch;
    double had = so_far - t->images_had;
    const size_t scored = t->counted - t->from;
    fm_progress progress = {
        .scored = scored,
        .running = {scored ? t->loss_sum / (double)scored : 0,
                    scored ? (double)t->hits / (double)scored : 0},
        .epoch = epoch,
        .epochs = o->epochs,
        .images_done = in_epoch,
        .images = images,
        .images_per_s = elapsed > 0 ? (double)in_epoch / elapsed : 0,
        .seconds_left = had > 0 ? (now - t->began) * (planned_images(t) - so_far) / had : -1,
    };
    if (t->observer->progress(t->observer->user, &progress))
        return fm_error_set(error, FM_E_INTERRUPTED, "training",
                            "stopped in epoch %zu after %" PRIu64 " steps", epoch, s->steps);
    return FM_OK;
}

static int limit_reached(const trainer *t) {
    return t->options->max_steps && t->state->steps >= t->options->max_steps;
}

/* Reads, checks and counts the outcomes of this epoch. */
static int read_losses(trainer *t, fm_error *error) {
    int status = read_outcomes(t, t->state->position, error);
    for (; !status && t->counted < t->state->position; t->counted++) {
        const float loss = t->state->losses[t->counted];
        t->loss_sum += (double)loss;
        t->hits += (size_t)is_hit(t, t->counted);
        if (!isfinite(loss))
            status = diverged(error);
    }
    return status;
}

/* ---- Checkpoints ---- */

/* Waits for queued work and copies the state to the host. If it is not finite, the last good state
 * is kept. */
static int capture(trainer *t, fm_error *error) {
    fm_train_state *s = t->state;
    int status = fm_snapshot_take(&t->now, t->network, error);
    if (!status && !fm_snapshot_is_finite(&t->now))
        return diverged(error);
    if (!status)
        status = read_losses(t, error);
    if (!status && s->steps)
        status = fm_train_state_add_slots(s, t->now.slots, error);
    if (status)
        return status;
    fm_weights_copy(s->weights, t->now.slot[0]);
    for (size_t i = 0; i < s->slot_count; i++)
        fm_weights_copy(s->slot[i], t->now.slot[i + 1]);
    t->good_steps = s->steps;
    t->good_position = s->position;
    return FM_OK;
}

/* Adds to the error where the training diverged. */
static int explain(trainer *t, fm_error *error) {
    fm_error found = {0};
    const fm_divergence divergence = {
        .network = t->network,
        .samples = t->samples,
        .outcomes = t->outcomes,
        .images = t->images,
        .order = t->order,
        .options = t->options,
        .state = t->state,
        .good_steps = t->good_steps,
        .good_position = t->good_position,
        .val_first = t->split.train_count,
        .val_count = t->split.val_count,
    };
    /* If the search fails, keep the general error: the training diverged. */
    if (fm_divergence_explain(&divergence, &found) == FM_E_DIVERGED && error)
        *error = found;
    return FM_E_DIVERGED;
}

/* A callback ended the training: with the error that it recorded, else as an interruption. */
static int ended(const trainer *t, fm_error recorded, const char *when, fm_error *error) {
    if (!recorded.status)
        fm_error_set(&recorded, FM_E_INTERRUPTED, "training", "stopped %s after %" PRIu64 " steps",
                     when, t->state->steps);
    if (error)
        *error = recorded;
    return recorded.status;
}

/* Passes the captured state to the observer. */
static int hand_over(trainer *t, fm_error *error) {
    fm_error recorded = {0};
    t->saved = fm_clock_seconds();
    if (!t->observer->checkpoint ||
        !t->observer->checkpoint(t->observer->user, t->state, &recorded))
        return FM_OK;
    return ended(t, recorded, "at a checkpoint", error);
}

static int checkpoint_if_due(trainer *t, double epoch_began, fm_error *error) {
    double interval = t->observer->checkpoint_seconds, now = fm_clock_seconds();
    if (!t->observer->checkpoint ||
        now - t->saved < (interval > 0 ? interval : usual_checkpoint_seconds))
        return FM_OK;
    t->state->seconds = now - epoch_began;
    int status = capture(t, error);
    return status ? status : hand_over(t, error);
}

/* ---- An epoch ---- */

/* Trains on the rest of the training set. */
static int train_epoch(fm_epoch *out, trainer *t, fm_error *error) {
    const fm_train_options *o = t->options;
    fm_train_state *s = t->state;
    size_t count = t->split.train_count, queued = 0;
    double began = fm_clock_seconds() - s->seconds; /* as if the epoch had not been interrupted */
    fm_order_epoch(t->order, t->scratch, &t->split, t->images->label, o->batch_size, o->shuffle,
                   o->seed, s->epochs + 1);
    t->known = t->counted = s->position;
    t->loss_sum = 0;
    t->hits = 0;
    t->from = s->position;
    int status = fm_samples_set_order(t->samples, t->order, t->images->count, error);
    fm_throttle_begin(&t->throttle, t->backend);
    while (!status && s->position < count && !limit_reached(t)) {
        size_t left = count - s->position, rows = left < o->batch_size ? left : o->batch_size;
        const fm_batch batch = {.step = s->steps + 1,
                                .epoch = s->epochs + 1,
                                .seed = o->seed,
                                .first = s->position,
                                .rows = rows};
        status = fm_network_step(&queued, t->network, t->samples, t->outcomes, &batch, error);
        if (status)
            break;
        s->position += rows;
        s->steps++;
        status = fm_throttle_add(&t->throttle, rows, error);
        if (!status && t->throttle.queued == 0) /* then reading does not wait */
            status = read_losses(t, error);
        s->seconds = fm_clock_seconds() - began;
        if (!status)
            status = report_progress(t, queued, began, error);
        if (!status && s->position < count)
            status = checkpoint_if_due(t, began, error);
    }
    if (status)
        return status;
    *out = (fm_epoch){.number = s->epochs + 1, .lr = o->optimizer.lr};
    out->steps = (size_t)fm_train_state_epoch_steps(s, o->batch_size);
    status = read_score(&out->train, t, 0, s->position, error);
    out->seconds = fm_clock_seconds() - began;
    out->images_per_s = out->seconds > 0 ? (double)s->position / out->seconds : 0;
    return status;
}

/* Scores the validation set, which follows the training set in the order. */
static int validate(fm_epoch *epoch, trainer *t, fm_error *error) {
    size_t first = t->split.train_count, end = first + t->split.val_count;
    int status = FM_OK;
    if (!t->split.val_count)
        return FM_OK;
    t->known = first;
    fm_throttle_begin(&t->val_throttle, t->backend);
    for (size_t i = first; !status && i < end; i += t->network->capacity) {
        size_t rows = end - i < t->network->capacity ? end - i : t->network->capacity;
        status = fm_network_score(t->network, t->samples, t->outcomes, i, rows, error);
        if (!status)
            status = fm_throttle_add(&t->val_throttle, rows, error);
        if (!status)
            status = report_progress(t, 0, fm_clock_seconds() - epoch->seconds, error);
    }
    if (!status)
        status = read_score(&epoch->val, t, first, t->split.val_count, error);
    epoch->has_val = !status;
    return status;
}

/* Reports the last epoch to the observer. */
static int report_epoch(trainer *t, fm_error *error) {
    fm_error recorded = {0};
    const fm_epoch *last = &t->state->history[t->state->epochs - 1];
    if (!t->observer->epoch || !t->observer->epoch(t->observer->user, last, &recorded))
        return FM_OK;
    return ended(t, recorded, "at the end of an epoch", error);
}

static int run_epoch(trainer *t, fm_error *error) {
    fm_train_state *s = t->state;
    fm_epoch figures;
    int status = train_epoch(&figures, t, error);
    if (!status)
        status = validate(&figures, t, error);
    if (!status)
        status = capture(t, error);
    if (!status)
        status = fm_train_state_add_epoch(s, &figures, error);
    if (status)
        return status;
    t->known = 0;
    t->good_position = 0;
    if (figures.has_val &&
        (!s->best_epoch || figures.val.accuracy > s->history[s->best_epoch - 1].val.accuracy))
        status = fm_train_state_keep_best(s, error);
    /* The observer has saved the state before the epoch is reported. */
    if (!status)
        status = hand_over(t, error);
    return status ? status : report_epoch(t, error);
}

/* ---- The training ---- */

/* Copies the optimizer's state of a resumed training to the network. */
static int write_state(trainer *t, fm_error *error) {
    const fm_train_state *s = t->state;
    int status = FM_OK;
    for (size_t i = 0; !status && i < s->slot_count; i++)
        status = fm_network_write_slot(t->network, i + 1, s->slot[i], error);
    return status;
}

static int trainer_create(trainer *t, fm_device *device, fm_error *error) {
    const fm_train_options *o = t->options;
    const fm_network_setup setup = {
        .batch_size = o->batch_size, .optimizer = &o->optimizer, .loss = o->loss};
    size_t count = t->images->count;
    t->backend = fm_device_backend(device);
    int status = fm_memory_allocate(&t->order, count, sizeof *t->order, "the order", error);
    if (!status)
        status = fm_memory_allocate(&t->scratch, count, sizeof *t->scratch, "the order", error);
    if (!status)
        status = fm_train_state_reserve(t->state, count, error);
    if (!status)
        status = fm_samples_create(&t->samples, t->backend, t->images, error);
    if (!status)
        status = fm_outcomes_create(&t->outcomes, t->backend, count, error);
    if (!status)
        status = fm_network_create_on(&t->network, t->backend, t->state->weights, &setup, error);
    if (!status)
        status = write_state(t, error);
    if (!status)
        status = fm_snapshot_create(&t->now, fm_weights_architecture(t->state->weights),
                                    fm_schedule_slots(&o->optimizer), error);
    if (!status && t->split.val_count)
        fm_order_by_class(t->order + t->split.train_count, t->split.val, t->split.val_count,
                          t->images->label);
    return status;
}

static void trainer_free(trainer *t) {
    fm_snapshot_free(&t->now);
    fm_network_free(t->network);
    fm_outcomes_free(t->outcomes);
    fm_samples_free(t->samples);
    free(t->scratch);
    free(t->order);
    fm_split_free(&t->split);
}

static int check_images(const fm_images *images, const fm_architecture *a, fm_error *error) {
    if (images->pixels != a->inputs)
        return fm_error_set(error, FM_E_ARGUMENT, "training",
                            "images have %zu pixels; the network has %zu inputs", images->pixels,
                            a->inputs);
    for (size_t i = 0; i < images->count; i++)
        if (images->label[i] >= a->outputs)
            return fm_error_set(error, FM_E_ARGUMENT, "training",
                                "image %zu has label %u; the network has %zu outputs", i,
                                images->label[i], a->outputs);
    return FM_OK;
}

/* Checks that a training with these options could have produced the state. */
static int check_state(const trainer *t, fm_error *error) {
    const fm_train_state *s = t->state;
    const fm_train_options *o = t->options;
    uint64_t steps = fm_train_state_epoch_steps(s, o->batch_size);
    size_t images = t->split.train_count;
    int fits = s->position <= images &&
               (s->position % o->batch_size == 0 || s->position == images) &&
               (s->best_epoch == 0) == (s->best == NULL) && s->best_epoch <= s->epochs &&
               s->slot_count == (s->steps ? fm_schedule_slots(&o->optimizer) : 0);
    for (size_t i = 0; i < s->epochs; i++) {
        steps += s->history[i].steps;
        fits = fits && s->history[i].has_val == (t->split.val_count > 0);
    }
    if (!fits || steps != s->steps)
        return fm_error_set(error, FM_E_ARGUMENT, "training",
                            "the state does not match these options");
    return FM_OK;
}

/* Saves the state after an interrupt. Keeps the interruption's error unless saving fails. */
static int keep_state(trainer *t, fm_error *error) {
    fm_error failure = {0};
    int status = capture(t, &failure);
    if (!status)
        status = hand_over(t, &failure);
    if (!status)
        return FM_E_INTERRUPTED;
    if (error)
        *error = failure;
    return status;
}

static void sum_up(fm_train_result *out, const fm_train_state *s) {
    *out = (fm_train_result){.epochs = s->epochs, .steps = s->steps, .best_epoch = s->best_epoch};
    for (size_t i = 0; i < s->epochs; i++)
        out->train_seconds += s->history[i].seconds;
    if (s->epochs)
        out->last = s->history[s->epochs - 1];
}

static int train(fm_train_result *out, trainer *t, fm_device *device, fm_error *error) {
    const fm_train_options *o = t->options;
    fm_train_state *s = t->state;
    *out = (fm_train_result){0};
    int status = fm_train_options_check(o, t->images->count, error);
    if (!status)
        status = check_images(t->images, fm_weights_architecture(s->weights), error);
    if (!status)
        status = fm_split_create(&t->split, t->images->count, o->val_fraction, o->seed, o->shuffle,
                                 error);
    if (!status)
        status = check_state(t, error);
    if (!status)
        status = trainer_create(t, device, error);
    t->began = t->saved = fm_clock_seconds();
    t->good_steps = s->steps;
    t->good_position = s->position;
    t->images_had = (double)s->epochs * (double)t->split.train_count + (double)s->position;
    while (!status && s->epochs < o->epochs && !limit_reached(t))
        status = run_epoch(t, error);
    if (status == FM_E_INTERRUPTED)
        status = keep_state(t, error);
    if (status == FM_E_DIVERGED)
        status = explain(t, error);
    sum_up(out, s);
    trainer_free(t);
    return status;
}

int fm_train_resume(fm_train_result *out, fm_train_state *state, fm_device *device,
                    const fm_images *images, const fm_train_options *options,
                    const fm_observer *observer, fm_error *error) {
    static const fm_observer none = {.user = NULL};
    trainer t = {.options = options,
                 .observer = observer ? observer : &none,
                 .images = images,
                 .state = state};
    return train(out, &t, device, error);
}

int fm_train(fm_train_result *out, fm_weights *weights, fm_device *device, const fm_images *images,
             const fm_train_options *options, const fm_observer *observer, fm_error *error) {
    fm_train_state state = {.weights = weights};
    int status = fm_train_resume(out, &state, device, images, options, observer, error);
    fm_train_state_clear(&state);
    return status;
}
