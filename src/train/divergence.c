#include "train/divergence.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/reference/reference.h"
#include "base/memory.h"
#include "nn/schedule.h"
#include "train/non_finite.h"

typedef struct search {
    const fm_divergence *d;
    fm_snapshot good; /* the last finite state, */
    uint64_t steps;   /* after this many updates */
    size_t position;  /* and images of the epoch */
    fm_snapshot next; /* the state after the steps repeated last */
    float *losses;    /* of the images since the good state, or of the validation set */
} search;

static size_t batch_at(const fm_divergence *d, size_t position) {
    size_t left = d->state->position - position;
    return left < d->options->batch_size ? left : d->options->batch_size;
}

static int are_finite(const float *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return 0;
    return 1;
}

static int step(fm_network *network, fm_samples *samples, fm_outcomes *outcomes,
                const fm_divergence *d, uint64_t number, size_t position, fm_error *error) {
    size_t queued;
    const fm_batch batch = {.step = number,
                            .epoch = d->state->epochs + 1,
                            .seed = d->options->seed,
                            .first = position,
                            .rows = batch_at(d, position)};
    return fm_network_step(&queued, network, samples, outcomes, &batch, error);
}

/* Continues from the good state by at most `count` steps. If everything is finite after them, this
 * is the new good state; otherwise sets *failed and keeps the good state. */
static int advance(int *failed, search *s, size_t count, fm_error *error) {
    const fm_divergence *d = s->d;
    size_t position = s->position;
    uint64_t steps = s->steps;
    int status = fm_snapshot_put(d->network, &s->good, error);
    for (size_t i = 0; !status && i < count && position < d->state->position; i++) {
        status = step(d->network, d->samples, d->outcomes, d, ++steps, position, error);
        position += batch_at(d, position);
    }
    if (!status)
        status = fm_snapshot_take(&s->next, d->network, error);
    if (!status)
        status = fm_outcomes_read(s->losses, NULL, d->outcomes, s->position, position - s->position,
                                  error);
    if (status)
        return status;
    *failed = !fm_snapshot_is_finite(&s->next) || !are_finite(s->losses, position - s->position);
    if (!*failed) {
        const fm_snapshot earlier = s->good;
        s->good = s->next;
        s->next = earlier;
        s->steps = steps;
        s->position = position;
    }
    return FM_OK;
}

/* Advances the good state to the step that fails; *found is 0 if none does. With strides of the
 * square root of all steps, the search reads the state least often. */
static int find_step(int *found, search *s, fm_error *error) {
    const size_t end = s->d->state->position, batch = s->d->options->batch_size;
    const size_t count = (end - s->position + batch - 1) / batch;
    const size_t stride = (size_t)ceil(sqrt((double)count));
    int status = FM_OK;
    *found = 0;
    while (!status && !*found && s->position < end)
        status = advance(found, s, stride, error);
    if (!*found)
        return status;
    /* The stride fails again, unless the device computes differently each time. */
    *found = 0;
    while (!status && !*found && s->position < end)
        status = advance(found, s, 1, error);
    return status;
}

/* Repeats a batch on the reference, from the good state: its step, or without is_step its scoring.
 * The text stays empty if everything is finite there. */
static int trace(fm_non_finite *found, const search *s, size_t position, size_t rows, int is_step,
                 fm_error *error) {
    const fm_divergence *d = s->d;
    const fm_network_setup setup = {.batch_size = d->options->batch_size,
                                    .optimizer = &d->options->optimizer,
                                    .loss = d->options->loss};
    fm_backend *reference = NULL;
    fm_network *network = NULL;
    fm_samples *samples = NULL;
    fm_outcomes *outcomes = NULL;
    *found = (fm_non_finite){{0}};
    int status = fm_reference_create(&reference, error);
    if (!status)
        status = fm_network_create_on(&network, reference, s->good.slot[0], &setup, error);
    if (!status)
        status = fm_snapshot_put(network, &s->good, error);
    if (!status)
        status = fm_samples_create(&samples, reference, d->images, error);
    if (!status)
        status = fm_samples_set_order(samples, d->order, d->images->count, error);
    if (!status)
        status = fm_outcomes_create(&outcomes, reference, d->images->count, error);
    if (!status)
        fm_reference_observe(reference, fm_non_finite_trace, found);
    if (!status && is_step)
        status = step(network, samples, outcomes, d, s->steps + 1, position, error);
    else if (!status)
        status = fm_network_score(network, samples, outcomes, position, rows, error);
    fm_outcomes_free(outcomes);
    fm_samples_free(samples);
    fm_network_free(network);
    fm_backend_free(reference);
    return status;
}

