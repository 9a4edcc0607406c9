#include "study/trial.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/memory.h"
#include "base/number.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/network.h"
#include "io/json.h"
#include "io/settings_json.h"
#include "train/history.h"

/* ---- Running ---- */

typedef struct run {
    fm_trial *trial;
    const fm_trial_observer *observer;
    double share;
    double saved; /* time of the last checkpoint */
    int stopped;
} run;

static int on_progress(void *user, const fm_progress *progress) {
    run *r = user;
    r->stopped = r->observer->progress(r->observer->user, progress);
    return r->stopped;
}

static void add_epoch(const run *r, const fm_epoch *epoch) {
    fm_epoch *kept = &r->trial->curve[r->trial->epochs++];
    *kept = *epoch;
    kept->seconds = epoch->seconds / r->share;
    kept->images_per_s = epoch->images_per_s * r->share;
}

static int on_epoch(void *user, const fm_epoch *epoch, fm_error *error) {
    (void)error;
    add_epoch(user, epoch);
    return FM_OK;
}

/* Trials are short and numerous: a file after each epoch would cost more time than it saves. */
static int on_checkpoint(void *user, const fm_train_state *state, fm_error *error) {
    run *r = user;
    double now = fm_clock_seconds();
    if (!r->stopped && now - r->saved < r->observer->checkpoint_seconds)
        return FM_OK;
    r->saved = now;
    return fm_train_state_save(state, r->observer->note, r->observer->checkpoint, error);
}

/* Reads the checkpoint of an earlier run of the trial. NULL if it is damaged or of another trial;
 * then the trial starts from the beginning. */
static fm_train_state *read_checkpoint(const fm_trial_observer *observer, size_t most_epochs) {
    fm_train_state *state = NULL;
    char *note = NULL;
    if (fm_train_state_load(&state, &note, observer->checkpoint, NULL))
        return NULL;
    if (!fm_settings_text_agree(note, observer->note) || state->epochs > most_epochs) {
        fm_train_state_free(state);
        state = NULL;
    }
    free(note);
    return state;
}

static int make_state(fm_train_state **out, const run *r, const fm_settings *setup,
                      fm_error *error) {
    fm_weights *weights = NULL;
    *out = read_checkpoint(r->observer, setup->options.epochs);
    if (*out) {
        for (size_t i = 0; i < (*out)->epochs; i++)
            add_epoch(r, &(*out)->history[i]);
        return FM_OK;
    }
    int status = fm_weights_create(&weights, &setup->architecture, error);
    if (status)
        return status;
    fm_weights_randomize(weights, r->trial->seed);
    status = fm_train_state_create(out, weights, error);
    if (status)
        fm_weights_free(weights);
    return status;
}

static int train(fm_train_state *state, run *r, const fm_train_options *options, fm_device *device,
                 const fm_images *images, fm_error *error) {
    const fm_observer observer = {.user = r,
                                  .progress = on_progress,
                                  .epoch = on_epoch,
                                  .checkpoint = on_checkpoint,
                                  .checkpoint_seconds = r->observer->checkpoint_seconds};
    fm_train_result result;
    return fm_train_resume(&result, state, device, images, options, &observer, error);
}

/* Distinguishes a device without enough memory for a training, which still runs smaller ones, from
 * a broken device. */
static int still_works(fm_device *device) {
    const fm_architecture smallest = {.inputs = 1, .outputs = 1};
    const uint8_t pixel = 0, label = 0;
    const fm_images one = {1, 1, &pixel, &label};
    fm_weights *weights = NULL;
    fm_network *network = NULL;
    float logit;
    int status = fm_weights_create(&weights, &smallest, NULL);
    if (!status)
        status = fm_network_create(&network, device, weights, 1, NULL, NULL);
    if (!status)
        status = fm_network_predict(&logit, network, &one, NULL);
    fm_network_free(network);
    fm_weights_free(weights);
    return !status;
}

static int score_test(fm_trial *trial, const fm_settings *setup, fm_weights *weights,
                      fm_device *device, const fm_images *test, fm_error *error) {
    fm_network *network = NULL;
    fm_evaluation evaluation;
    int status = fm_network_create(&network, device, weights, FM_NETWORK_PREDICTIONS, NULL, error);
    if (!status)
        status = fm_evaluation_run(&evaluation, network, test, setup->options.loss, error);
    if (!status) {
        trial->tested = 1;
        trial->test = evaluation.score;
    }
    fm_network_free(network);
    return status;
}

