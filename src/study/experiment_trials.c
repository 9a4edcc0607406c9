/* Runs what is left of an experiment: a queue of trials and a thread for each device. The longest
 * come first, so that no device is left with a long one at the end while the others have nothing to
 * do. All read the same images. */
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
    int small; /* run on a sub-device */
} entry;

/* A trial that runs. */
typedef struct slot {
    struct lab *lab;
    fm_device *device;
    fm_trial running; /* its own thread's */
    fm_trial trial;   /* as it was when it last told of its progress, with the same curve */
    fm_progress progress;
    double cost; /* of the whole trial; 0 while none runs */
} slot;

typedef struct lab {
    fm_experiment *e;
    const fm_images *test;
    const fm_lab_observer *observer;
    entry *queue; /* [count]: the small ones first */
    size_t count, next, end;
    slot slots[FM_MAX_SUB_DEVICES];
    size_t slot_count;
    double began, cost_all, cost_done;
    pthread_mutex_t lock; /* of everything here while threads run */
    int status;           /* why no further trial is begun */
    fm_error error;
} lab;

/* ---- Telling ---- */

static double progress_of(const slot *s) {
    const fm_progress *p = &s->progress;
    if (!p->epochs || !p->images)
        return 0;
    double epochs = (double)s->trial.epochs;
    if (p->epoch > s->trial.epochs)
        epochs += (double)p->images_done / (double)p->images;
    return epochs / (double)p->epochs;
}

/* What was done since the beginning, by cost, says how long the rest takes. */
static double seconds_left(const lab *l) {
    double done = l->cost_done;
    for (size_t i = 0; i < l->slot_count; i++)
        done += l->slots[i].cost * progress_of(&l->slots[i]);
    double elapsed = fm_clock_seconds() - l->began;
    /* Rounding may leave a trace of cost when nothing is left. */
    return done > 0 ? fmax(0, elapsed * (l->cost_all - done) / done) : -1;
}

static void look(fm_live *out, const lab *l) {
    const fm_experiment *e = l->e;
    *out = (fm_live){.plan = &e->plan, .total = e->count, .seconds_left = seconds_left(l)};
    for (size_t i = 0; i < e->count; i++) {
        out->done += e->finished[i] != 0;
        out->failed += e->finished[i] && e->trials[i].failed;
    }
    for (size_t i = 0; i < l->slot_count; i++) {
        if (!(l->slots[i].cost > 0))
            continue;
        out->trial[out->running] = &l->slots[i].trial;
        out->progress[out->running++] = &l->slots[i].progress;
    }
}

/* With the lock held. */
static int tell_progress(lab *l) {
    fm_live live;
    if (!l->status && l->observer && l->observer->progress) {
        look(&live, l);
        if (l->observer->progress(l->observer->user, &live))
            l->status = fm_error_set(&l->error, FM_E_INTERRUPTED, "experiment",
                                     "stopped with %zu of %zu trials done", live.done, live.total);
    }
    return l->status;
}

static int on_progress(void *user, const fm_progress *progress) {
    slot *s = user;
    pthread_mutex_lock(&s->lab->lock);
    s->progress = *progress;
    s->trial = s->running;
    int stop = tell_progress(s->lab);
    pthread_mutex_unlock(&s->lab->lock);
    return stop;
}

/* ---- Running ---- */

/* With the lock held: the trial goes into the journal, or its failure ends everything. */
static void finish(slot *s, const entry *q, int status, const fm_error *error) {
    lab *l = s->lab;
    fm_live live;
    s->cost = 0;
    memcpy(s->running.device, l->e->device, sizeof s->running.device);
    memcpy(s->running.driver, l->e->driver, sizeof s->running.driver);
    if (!status && !l->status) {
        status = fm_journal_add(l->e->journal, fm_trial_json(&s->running, &l->e->plan), &l->error);
        if (status)
            l->status = status;
    } else if (status && !l->status) {
        l->status = status;
        l->error = *error;
    }
    if (l->status) {
        fm_trial_clear(&s->running);
        return;
    }
    l->e->trials[q->trial] = s->running;
    l->e->finished[q->trial] = 1;
    if (fm_trial_stands(&s->running)) /* else it may go on from there */
        fm_experiment_remove_checkpoint(l->e, q->trial);
    l->cost_done += q->cost;
    if (l->observer && l->observer->trial) {
        look(&live, l);
        l->observer->trial(l->observer->user, &live, &l->e->trials[q->trial]);
    }
}