static int record(fm_error *error, const char *when, const fm_non_finite *found) {
    if (found->text[0]) {
        fm_error_set(error, FM_E_DIVERGED, "training",
                     "non-finite loss or weights (NaN or Inf): %s, first in %s", when, found->text);
        fm_error_hint(error, "a smaller learning rate often helps");
    } else {
        fm_error_set(
            error, FM_E_DIVERGED, "training",
            "non-finite loss or weights (NaN or Inf): %s; on the reference they stay finite", when);
        /* A float may overflow; the reference sums in double. */
        fm_error_hint(error, "try a smaller learning rate, or check the device with: "
                             "fmnist-cl devices --check");
    }
    return FM_E_DIVERGED;
}

static int explain_step(const search *s, size_t epoch, fm_error *error) {
    fm_non_finite found;
    char when[96];
    int status = trace(&found, s, s->position, 0, 1, error);
    if (status)
        return status;
    snprintf(when, sizeof when, "epoch %zu, step %zu (%" PRIu64 " in all)", epoch,
             s->position / s->d->options->batch_size + 1, s->steps + 1);
    return record(error, when, &found);
}

/* No step fails, but the validation may. The good state is the current one. */
static int explain_validation(search *s, size_t epoch, fm_error *error) {
    const fm_divergence *d = s->d;
    const size_t end = d->val_first + d->val_count, capacity = d->network->capacity;
    fm_non_finite found;
    char when[96];
    int status = FM_OK, failed = 0;
    size_t first = d->val_first, rows = 0;
    for (; !status && first < end; first += rows) {
        rows = end - first < capacity ? end - first : capacity;
        status = fm_network_score(d->network, d->samples, d->outcomes, first, rows, error);
        if (!status)
            status = fm_outcomes_read(s->losses, NULL, d->outcomes, first, rows, error);
        failed = !status && !are_finite(s->losses, rows);
        if (failed)
            break;
    }
    if (!status && failed)
        status = trace(&found, s, first, rows, 0, error);
    if (status)
        return status;
    if (!failed) {
        fm_error_set(
            error, FM_E_DIVERGED, "training",
            "non-finite loss or weights (NaN or Inf): epoch %zu; when the epoch was repeated "
            "they stayed finite",
            epoch);
        return fm_error_hint(error, "the device computes differently each time; check it with: "
                                    "fmnist-cl devices --check");
    }
    snprintf(when, sizeof when, "epoch %zu, validation after step %" PRIu64, epoch, s->steps);
    return record(error, when, &found);
}

static int start(search *s, fm_error *error) {
    const fm_train_state *state = s->d->state;
    const fm_architecture *a = fm_weights_architecture(state->weights);
    const size_t slots = fm_schedule_slots(&s->d->options->optimizer);
    int status =
        fm_memory_allocate(&s->losses, s->d->images->count, sizeof *s->losses, "losses", error);
    if (!status)
        status = fm_snapshot_create(&s->good, a, slots, error);
    if (!status)
        status = fm_snapshot_create(&s->next, a, slots, error);
    if (status)
        return status;
    fm_weights_copy(s->good.slot[0], state->weights);
    for (size_t i = 0; i < state->slot_count; i++)
        fm_weights_copy(s->good.slot[i + 1], state->slot[i]);
    return FM_OK;
}

int fm_divergence_explain(const fm_divergence *divergence, fm_error *error) {
    search s = {
        .d = divergence, .steps = divergence->good_steps, .position = divergence->good_position};
    const size_t epoch = divergence->state->epochs + 1;
    int found = 0;
    int status = start(&s, error);
    if (!status)
        status = find_step(&found, &s, error);
    if (!status)
        status = found ? explain_step(&s, epoch, error) : explain_validation(&s, epoch, error);
    fm_snapshot_free(&s.next);
    fm_snapshot_free(&s.good);
    free(s.losses);
    return status;
}