int fm_trial_run(fm_trial *trial, const fm_settings *setup, fm_device *device, size_t share,
                 const fm_images *images, const fm_images *test, const fm_trial_observer *observer,
                 fm_error *error) {
    run r = {trial, observer, (double)share, fm_clock_seconds(), 0};
    fm_train_options options = setup->options;
    fm_train_state *state = NULL;
    fm_error own = {0};
    options.seed = trial->seed;
    int status =
        fm_memory_allocate(&trial->curve, options.epochs, sizeof *trial->curve, "the curve", &own);
    if (!status)
        status = make_state(&state, &r, setup, &own);
    if (!status)
        status = train(state, &r, &options, device, images, &own);
    if (!status && test)
        status = score_test(trial, setup, state->weights, device, test, &own);
    fm_train_state_free(state);
    if (status == FM_E_DIVERGED || status == FM_E_MEMORY ||
        (status == FM_E_OPENCL && still_works(device))) {
        trial->failed = 1;
        trial->cause = status;
        snprintf(trial->reason, sizeof trial->reason, "%.40s: %.210s", own.what, own.why);
        return FM_OK;
    }
    if (status && error)
        *error = own;
    return status;
}

void fm_trial_clear(fm_trial *trial) {
    free(trial->curve);
    *trial = (fm_trial){.value = trial->value, .seed = trial->seed};
}

int fm_trial_is_final(const fm_trial *trial) {
    return !trial->failed || trial->cause == FM_E_DIVERGED;
}

/* ---- Journal lines ---- */

static const char *const causes[] = {
    [FM_E_MEMORY] = "memory", [FM_E_OPENCL] = "opencl", [FM_E_DIVERGED] = "diverged"};
enum { CAUSES = FM_COUNT(causes) };

json_t *fm_trial_json(const fm_trial *trial, const fm_plan *plan) {
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, trial->seed);
    return json_pack("{s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "value",
                     plan->value[trial->value], "seed", seed, "device", fm_json_text(trial->device),
                     "driver", fm_json_text(trial->driver), "failed", trial->failed, "cause",
                     fm_json_text(trial->failed ? causes[trial->cause] : NULL), "reason",
                     fm_json_text(trial->failed ? trial->reason : NULL), "test",
                     trial->tested ? json_pack("[o, o]", fm_json_real(trial->test.loss),
                                               fm_json_real(trial->test.accuracy))
                                   : json_null(),
                     "curve", fm_history_json(trial->curve, trial->epochs));
}

static int wrong(const char *key, fm_error *error) {
    return fm_error_set(error, FM_E_FORMAT, "the journal",
                        "\"%s\" of a trial is missing or invalid", key);
}

/* FM_OK for any other name. */
static int read_cause(const char *name) {
    for (int i = 0; name && i < CAUSES; i++)
        if (causes[i] && !strcmp(causes[i], name))
            return i;
    return FM_OK;
}

static int find_value(size_t *out, const char *text, const fm_plan *plan) {
    for (*out = 0; text && *out < plan->value_count; ++*out)
        if (!strcmp(plan->value[*out], text))
            return 1;
    return 0;
}

static int read_seed(uint64_t *out, const char *text) {
    int below;
    return text && !fm_number_whole(out, &below, text, NULL) && !below;
}

int fm_trial_read(fm_trial *out, const json_t *line, const fm_plan *plan, fm_error *error) {
    fm_settings setup;
    const json_t *test = json_object_get(line, "test");
    *out = (fm_trial){0};
    if (!find_value(&out->value, json_string_value(json_object_get(line, "value")), plan))
        return wrong("value", error);
    if (!read_seed(&out->seed, json_string_value(json_object_get(line, "seed"))))
        return wrong("seed", error);
    if (!json_is_boolean(json_object_get(line, "failed")))
        return wrong("failed", error);
    out->failed = json_is_true(json_object_get(line, "failed"));
    if (out->failed)
        out->cause = read_cause(json_string_value(json_object_get(line, "cause")));
    fm_json_read_text(out->reason, sizeof out->reason, line, "reason");
    fm_json_read_text(out->device, sizeof out->device, line, "device");
    fm_json_read_text(out->driver, sizeof out->driver, line, "driver");
    out->tested = json_is_array(test);
    if (out->tested && (!fm_json_read_real(&out->test.loss, json_array_get(test, 0)) ||
                        !fm_json_read_real(&out->test.accuracy, json_array_get(test, 1))))
        return wrong("test", error);
    fm_plan_apply(&setup, plan, out->value);
    int status = fm_history_read_json(&out->curve, &out->epochs, json_object_get(line, "curve"),
                                      setup.options.epochs, "the journal", error);
    if (!status && !out->failed && out->epochs == 0)
        status = wrong("curve", error);
    if (status)
        fm_trial_clear(out);
    return status;
}
