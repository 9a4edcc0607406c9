/* Runs the remaining trials of an experiment: a queue of trials, and a thread per device. The
 * longest trials come first, so that at the end no device runs a long trial while the others are
 * idle. All threads read the same images. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "io/json.h"
#include "io/settings_json.h"
#include "study/cost.h"
#include "study/experiment.h"
#include "study/pool.h"

typedef struct entry {
    size_t trial;
    fm_settings setup;
    double cost;
    int small; /* runs on a sub-device */
} entry;

/* A thread with its device and its running trial. */
typedef struct slot {
    struct runner *runner;
    fm_device *device;
    fm_trial running; /* only for its own thread */
    fm_trial trial;   /* copy from the last progress callback, sharing the curve */
    fm_progress progress;
    double cost; /* of the whole trial; 0 if none is running */
} slot;

typedef struct runner {
    fm_experiment *e;
    const fm_images *test;
    const fm_experiment_observer *observer;
    entry *queue; /* [count], the small trials first */
    size_t count, next, end;
    slot slots[FM_MAX_SUB_DEVICES];
    size_t slot_count;
    double began, cost_all, cost_done;
    pthread_mutex_t lock; /* protects this struct while threads run */
    int status;           /* not FM_OK: no further trial starts */
    fm_error error;
} runner;

/* ---- Progress ---- */

static double progress_of(const slot *s) {
    const fm_progress *p = &s->progress;
    if (!p->epochs || !p->images)
        return 0;
    double epochs = (double)s->trial.epochs;
    if (p->epoch > s->trial.epochs)
        epochs += (double)p->images_done / (double)p->images;
    return epochs / (double)p->epochs;
}

/* Estimates the remaining time from the cost finished so far. */
static double seconds_left(const runner *r) {
    double done = r->cost_done;
    for (size_t i = 0; i < r->slot_count; i++)
        done += r->slots[i].cost * progress_of(&r->slots[i]);
    double elapsed = fm_clock_seconds() - r->began;
    /* Rounding may make the remaining cost slightly negative. */
    return done > 0 ? fmax(0, elapsed * (r->cost_all - done) / done) : -1;
}

static void get_progress(fm_live *out, const runner *r) {
    const fm_experiment *e = r->e;
    *out = (fm_live){
        .plan = &e->plan, .total = fm_experiment_planned(e), .seconds_left = seconds_left(r)};
    for (size_t i = 0; i < e->count; i++) {
        const int done = fm_experiment_wants(e, i) && e->finished[i];
        out->done += done != 0;
        out->failed += done && e->trials[i].failed;
    }
    for (size_t i = 0; i < r->slot_count; i++) {
        if (!(r->slots[i].cost > 0))
            continue;
        out->trial[out->running] = &r->slots[i].trial;
        out->progress[out->running++] = &r->slots[i].progress;
    }
}

/* Called with the lock held. */
static int report_progress(runner *r) {
    fm_live live;
    if (!r->status && r->observer && r->observer->progress) {
        get_progress(&live, r);
        if (r->observer->progress(r->observer->user, &live))
            r->status = fm_error_set(&r->error, FM_E_INTERRUPTED, "experiment",
                                     "stopped with %zu of %zu trials done", live.done, live.total);
    }
    return r->status;
}

static int on_progress(void *user, const fm_progress *progress) {
    slot *s = user;
    pthread_mutex_lock(&s->runner->lock);
    s->progress = *progress;
    s->trial = s->running;
    int stop = report_progress(s->runner);
    pthread_mutex_unlock(&s->runner->lock);
    return stop;
}

/* ---- Running ---- */

/* Called with the lock held. Adds the trial to the journal, or records the failure, which stops all
 * threads. */
static void finish(slot *s, const entry *q, int status, const fm_error *error) {
    runner *r = s->runner;
    fm_live live;
    s->cost = 0;
    memcpy(s->running.device, r->e->device, sizeof s->running.device);
    memcpy(s->running.driver, r->e->driver, sizeof s->running.driver);
    if (!status && !r->status) {
        status = fm_journal_add(r->e->journal, fm_trial_json(&s->running, &r->e->plan), &r->error);
        if (status)
            r->status = status;
    } else if (status && !r->status) {
        r->status = status;
        r->error = *error;
    }
    if (r->status) {
        fm_trial_clear(&s->running);
        return;
    }
    r->e->trials[q->trial] = s->running;
    r->e->finished[q->trial] = 1;
    if (fm_trial_is_final(&s->running)) /* otherwise a later attempt may resume from it */
        fm_experiment_remove_checkpoint(r->e, q->trial);
    r->cost_done += q->cost;
    if (r->observer && r->observer->trial) {
        get_progress(&live, r);
        r->observer->trial(r->observer->user, &live, &r->e->trials[q->trial]);
    }
}

/* Identifies the trial of a checkpoint by everything that affects the result. The device is
 * included: a trial does not resume on another device, because its result would not be
 * reproducible. */
