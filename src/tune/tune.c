/* Tunes a device: checks candidates, times each against the best so far, and saves the best. */
#include "fmnist_cl/tune.h"

#include <stdio.h>
#include <string.h>

#include "backend/choices.h"
#include "base/clock.h"
#include "tune/ab_timing.h"
#include "tune/candidate.h"
#include "tune/search.h"

/* The length of a turn of one candidate: much longer than a launch, much shorter than the drift of
 * a machine's speed. */
static const double turn_seconds = 0.025;

typedef struct tune {
    const fm_tune_options *options;
    const fm_tune_observer *observer;
    const fm_device_info *info;
    fm_candidates candidates;
    enum fm_candidate_kind kind;
    fm_stepper *built_in, *best;
    size_t steps; /* per turn */
    double began;
    fm_tune_progress progress;
    fm_tune_result *out;
} tune;

static int tell(tune *t, fm_error *error) {
    t->progress.seconds = fm_clock_seconds() - t->began;
    if (t->observer->progress && t->observer->progress(t->observer->user, &t->progress))
        return fm_error_set(error, FM_E_INTERRUPTED, "tuning", "was stopped");
    return FM_OK;
}

/* ---- The file ---- */

/* Reads the file. A damaged or foreign file counts as empty: it will be replaced. Other failures
 * are errors, because the file may hold entries worth keeping. */
static int read_kept(fm_tuning *out, const tune *t, fm_error *error) {
    int status = fm_tuning_read(out, t->options->cache, t->info, error);
    return status == FM_E_FORMAT ? FM_OK : status;
}

/* Adds an entry to the file. With entry NULL it only rewrites the file, to find out before the
 * measurements whether that works. */
static int keep(tune *t, const fm_tuned *entry, fm_error *error) {
    fm_tuning tuning;
    if (!t->options->cache)
        return FM_OK;
    int status = read_kept(&tuning, t, error);
    if (status)
        return status;
    if (entry)
        fm_tuning_put(&tuning, entry);
    status = fm_tuning_write(&tuning, t->options->cache, t->info, error);
    t->out->kept |= entry && !status;
    return status;
}

/* ---- A/B timing ---- */

/* Runs rounds until the verdict is clear, or all rounds. */
static int time_both(fm_ab_timing *timing, tune *t, fm_stepper *a, fm_stepper *b, int all,
                     fm_error *error) {
    int status = FM_OK;
    *timing = (fm_ab_timing){.steps = t->steps};
    while (!status && timing->rounds < FM_AB_MOST_ROUNDS &&
           (all || fm_ab_verdict(timing) == FM_AB_OPEN)) {
        status = fm_ab_round(timing, a, b, error);
        if (!status)
            status = tell(t, error);
    }
    return status;
}

static void set_best(tune *t, const fm_choices *choices, double seconds) {
    t->out->best.choices = *choices;
    t->out->best.seconds = seconds;
    t->progress.gain = t->out->best.built_in_seconds / seconds - 1;
}

/* ---- The search ---- */

static int fits(void *user, const fm_choices *candidate) {
    return fm_choices_fit(candidate, ((tune *)user)->candidates.context);
}

static int is_over(void *user) {
    const tune *t = user;
    return fm_clock_seconds() - t->began >= t->options->seconds;
}

static void say_tried(tune *t, const fm_choices *candidate, const fm_choices *before, int won,
                      double ratio, const fm_error *refused) {
    const fm_tune_trial trial = {candidate, before, won, ratio, refused};
    t->progress.tried++;
    t->progress.refused += refused != NULL;
    if (t->observer->tried)
        t->observer->tried(t->observer->user, &trial, &t->progress);
}

static int try_candidate(int *is_faster, void *user, const fm_choices *choices, fm_error *error) {
    tune *t = user;
    const fm_choices before = t->out->best.choices;
    fm_stepper *candidate = NULL;
    fm_error refused = {0};
    fm_ab_timing timing;
    int status = tell(t, error);
    if (status)
        return status;
    if (fm_candidate_create(&candidate, &t->candidates, t->kind, choices, &refused)) {
        say_tried(t, choices, &before, 0, 0, &refused);
        return FM_OK;
    }
    status = time_both(&timing, t, t->best, candidate, 0, error);
    *is_faster = !status && fm_ab_verdict(&timing) == FM_AB_FASTER;
    if (*is_faster) {
        fm_stepper *slower = t->best;
        t->best = candidate;
        candidate = slower == t->built_in ? NULL : slower;
        set_best(t, choices, t->out->best.seconds * fm_ab_ratio(&timing));
        status = keep(t, &t->out->best, error);
    }
    if (!status)
        say_tried(t, choices, &before, *is_faster, fm_ab_ratio(&timing), NULL);
    fm_stepper_free(candidate);
    return status;
}

/* ---- The stages ---- */

