/* A training that is stopped and resumed has the same bits as an uninterrupted one. */
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/temporary.h"
#include "support/trainings.h"

enum { IMAGES = 130, BATCH = 40, EPOCHS = 3 };
static fm_images images; /* the first of train_images */
static char *folder;

typedef struct variant {
    enum fm_activation activation;
    enum fm_optimizer_kind optimizer;
    double momentum;
    int nesterov;
    double val_fraction;
    double dropout[2]; /* of each hidden layer */
} variant;

static const variant variants[] = {
    {FM_RELU, FM_ADAM, 0, 0, 0.2, {0}},       {FM_PRELU, FM_ADAM, 0, 0, 0.2, {0}},
    {FM_PRELU, FM_SGD, 0, 0, 0.2, {0}},       {FM_RELU, FM_SGD, 0.9, 1, 0.2, {0}},
    {FM_ELU, FM_RMSPROP, 0, 0, 0.2, {0}},     {FM_PRELU, FM_RMSPROP, 0.5, 0, 0.2, {0}},
    {FM_IDENTITY, FM_ADAM, 0, 0, 0, {0}},     {FM_PRELU, FM_ADAM, 0, 0, 0.2, {0.1, 0.2}},
    {FM_RELU, FM_RMSPROP, 0, 0, 0, {0, 0.2}},
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static fm_train_options options_of(const variant *v) {
    fm_train_options o;
    fm_train_options_init(&o);
    fm_optimizer_init(&o.optimizer, v->optimizer);
    o.optimizer.momentum = v->momentum;
    o.optimizer.nesterov = v->nesterov;
    o.val_fraction = v->val_fraction;
    o.epochs = EPOCHS;
    o.batch_size = BATCH;
    o.seed = 7;
    return o;
}

static fm_train_state *begin(const variant *v) {
    fm_error error = {0};
    fm_train_state *state = NULL;
    const fm_architecture a = {.inputs = TRAIN_PIXELS,
                               .outputs = FM_CLASSES,
                               .hidden = {17, 9},
                               .hidden_count = 2,
                               .activation = v->activation,
                               .dropout_count = 2,
                               .dropout = {v->dropout[0], v->dropout[1]}};
    CHECK_OK(fm_train_state_create(&state, make_weights(&a), &error), &error);
    return state;
}

/* ---- Running ---- */

typedef struct seen {
    size_t calls, stop_after; /* of progress; 0: never */
    size_t checkpoints;
    int refuse;           /* the checkpoint fails */
    size_t keep;          /* the number of the checkpoint to save in a file; 0: none */
    size_t kept_position; /* its position in the epoch */
} seen;

static const char *file(void) {
    return temporary_path(folder, "state.safetensors");
}

static int see_progress(void *user, const fm_progress *p) {
    seen *s = user;
    assert_true(p->images_done <= p->images);
    s->calls++;
    return s->stop_after && s->calls >= s->stop_after;
}

static int see_checkpoint(void *user, const fm_train_state *state, fm_error *error) {
    seen *s = user;
    s->checkpoints++;
    if (s->refuse)
        return fm_error_set(error, FM_E_FILE, "resume", "no space left");
    if (s->keep == s->checkpoints) {
        s->kept_position = state->position;
        return fm_train_state_save(state, "kept", file(), error);
    }
    return 0;
}

static int run(fm_train_state *state, fm_device *device, const fm_train_options *o, seen *s,
               double checkpoint_seconds, fm_error *error) {
    fm_train_result result;
    const fm_observer observer = {.user = s,
                                  .progress = see_progress,
                                  .checkpoint = see_checkpoint,
                                  .checkpoint_seconds = checkpoint_seconds};
    int status = fm_train_resume(&result, state, device, &images, o, &observer, error);
    assert_true(status == FM_E_ARGUMENT || result.steps == state->steps);
    assert_true(status == FM_E_ARGUMENT || result.epochs == state->epochs);
    return status;
}

static fm_train_state *run_through(const variant *v, fm_device *device, const fm_train_options *o,
                                   seen *s) {
    fm_error error = {0};
    fm_train_state *state = begin(v);
    CHECK_OK(run(state, device, o, s, 0, &error), &error);
    return state;
}

/* Through a file, as in another process. */
static fm_train_state *read_kept(const char *note) {
    fm_error error = {0};
    fm_train_state *again = NULL;
    char *text = NULL;
    CHECK_OK(fm_train_state_load(&again, &text, file(), &error), &error);
    assert_string_equal(text, note);
    free(text);
    return again;
}

static fm_train_state *through_file(fm_train_state *state) {
    fm_error error = {0};
    CHECK_OK(fm_train_state_save(state, "a \"note\"\n", file(), &error), &error);
    fm_train_state_free(state);
    return read_kept("a \"note\"\n");
}

/* Except the seconds. */
static void same_state(const fm_train_state *a, const fm_train_state *b) {
    assert_int_equal(a->steps, b->steps);
    assert_int_equal(a->epochs, b->epochs);
    assert_int_equal(a->best_epoch, b->best_epoch);
    assert_int_equal(a->slot_count, b->slot_count);
    assert_true(same_weights(a->weights, b->weights));
    assert_true(same_weights(a->best, b->best));
    for (size_t i = 0; i < a->slot_count; i++)
        assert_true(same_weights(a->slot[i], b->slot[i]));
    for (size_t i = 0; i < a->epochs; i++) {
        const fm_epoch *x = &a->history[i], *y = &b->history[i];
        assert_int_equal(x->number, y->number);
        assert_int_equal(x->steps, y->steps);
        assert_int_equal(x->has_val, y->has_val);
        assert_memory_equal(&x->train, &y->train, sizeof x->train);
        assert_memory_equal(&x->val, &y->val, sizeof x->val);
        assert_true(x->lr == y->lr);
    }
}

/* ---- Stopped ---- */

/* Stops at every possible moment, and resumes. */
static void test_stopped_anywhere(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 2 * VARIANTS; i++) {
        const variant *v = &variants[i / 2];
        fm_device *device = train_devices[i % 2];
        const fm_train_options o = options_of(v);
        seen whole = {0};
        fm_error error = {0};
        fm_train_state *expected = run_through(v, device, &o, &whole);
        assert_int_equal(whole.checkpoints, EPOCHS);
        assert_true(whole.calls >= 3 * EPOCHS);
        for (size_t stop = 1; stop <= whole.calls; stop++) {
            seen first = {.stop_after = stop}, rest = {0};
            fm_train_state *state = begin(v);
            assert_int_equal(run(state, device, &o, &first, 0, &error), FM_E_INTERRUPTED);
            assert_true(first.checkpoints >= 1);
            state = through_file(state);
            CHECK_OK(run(state, device, &o, &rest, 0, &error), &error);
            same_state(state, expected);
            fm_train_state_free(state);
        }
        fm_train_state_free(expected);
    }
}

