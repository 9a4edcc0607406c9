#include "study/trial.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "fmnist_cl/evaluation.h"
#include "fmnist_cl/network.h"
#include "io/json.h"

/* ---- Running ---- */

typedef struct run {
    fm_trial *trial;
    const fm_trial_watch *watch;
    double share;
} run;

static int on_progress(void *user, const fm_progress *progress) {
    const run *r = user;
    return r->watch && r->watch->progress(r->watch->user, progress);
}

static int on_epoch(void *user, const fm_epoch *epoch, const fm_weights *weights, int is_best,
                    fm_error *error) {
    const run *r = user;
    (void)weights, (void)is_best, (void)error;
    fm_epoch *kept = &r->trial->curve[r->trial->epochs++];
    *kept = *epoch;
    kept->seconds = epoch->seconds / r->share;
    kept->images_per_s = epoch->images_per_s * r->share;
    return FM_OK;
}

/* A device that has no memory for a training works on with smaller ones; a broken one does not. */
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

static int score_test(fm_trial *trial, const fm_setup *setup, fm_weights *weights,
                      fm_device *device, const fm_images *test, fm_error *error) {
    enum { BATCH = 1000 };
    fm_network *network = NULL;
    fm_evaluation evaluation;
    int status = fm_network_create(&network, device, weights, BATCH, NULL, error);
    if (!status)
        status = fm_evaluation_run(&evaluation, network, test, setup->options.loss, error);
    if (!status) {
        trial->tested = 1;
        trial->test = evaluation.score;
    }
    fm_network_free(network);
    return status;
}

int fm_trial_run(fm_trial *trial, const fm_setup *setup, fm_device *device, size_t share,
                 const fm_images *images, const fm_images *test, const fm_trial_watch *watch,
                 fm_error *error) {
    run r = {trial, watch, (double)share};
    const fm_observer observer = {&r, on_progress, on_epoch};
    fm_train_options options = setup->options;
    fm_train_result result;
    fm_weights *weights = NULL;
    fm_error own = {0};
    options.seed = trial->seed;
    int status =
        fm_memory_allocate(&trial->curve, options.epochs, sizeof *trial->curve, "the curve", &own);
    if (!status)
        status = fm_weights_create(&weights, &setup->architecture, &own);
    if (!status) {
        fm_weights_randomize(weights, options.seed);
        status = fm_train(&result, weights, device, images, &options, &observer, &own);
    }
    if (!status && test)
        status = score_test(trial, setup, weights, device, test, &own);
    fm_weights_free(weights);
    if (status == FM_E_DIVERGED || status == FM_E_MEMORY ||
        (status == FM_E_OPENCL && still_works(device))) {
        trial->failed = 1;
        snprintf(trial->reason, sizeof trial->reason, "%.100s: %.150s", own.what, own.why);
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

/* ---- As a line ---- */

/* An epoch is a row of numbers: a journal has thousands of them. */
enum { TRAIN_LOSS, TRAIN_ACCURACY, VAL_LOSS, VAL_ACCURACY, SECONDS, IMAGES_PER_S, LR, STEPS, ROW };

static json_t *curve_json(const fm_trial *trial) {
    json_t *curve = json_array();
    for (size_t i = 0; i < trial->epochs; i++) {
        const fm_epoch *e = &trial->curve[i];
        const double row[ROW] = {[TRAIN_LOSS] = e->train.loss,
                                 [TRAIN_ACCURACY] = e->train.accuracy,
                                 [VAL_LOSS] = e->val.loss,
                                 [VAL_ACCURACY] = e->val.accuracy,
                                 [SECONDS] = e->seconds,
                                 [IMAGES_PER_S] = e->images_per_s,
                                 [LR] = e->lr,
                                 [STEPS] = (double)e->steps};
        json_t *numbers = json_array();
        for (size_t n = 0; n < ROW; n++)
            fm_json_append(&numbers, fm_json_real(row[n]));
        fm_json_append(&curve, numbers);
    }
    return curve;
}

json_t *fm_trial_json(const fm_trial *trial, const fm_plan *plan) {
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, trial->seed);
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "value", plan->value[trial->value], "seed",
                     seed, "failed", trial->failed, "reason",
                     fm_json_text(trial->failed ? trial->reason : NULL), "test",
                     trial->tested ? json_pack("[o, o]", fm_json_real(trial->test.loss),
                                               fm_json_real(trial->test.accuracy))
                                   : json_null(),
                     "curve", curve_json(trial));
}