static int describe(char **out, const fm_experiment *e, const entry *q, fm_error *error) {
    fm_settings setup = q->setup;
    setup.options.seed = e->trials[q->trial].seed;
    return fm_json_write(out,
                         json_pack("{s:o, s:o, s:s, s:s}", "experiment",
                                   json_deep_copy(e->settings), "trial", fm_settings_json(&setup),
                                   "device", e->device, "driver", e->driver),
                         error);
}

static int run_trial(slot *s, const entry *q, fm_error *error) {
    const double minute = 60;
    runner *r = s->runner;
    char path[FM_PATH_SIZE], *note = NULL;
    int status = fm_experiment_checkpoint(path, r->e, q->trial, error);
    pthread_mutex_lock(&r->lock); /* the settings are shared by all threads */
    if (!status)
        status = describe(&note, r->e, q, error);
    pthread_mutex_unlock(&r->lock);
    const fm_trial_observer observer = {s, on_progress, path, note, minute};
    if (!status)
        status = fm_trial_run(&s->running, &q->setup, s->device, r->slot_count, &r->e->images,
                              r->test, &observer, error);
    free(note);
    return status;
}

static void *work(void *argument) {
    slot *s = argument;
    runner *r = s->runner;
    pthread_mutex_lock(&r->lock);
    while (!report_progress(r) && r->next < r->end) {
        const entry *q = &r->queue[r->next++];
        fm_error error = {0};
        s->running = s->trial = r->e->trials[q->trial];
        s->progress = (fm_progress){0};
        s->cost = q->cost;
        pthread_mutex_unlock(&r->lock);
        int status = run_trial(s, q, &error);
        pthread_mutex_lock(&r->lock);
        finish(s, q, status, &error);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* Runs the queue up to `end`, on the whole device or on its sub-devices. */
static int run_until(runner *r, size_t end, fm_pool *pool, int sub_devices, fm_error *error) {
    fm_device *const *devices;
    pthread_t threads[FM_MAX_SUB_DEVICES];
    size_t count, started = 0;
    r->end = end;
    if (r->next == end)
        return FM_OK;
    int status = fm_pool_devices(&devices, &count, pool, sub_devices, error);
    if (status)
        return status;
    r->slot_count = count;
    for (size_t i = 0; i < count; i++)
        r->slots[i] = (slot){.runner = r, .device = devices[i]};
    /* The caller's thread is the first. If a thread cannot be created, the others do its work. */
    while (started + 1 < count &&
           !pthread_create(&threads[started], NULL, work, &r->slots[started + 1]))
        started++;
    work(&r->slots[0]);
    while (started > 0)
        pthread_join(threads[--started], NULL);
    if (r->status && error)
        *error = r->error;
    return r->status;
}

/* ---- The queue ---- */

static int in_order(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->small != y->small)
        return y->small - x->small;
    if (x->cost > y->cost || x->cost < y->cost)
        return x->cost < y->cost ? 1 : -1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

static int make_queue(runner *r, const fm_pool *pool, fm_error *error) {
    fm_experiment *e = r->e;
    int status = fm_memory_allocate(&r->queue, e->count, sizeof *r->queue, "the trials", error);
    for (size_t i = 0; !status && i < e->count; i++) {
        entry *q = &r->queue[r->count];
        if (!fm_experiment_wants(e, i) || e->finished[i])
            continue;
        q->trial = i;
        fm_plan_apply(&q->setup, &e->plan, e->trials[i].value);
        q->cost = fm_cost_estimate(&q->setup, e->images.count);
        q->small = fm_pool_prefers_sub_devices(pool, &q->setup);
        r->cost_all += q->cost;
        r->count++;
    }
    if (!status)
        qsort(r->queue, r->count, sizeof *r->queue, in_order);
    return status;
}

static int run_wanted(fm_experiment *e, fm_pool *pool, const fm_images *test,
                      const fm_experiment_observer *observer, fm_error *error) {
    runner *r;
    size_t small = 0;
    int status = fm_memory_allocate(&r, 1, sizeof *r, "the trials", error);
    if (status)
        return status;
    *r = (runner){.e = e, .test = test, .observer = observer, .began = fm_clock_seconds()};
    if (pthread_mutex_init(&r->lock, NULL)) {
        free(r);
        return fm_error_set(error, FM_E_MEMORY, "the trials", "cannot create a lock");
    }
    status = make_queue(r, pool, error);
    while (!status && small < r->count && r->queue[small].small)
        small++;
    if (!status)
        status = run_until(r, small, pool, 1, error);
    if (!status)
        status = run_until(r, r->count, pool, 0, error);
    pthread_mutex_destroy(&r->lock);
    free(r->queue);
    free(r);
    return status;
}

int fm_experiment_run(fm_experiment *e, fm_pool *pool, const fm_images *test,
                      const fm_experiment_observer *observer, fm_error *error) {
    int status = FM_OK;
    while (!status && fm_experiment_left(e)) {
        status = run_wanted(e, pool, test, observer, error);
        if (!status)
            fm_experiment_update_wanted(e);
    }
    return status;
}