/* After each step. */
static void test_stopped_repeatedly(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 2 * VARIANTS; i++) {
        const variant *v = &variants[i / 2];
        fm_device *device = train_devices[i % 2];
        const fm_train_options o = options_of(v);
        seen whole = {0};
        fm_error error = {0};
        fm_train_state *expected = run_through(v, device, &o, &whole), *state = begin(v);
        size_t stops = 0;
        for (;; stops++) {
            seen one = {.stop_after = 1};
            int status = run(state, device, &o, &one, 0, &error);
            if (status != FM_E_INTERRUPTED) {
                CHECK_OK(status, &error);
                break;
            }
            assert_in_range(stops, 0, 100);
            state = through_file(state);
            /* Validation reports progress too: if it were stopped there each time, it would never
             * end. */
            if (state->position == IMAGES - (size_t)(IMAGES * v->val_fraction)) {
                fm_train_options until = o;
                until.epochs = state->epochs + 1;
                CHECK_OK(run(state, device, &until, &(seen){0}, 0, &error), &error);
            }
        }
        assert_true(stops >= 3 * EPOCHS);
        same_state(state, expected);
        fm_train_state_free(state);
        fm_train_state_free(expected);
    }
}

/* Killed after any checkpoint; there is one after every step. */
static void test_killed_after_a_checkpoint(void **unused) {
    (void)unused;
    for (size_t d = 0; d < 2; d++) {
        const variant *v = &variants[1];
        const fm_train_options o = options_of(v);
        seen whole = {0}, first = {0};
        fm_error error = {0};
        fm_train_state *expected = run_through(v, train_devices[d], &o, &whole);
        size_t number = 1, within = 0;
        do {
            seen rest = {0};
            fm_train_state *state = begin(v);
            first = (seen){.keep = number};
            CHECK_OK(run(state, train_devices[d], &o, &first, 1e-12, &error), &error);
            fm_train_state_free(state);
            state = read_kept("kept");
            assert_int_equal(state->position, first.kept_position);
            within += state->position > 0;
            CHECK_OK(run(state, train_devices[d], &o, &rest, 0, &error), &error);
            same_state(state, expected);
            fm_train_state_free(state);
        } while (number++ < first.checkpoints);
        assert_int_equal(within, 2 * EPOCHS); /* 104 images in batches of 40: 2 within an epoch */
        fm_train_state_free(expected);
    }
}