static int wrong(const char *key, fm_error *error) {
    return fm_error_set(error, FM_E_FORMAT, "the journal",
                        "a trial's \"%s\" is missing or not what it should be", key);
}

/* NaN for null, which stands for what is not finite. 0 when it is something else. */
static int read_real(double *out, const json_t *value) {
    *out = json_is_number(value) ? json_number_value(value) : NAN;
    return json_is_number(value) || json_is_null(value);
}

static int read_curve(fm_trial *out, const json_t *curve, size_t most, fm_error *error) {
    size_t count = json_array_size(curve);
    if (!json_is_array(curve) || count > most)
        return wrong("curve", error);
    int status = fm_memory_allocate(&out->curve, count, sizeof *out->curve, "a curve", error);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++) {
        const json_t *numbers = json_array_get(curve, i);
        double row[ROW];
        for (size_t n = 0; n < ROW; n++)
            if (!read_real(&row[n], json_array_get(numbers, n)))
                return wrong("curve", error);
        if (!(row[STEPS] >= 0 && row[STEPS] < 1e15))
            return wrong("curve", error);
        out->curve[i] = (fm_epoch){.number = i + 1,
                                   .steps = (size_t)row[STEPS],
                                   .train = {row[TRAIN_LOSS], row[TRAIN_ACCURACY]},
                                   .has_val = 1,
                                   .val = {row[VAL_LOSS], row[VAL_ACCURACY]},
                                   .lr = row[LR],
                                   .seconds = row[SECONDS],
                                   .images_per_s = row[IMAGES_PER_S]};
    }
    out->epochs = count;
    return FM_OK;
}

static int find_value(size_t *out, const char *text, const fm_plan *plan) {
    for (*out = 0; text && *out < plan->value_count; ++*out)
        if (!strcmp(plan->value[*out], text))
            return 1;
    return 0;
}

static int read_seed(uint64_t *out, const char *text) {
    if (!text || !text[0] || strspn(text, "0123456789") != strlen(text))
        return 0;
    errno = 0;
    *out = strtoull(text, NULL, 10);
    return errno == 0;
}

int fm_trial_read(fm_trial *out, const json_t *line, const fm_plan *plan, fm_error *error) {
    fm_setup setup;
    const char *reason = json_string_value(json_object_get(line, "reason"));
    const json_t *test = json_object_get(line, "test");
    *out = (fm_trial){0};
    if (!find_value(&out->value, json_string_value(json_object_get(line, "value")), plan))
        return wrong("value", error);
    if (!read_seed(&out->seed, json_string_value(json_object_get(line, "seed"))))
        return wrong("seed", error);
    if (!json_is_boolean(json_object_get(line, "failed")))
        return wrong("failed", error);
    out->failed = json_is_true(json_object_get(line, "failed"));
    snprintf(out->reason, sizeof out->reason, "%s", reason ? reason : "");
    out->tested = json_is_array(test);
    if (out->tested && (!read_real(&out->test.loss, json_array_get(test, 0)) ||
                        !read_real(&out->test.accuracy, json_array_get(test, 1))))
        return wrong("test", error);
    fm_plan_apply(&setup, plan, out->value);
    int status = read_curve(out, json_object_get(line, "curve"), setup.options.epochs, error);
    if (!status && !out->failed && out->epochs == 0)
        status = wrong("curve", error);
    if (status)
        fm_trial_clear(out);
    return status;
}