/* Which trial a checkpoint is of: everything that decides how it goes. On another device it begins
 * anew: half a training here and half there would be nobody's result. */
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
    lab *l = s->lab;
    char path[FM_PATH_SIZE], *note = NULL;
    int status = fm_experiment_checkpoint(path, l->e, q->trial, error);
    pthread_mutex_lock(&l->lock); /* the settings are the journal's */
    if (!status)
        status = describe(&note, l->e, q, error);
    pthread_mutex_unlock(&l->lock);
    const fm_trial_watch watch = {s, on_progress, path, note, minute};
    if (!status)
        status = fm_trial_run(&s->running, &q->setup, s->device, l->slot_count, &l->e->images,
                              l->test, &watch, error);
    free(note);
    return status;
}

static void *work(void *argument) {
    slot *s = argument;
    lab *l = s->lab;
    pthread_mutex_lock(&l->lock);
    while (!tell_progress(l) && l->next < l->end) {
        const entry *q = &l->queue[l->next++];
        fm_error error = {0};
        s->running = s->trial = l->e->trials[q->trial];
        s->progress = (fm_progress){0};
        s->cost = q->cost;
        pthread_mutex_unlock(&l->lock);
        int status = run_trial(s, q, &error);
        pthread_mutex_lock(&l->lock);
        finish(s, q, status, &error);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* The queue up to end, on the whole device or on its sub-devices. */
static int run_until(lab *l, size_t end, fm_pool *pool, int divided, fm_error *error) {
    fm_device *const *devices;
    pthread_t threads[FM_MAX_SUB_DEVICES];
    size_t count, started = 0;
    l->end = end;
    if (l->next == end)
        return FM_OK;
    int status = fm_pool_devices(&devices, &count, pool, divided, error);
    if (status)
        return status;
    l->slot_count = count;
    for (size_t i = 0; i < count; i++)
        l->slots[i] = (slot){.lab = l, .device = devices[i]};
    /* The caller's thread is the first. One that cannot be had leaves its work to the others. */
    while (started + 1 < count &&
           !pthread_create(&threads[started], NULL, work, &l->slots[started + 1]))
        started++;
    work(&l->slots[0]);
    while (started > 0)
        pthread_join(threads[--started], NULL);
    if (l->status && error)
        *error = l->error;
    return l->status;
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

static int make_queue(lab *l, const fm_pool *pool, fm_error *error) {
    fm_experiment *e = l->e;
    int status = fm_memory_allocate(&l->queue, e->count, sizeof *l->queue, "the trials", error);
    for (size_t i = 0; !status && i < e->count; i++) {
        entry *q = &l->queue[l->count];
        if (e->finished[i])
            continue;
        q->trial = i;
        fm_plan_apply(&q->setup, &e->plan, e->trials[i].value);
        q->cost = fm_cost_estimate(&q->setup, e->images.count);
        q->small = fm_pool_prefers_sub_devices(pool, &q->setup);
        l->cost_all += q->cost;
        l->count++;
    }
    if (!status)
        qsort(l->queue, l->count, sizeof *l->queue, in_order);
    return status;
}

int fm_experiment_run(fm_experiment *e, fm_pool *pool, const fm_images *test,
                      const fm_lab_observer *observer, fm_error *error) {
    lab *l;
    size_t small = 0;
    int status = fm_memory_allocate(&l, 1, sizeof *l, "the trials", error);
    if (status)
        return status;
    *l = (lab){.e = e, .test = test, .observer = observer, .began = fm_clock_seconds()};
    if (pthread_mutex_init(&l->lock, NULL)) {
        free(l);
        return fm_error_set(error, FM_E_MEMORY, "the trials", "no memory for a lock");
    }
    status = make_queue(l, pool, error);
    while (!status && small < l->count && l->queue[small].small)
        small++;
    if (!status)
        status = run_until(l, small, pool, 1, error);
    if (!status)
        status = run_until(l, l->count, pool, 0, error);
    pthread_mutex_destroy(&l->lock);
    free(l->queue);
    free(l);
    return status;
}