/* ---- Resumed with other options ---- */

static void test_past_the_end(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 2 * VARIANTS; i++) {
        const variant *v = &variants[i / 2];
        fm_device *device = train_devices[i % 2];
        fm_train_options o = options_of(v);
        seen s = {0};
        fm_error error = {0};
        fm_train_state *state = run_through(v, device, &o, &s);
        /* Nothing is left to do until there are more epochs. */
        state = through_file(state);
        uint64_t steps = state->steps;
        CHECK_OK(run(state, device, &o, &s, 0, &error), &error);
        assert_int_equal(state->steps, steps);
        o.epochs = 2 * EPOCHS;
        CHECK_OK(run(state, device, &o, &s, 0, &error), &error);
        fm_train_state *expected = run_through(v, device, &o, &s);
        same_state(state, expected);
        fm_train_state_free(state);
        fm_train_state_free(expected);
    }
}

static void test_on_another_device(void **unused) {
    (void)unused;
    for (size_t i = 0; i < 2 * VARIANTS; i++) {
        const variant *v = &variants[i / 2];
        const fm_train_options o = options_of(v);
        seen first = {.stop_after = 5}, rest = {0};
        fm_error error = {0};
        fm_train_state *state = begin(v);
        assert_int_equal(run(state, train_devices[i % 2], &o, &first, 0, &error), FM_E_INTERRUPTED);
        state = through_file(state);
        CHECK_OK(run(state, train_devices[1 - i % 2], &o, &rest, 0, &error), &error);
        assert_int_equal(state->epochs, EPOCHS);
        assert_true(state->history[EPOCHS - 1].train.loss < state->history[0].train.loss);
        fm_train_state_free(state);
    }
}

static void test_max_steps_ends_it_once(void **unused) {
    (void)unused;
    fm_train_options o = options_of(&variants[0]);
    seen s = {0};
    fm_error error = {0};
    o.max_steps = 4;
    fm_train_state *expected = run_through(&variants[0], train_devices[1], &o, &s);
    for (size_t stop = 1; stop <= 4; stop++) {
        seen first = {.stop_after = stop};
        fm_train_state *state = begin(&variants[0]);
        assert_int_equal(run(state, train_devices[1], &o, &first, 0, &error), FM_E_INTERRUPTED);
        state = through_file(state);
        CHECK_OK(run(state, train_devices[1], &o, &s, 0, &error), &error);
        same_state(state, expected);
        CHECK_OK(run(state, train_devices[1], &o, &s, 0, &error), &error);
        assert_int_equal(state->steps, 4);
        fm_train_state_free(state);
    }
    fm_train_state_free(expected);
}

