/* How kernels are built and launched changes no bit of what they compute; and what a device cannot
 * run does not fit it. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "fmnist_cl/weights.h"
#include "nn/network.h"
#include "ops/choices.h"
#include "ops/opencl.h"
#include "optim/schedule.h"
#include "support/check.h"
#include "support/opencl.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Batches of three sizes: whole tiles and a rest, a rest alone, thin. */
enum { IMAGES = 128 + 35 + 9, PIXELS = 150, STEPS = 6 };
static const size_t batches[][2] = {{0, 128}, {128, 35}, {163, 9}};

static const fm_architecture architecture = {
    .inputs = PIXELS, .outputs = 10, .hidden_count = 2, .hidden = {70, 37}, .activation = FM_RELU};
static uint8_t pixels[IMAGES * PIXELS], labels[IMAGES];

/* The weights after some steps. */
static fm_weights *train(fm_cl_context *context, enum fm_linear_kind kind,
                         const fm_choices *choices) {
    const fm_images images = {IMAGES, PIXELS, pixels, labels};
    fm_optimizer adam;
    fm_error error = {0};
    fm_ops *ops = NULL;
    fm_weights *weights = NULL;
    fm_network *network = NULL;
    fm_samples *samples = NULL;
    fm_outcomes *outcomes = NULL;
    fm_optimizer_init(&adam, FM_ADAM);
    CHECK_OK(fm_opencl_create(&ops, context, kind, choices, &error), &error);
    CHECK_OK(fm_weights_create(&weights, &architecture, &error), &error);
    fm_weights_randomize(weights, 3);
    CHECK_OK(fm_network_create_on(&network, ops, weights, 128, &adam, &error), &error);
    CHECK_OK(fm_samples_create(&samples, ops, &images, &error), &error);
    CHECK_OK(fm_outcomes_create(&outcomes, ops, IMAGES, &error), &error);
    for (size_t step = 0; step < STEPS; step++) {
        const size_t *batch = batches[step % 3];
        fm_update update;
        size_t queued;
        fm_schedule_update(&update, &adam, step + 1);
        CHECK_OK(fm_network_step(network, samples, outcomes, FM_CROSS_ENTROPY, &update, batch[0],
                                 batch[1], &error),
                 &error);
        CHECK_OK(fm_ops_mark(ops, &queued, &error), &error);
    }
    CHECK_OK(fm_network_read(weights, network, &error), &error);
    fm_outcomes_free(outcomes);
    fm_samples_free(samples);
    fm_network_free(network);
    fm_ops_free(ops);
    return weights;
}

static void assert_same_bits(fm_weights *expected, fm_cl_context *context, enum fm_linear_kind kind,
                             const fm_choices *choices) {
    const size_t bytes = fm_architecture_parameter_count(&architecture) * sizeof(float);
    assert_true(fm_choices_fit(choices, context));
    fm_weights *actual = train(context, kind, choices);
    assert_memory_equal(fm_weights_matrix(actual, 0), fm_weights_matrix(expected, 0), bytes);
    fm_weights_free(actual);
}

/* Each set is compiled, which takes a driver seconds: one of them, unless FM_CHOICES in the
 * environment asks for all. */
static size_t wanted(size_t count) {
    return getenv("FM_CHOICES") ? count : 1;
}

static void test_panel_gives_the_same_bits(void **state) {
    (void)state;
    /* What differs from the built-in choices for vectors of 8 and of 16 floats comes first. */
    static const fm_choices sets[] = {
        {.panels = 2, .lines = 1, .inputs = 7, .groups = 32, .row_groups = 3},
        {.panels = 4, .lines = 4, .inputs = 5, .groups = 8, .row_groups = 2},
        {.panels = 1, .lines = 1, .inputs = 3, .groups = 2, .row_groups = 1},
        {.panels = 3, .lines = 4, .inputs = 12, .groups = 4, .row_groups = 8},
        {.panels = 4, .lines = 2, .inputs = 8, .groups = 16, .row_groups = 4},
    };
    fm_cl_context *context = opencl_open();
    context->lone_items = 1;
    fm_weights *expected = train(context, FM_LINEAR_PANEL, NULL);
    for (size_t i = 0; i < wanted(COUNT(sets)); i++) {
        fm_choices choices;
        context->cache_bytes = i % 2 ? 0 : 64; /* gradients that do not stay in it are asked for */
        fm_choices_init(&choices, context);
        choices.panels = sets[i].panels;
        choices.lines = sets[i].lines;
        choices.inputs = sets[i].inputs;
        choices.groups = sets[i].groups;
        choices.row_groups = sets[i].row_groups;
        assert_same_bits(expected, context, FM_LINEAR_PANEL, &choices);
    }
    fm_weights_free(expected);
    fm_cl_context_free(context);
}