/* Checks the default tuning parameters, and finds how long a step takes. */
static int prepare(tune *t, const fm_device_list *list, int number, fm_error *error) {
    const fm_tune_options *o = t->options;
    double seconds = 0;
    size_t steps = 1;
    int status = keep(t, NULL, error);
    if (!status)
        status = tell(t, error);
    if (!status)
        status = fm_candidates_open(&t->candidates, list, number, &o->architecture, o->batch_size,
                                    error);
    if (status)
        return status;
    t->kind = fm_candidates_native(&t->candidates);
    t->out->in_groups = t->kind == FM_CANDIDATE_GPU;
    fm_choices_init(&t->out->built_in, t->candidates.context);
    status = fm_candidate_create(&t->built_in, &t->candidates, t->kind, &t->out->built_in, error);
    /* Doubles the steps until they fill a turn: the first ones are slow. */
    for (; !status && seconds < turn_seconds / 2; steps *= 2) {
        t->steps = steps;
        status = fm_stepper_run(&seconds, t->built_in, steps, error);
    }
    for (int i = 0; !status && i < 4; i++)
        status = fm_stepper_run(&seconds, t->built_in, t->steps, error);
    t->best = t->built_in;
    t->out->best.built_in_seconds = seconds / (double)t->steps;
    set_best(t, &t->out->built_in, t->out->best.built_in_seconds);
    return status;
}

/* The result of an earlier tuning of this network and batch size is the first candidate: only a
 * faster one replaces it. Its ratio of CLBlast to the default tuning parameters stays until it is
 * measured again. */
static int try_earlier(tune *t, fm_error *error) {
    fm_tuning tuning;
    fm_tuned *best = &t->out->best;
    int is_faster;
    int status = t->options->cache ? read_kept(&tuning, t, error) : FM_OK;
    if (status || !t->options->cache)
        return status;
    const fm_tuned *earlier =
        fm_tuning_find(&tuning, &t->options->architecture, t->options->batch_size);
    if (!earlier || earlier->batch_size != best->batch_size ||
        strcmp(earlier->network, best->network) != 0)
        return FM_OK;
    best->clblast_seconds =
        earlier->clblast_seconds / earlier->built_in_seconds * best->built_in_seconds;
    if (!memcmp(&earlier->choices, &t->out->built_in, sizeof earlier->choices) ||
        !fits(t, &earlier->choices))
        return FM_OK;
    return try_candidate(&is_faster, t, &earlier->choices, error);
}

/* Measures how much faster the best is than the default tuning parameters. */
static int compare(tune *t, fm_error *error) {
    fm_ab_timing timing;
    if (t->best == t->built_in)
        return FM_OK;
    t->progress.stage = FM_TUNE_COMPARING;
    int status = time_both(&timing, t, t->built_in, t->best, 1, error);
    if (status)
        return status;
    if (fm_ab_verdict(&timing) == FM_AB_FASTER) {
        set_best(t, &t->out->best.choices, t->out->best.built_in_seconds * fm_ab_ratio(&timing));
    } else {
        fm_stepper_free(t->best);
        t->best = t->built_in;
        set_best(t, &t->out->built_in, t->out->best.built_in_seconds);
    }
    return FM_OK;
}

/* If CLBlast fails or computes wrongly, it is not measured and so never chosen. */
static int measure_clblast(tune *t, fm_error *error) {
    fm_stepper *clblast = NULL;
    fm_ab_timing timing;
    t->progress.stage = FM_TUNE_CLBLAST;
    int status = tell(t, error);
    if (status)
        return status;
    t->out->best.clblast_seconds = 0;
    if (fm_candidate_create(&clblast, &t->candidates, FM_CANDIDATE_CLBLAST, &t->out->built_in,
                            NULL))
        return FM_OK;
    status = time_both(&timing, t, t->best, clblast, 0, error);
    if (!status)
        t->out->best.clblast_seconds = t->out->best.seconds * fm_ab_ratio(&timing);
    fm_stepper_free(clblast);
    return status;
}

int fm_tune(fm_tune_result *out, const fm_device_list *list, int number,
            const fm_tune_options *options, const fm_tune_observer *observer, fm_error *error) {
    static const fm_tune_observer no_observer = {NULL, NULL, NULL};
    tune t = {.options = options,
              .observer = observer ? observer : &no_observer,
              .began = fm_clock_seconds(),
              .progress = {.planned = options->seconds},
              .out = out};
    *out = (fm_tune_result){
        .best = {.weights = fm_architecture_parameter_count(&options->architecture),
                 .batch_size = options->batch_size}};
    fm_architecture_text(out->best.network, sizeof out->best.network, &options->architecture);
    int status = fm_architecture_check(&options->architecture, error);
    t.info = number < 0 ? NULL : fm_device_list_get(list, (size_t)number);
    if (!status && !t.info)
        status = fm_error_set(error, FM_E_DEVICE, "device", "there is no number %d", number);
    if (!status)
        status = prepare(&t, list, number, error);
    t.progress.stage = FM_TUNE_SEARCHING;
    if (!status)
        status = try_earlier(&t, error);
    if (!status) {
        const fm_search_calls calls = {&t, fits, try_candidate, is_over};
        fm_choices best = out->best.choices;
        status = fm_search(&best, &out->complete, out->in_groups, &calls, error);
    }
    if (!status)
        status = compare(&t, error);
    if (!status)
        status = keep(&t, &out->best, error);
    if (!status)
        status = measure_clblast(&t, error);
    if (!status)
        status = keep(&t, &out->best, error);
    out->tried = t.progress.tried;
    out->refused = t.progress.refused;
    if (t.best != t.built_in)
        fm_stepper_free(t.best);
    fm_stepper_free(t.built_in);
    fm_candidates_close(&t.candidates);
    return status;
}