/* ---- Refused ---- */

static void refuse(fm_train_state *state, const fm_train_options *o) {
    fm_error error = {0};
    seen s = {0};
    assert_int_equal(run(state, train_devices[1], o, &s, 0, &error), FM_E_ARGUMENT);
    assert_non_null(strstr(error.why, "the state does not match these options"));
    assert_int_equal(s.calls, 0);
}

static void test_a_state_of_another_training(void **unused) {
    (void)unused;
    const fm_train_options o = options_of(&variants[0]);
    fm_train_options other;
    fm_error error = {0};
    seen first = {.stop_after = 6};
    fm_train_state *state = begin(&variants[0]);
    assert_int_equal(run(state, train_devices[1], &o, &first, 0, &error), FM_E_INTERRUPTED);
    assert_true(state->position > 0 && state->epochs == 1);
    other = o, other.batch_size = 39;
    refuse(state, &other);
    other = o, other.val_fraction = 0;
    refuse(state, &other);
    other = o, other.optimizer.kind = FM_SGD;
    refuse(state, &other);
    state->steps++;
    refuse(state, &o);
    state->steps--;
    state->best_epoch = 2;
    refuse(state, &o);
    state->best_epoch = 0;
    refuse(state, &o);
    state->best_epoch = 1;
    CHECK_OK(run(state, train_devices[1], &o, &(seen){0}, 0, &error), &error);
    fm_train_state_free(state);
}

/* The error that the checkpoint callback records ends the training. */
static void test_a_checkpoint_that_fails(void **unused) {
    (void)unused;
    const fm_train_options o = options_of(&variants[0]);
    for (size_t stop = 0; stop <= 2; stop += 2) {
        fm_error error = {0};
        seen s = {.refuse = 1, .stop_after = stop};
        fm_train_state *state = begin(&variants[0]);
        assert_int_equal(run(state, train_devices[1], &o, &s, 0, &error), FM_E_FILE);
        assert_string_equal(error.why, "no space left");
        assert_int_equal(s.checkpoints, 1);
        /* The state is complete: it can be saved elsewhere and resumed. */
        state = through_file(state);
        s = (seen){0};
        CHECK_OK(run(state, train_devices[1], &o, &s, 0, &error), &error);
        fm_train_state *expected = run_through(&variants[0], train_devices[1], &o, &s);
        same_state(state, expected);
        fm_train_state_free(expected);
        fm_train_state_free(state);
    }
}

/* NaN weights do not replace a checkpoint. */
static void test_no_checkpoint_after_divergence(void **unused) {
    (void)unused;
    for (size_t d = 0; d < 2; d++) {
        fm_train_options o = options_of(&variants[2]);
        fm_error error = {0};
        seen s = {0};
        fm_train_state *state = begin(&variants[2]);
        o.optimizer.lr = 1e38;
        o.loss = FM_MSE;
        assert_int_equal(run(state, train_devices[d], &o, &s, 1e-12, &error), FM_E_DIVERGED);
        assert_true(s.checkpoints <= 1);
        assert_true(error.hint[0]);
        fm_train_state_free(state);
    }
}

static int set_up(void **state) {
    folder = temporary_create();
    images = train_images;
    images.count = IMAGES;
    return trainings_set_up(state);
}

static int tear_down(void **state) {
    temporary_remove(folder);
    return trainings_tear_down(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stopped_anywhere),
        cmocka_unit_test(test_stopped_repeatedly),
        cmocka_unit_test(test_killed_after_a_checkpoint),
        cmocka_unit_test(test_past_the_end),
        cmocka_unit_test(test_on_another_device),
        cmocka_unit_test(test_max_steps_ends_it_once),
        cmocka_unit_test(test_a_state_of_another_training),
        cmocka_unit_test(test_a_checkpoint_that_fails),
        cmocka_unit_test(test_no_checkpoint_after_divergence),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