static void test_tile_gives_the_same_bits(void **state) {
    (void)state;
    static const fm_choices sets[] = {
        {.side = 16, .work = 2, .depth = 8},
        {.side = 64, .work = 8, .depth = 32},
        {.side = 64, .work = 4, .depth = 16},
    };
    fm_cl_context *context = opencl_open();
    context->lone_items = context->shares_memory = 0;
    fm_weights *expected = train(context, FM_LINEAR_TILE, NULL);
    for (size_t i = 0; i < wanted(COUNT(sets)); i++) {
        fm_choices choices;
        fm_choices_init(&choices, context);
        choices.side = sets[i].side;
        choices.work = sets[i].work;
        choices.depth = sets[i].depth;
        if (i == 0 || fm_choices_fit(&choices, context)) /* not every GPU has such groups */
            assert_same_bits(expected, context, FM_LINEAR_TILE, &choices);
    }
    fm_weights_free(expected);
    fm_cl_context_free(context);
}

/* The built-in choices fit, also a device that has no more than what groups need. */
static void test_what_fits(void **state) {
    (void)state;
    const fm_cl_context least = {
        .compute_units = 1, .vector_width = 1, .group_items = 256, .local_bytes = 32 << 10};
    fm_cl_context lone = least;
    fm_choices choices, built_in;
    lone.lone_items = 1;
    lone.group_items = 1;
    for (lone.vector_width = 1; lone.vector_width <= 16; lone.vector_width *= 2) {
        fm_choices_init(&choices, &lone);
        assert_true(fm_choices_fit(&choices, &lone));
    }
    fm_choices_init(&built_in, &least);
    assert_true(fm_choices_fit(&built_in, &least));

    choices = built_in;
    choices.side = 64, choices.work = 4; /* 1024 work-items */
    assert_false(fm_choices_fit(&choices, &least));
    choices.work = 8;
    assert_true(fm_choices_fit(&choices, &least));
    choices.side = 128, choices.depth = 32; /* 34 KB, and 1024 work-items */
    fm_cl_context more = least;
    more.group_items = 1024;
    assert_false(fm_choices_fit(&choices, &more));
    more.local_bytes = 48 << 10;
    assert_true(fm_choices_fit(&choices, &more));
    assert_true(fm_choices_fit(&choices, &lone)); /* which does not look at them */
}

/* Half of the cache, in floats; of the usual one where a device tells of none. */
static void test_what_is_near(void **state) {
    (void)state;
    assert_int_equal(fm_choices_near(&(fm_cl_context){.cache_bytes = 1 << 20}), 1 << 17);
    assert_int_equal(fm_choices_near(&(fm_cl_context){0}), 1 << 16);
    assert_int_equal(fm_choices_near(&(fm_cl_context){.cache_bytes = 7}), 0);
}

/* Only what is listed may be chosen. */
static void test_what_may_be_chosen(void **state) {
    (void)state;
    const fm_cl_context device = {.compute_units = 1,
                                  .vector_width = 8,
                                  .group_items = 4096,
                                  .local_bytes = 1 << 20,
                                  .lone_items = 1};
    for (size_t i = 0; i < FM_CHOICES; i++) {
        const fm_choice *choice = fm_choice_get(i);
        fm_choices choices;
        fm_choices_init(&choices, &device);
        assert_non_null(choice->name);
        for (size_t v = 0; choice->values[v]; v++) {
            assert_true(v == 0 || choice->values[v] > choice->values[v - 1]);
            fm_choice_set(&choices, i, choice->values[v]);
            assert_int_equal(fm_choice_value(&choices, i), choice->values[v]);
        }
        for (int value = -1; value < 200; value++) {
            int listed = 0;
            for (size_t v = 0; choice->values[v]; v++)
                listed |= choice->values[v] == value;
            fm_choice_set(&choices, i, value);
            if (!listed)
                assert_false(fm_choices_fit(&choices, &device));
        }
    }
}

static int make_images(void **state) {
    (void)state;
    fm_random random;
    fm_random_seed(&random, 4, 99);
    /* Half of the pixels are zeros, many in a row, as beside clothes. */
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = i / 13 % 2 ? 0 : (uint8_t)fm_random_below(&random, 256);
    for (size_t i = 0; i < IMAGES; i++)
        labels[i] = (uint8_t)(i % 10);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_panel_gives_the_same_bits),
        cmocka_unit_test(test_tile_gives_the_same_bits),
        cmocka_unit_test(test_what_fits),
        cmocka_unit_test(test_what_is_near),
        cmocka_unit_test(test_what_may_be_chosen),
    };
    return cmocka_run_group_tests(tests, make_images, NULL);
}
