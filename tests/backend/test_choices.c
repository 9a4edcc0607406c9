/* Tuning parameters do not change the bits of the results, and unsupported ones are detected. */
#include <stdlib.h>
#include <string.h>

#include "backend/choices.h"
#include "support/backends.h"
#include "support/check.h"
#include "support/opencl.h"
#include "support/stacks.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Three batch sizes: whole tiles and a rest, less than a tile, thin. */
static const size_t batches[][2] = {{0, 128}, {128, 35}, {163, 9}};

/* The parameters after two steps with each. */
static float *train(size_t *count, fm_cl_context *context, enum backend_kind kind,
                    const fm_choices *choices) {
    static const enum stack_graph step[] = {STACK_STEP};
    static const size_t widths[] = {150, 70, 37, 10};
    const stack s = stack_plain(3, widths, FM_RELU, 128);
    fm_error error = {0};
    fm_backend *backend = NULL;
    CHECK_OK(backend_create(&backend, context, kind, choices, &error), &error);
    stack_device d = stack_open(&s, backend, FM_COMPILE_FUSED, 1, step);
    for (size_t i = 0; i < 2 * COUNT(batches); i++)
        stack_run(&d, 0, batches[i % 3][0], batches[i % 3][1]);
    float *results = stack_results(&d, count);
    stack_close(&d);
    fm_backend_free(backend);
    return results;
}

static void assert_same_bits(const float *expected, fm_cl_context *context, enum backend_kind kind,
                             const fm_choices *choices) {
    size_t count;
    assert_true(fm_choices_fit(choices, context));
    float *actual = train(&count, context, kind, choices);
    assert_memory_equal(actual, expected, count * sizeof *actual);
    free(actual);
}

/* The driver takes seconds to compile each set, so only one is tested, unless the environment
 * variable FM_CHOICES is set. */
static size_t wanted(size_t count) {
    return getenv("FM_CHOICES") ? count : 1;
}

static void test_cpu_gives_the_same_bits(void **state) {
    (void)state;
    /* The first sets differ from the defaults for vectors of 8 and of 16 floats. */
    static const fm_choices sets[] = {
        {.panels = 2, .lines = 1, .inputs = 7, .groups = 32, .row_groups = 3},
        {.panels = 4, .lines = 4, .inputs = 5, .groups = 8, .row_groups = 2},
        {.panels = 1, .lines = 1, .inputs = 3, .groups = 2, .row_groups = 1},
        {.panels = 3, .lines = 4, .inputs = 12, .groups = 4, .row_groups = 8},
        {.panels = 4, .lines = 2, .inputs = 8, .groups = 16, .row_groups = 4},
    };
    size_t count;
    fm_cl_context *context = opencl_open();
    context->single_item_groups = 1;
    float *expected = train(&count, context, BACKEND_CPU, NULL);
    for (size_t i = 0; i < wanted(COUNT(sets)); i++) {
        fm_choices choices;
        context->cache_bytes = i % 2 ? 0 : 64; /* smaller than the gradients, so kernels prefetch */
        fm_choices_init(&choices, context);
        choices.panels = sets[i].panels;
        choices.lines = sets[i].lines;
        choices.inputs = sets[i].inputs;
        choices.groups = sets[i].groups;
        choices.row_groups = sets[i].row_groups;
        assert_same_bits(expected, context, BACKEND_CPU, &choices);
    }
    free(expected);
    fm_cl_context_free(context);
}

static void test_gpu_gives_the_same_bits(void **state) {
    (void)state;
    static const fm_choices sets[] = {
        {.side = 16, .work = 2, .depth = 8},
        {.side = 64, .work = 8, .depth = 32},
        {.side = 64, .work = 4, .depth = 16},
    };
    size_t count;
    fm_cl_context *context = opencl_open();
    backend_prepare(context, BACKEND_GPU);
    float *expected = train(&count, context, BACKEND_GPU, NULL);
    for (size_t i = 0; i < wanted(COUNT(sets)); i++) {
        fm_choices choices;
        fm_choices_init(&choices, context);
        choices.side = sets[i].side;
        choices.work = sets[i].work;
        choices.depth = sets[i].depth;
        if (i == 0 || fm_choices_fit(&choices, context)) /* not every GPU supports such groups */
            assert_same_bits(expected, context, BACKEND_GPU, &choices);
    }
    free(expected);
    fm_cl_context_free(context);
}

/* A device with more compute units, or a sub-device, divides the work into other groups. */
static void test_compute_units(void **state) {
    (void)state;
    static const cl_uint units[] = {1, 3, 64};
    for (int kind = 0; kind < BACKEND_KINDS; kind++) {
        size_t count;
        fm_error error = {0};
        fm_backend *backend = NULL;
        fm_cl_context *context = opencl_open();
        backend_prepare(context, (enum backend_kind)kind);
        if (!backend_create(&backend, context, (enum backend_kind)kind, NULL, &error)) {
            fm_backend_free(backend);
            float *expected = train(&count, context, (enum backend_kind)kind, NULL);
            for (size_t i = 0; i < COUNT(units); i++) {
                context->compute_units = units[i];
                float *actual = train(&count, context, (enum backend_kind)kind, NULL);
                assert_memory_equal(actual, expected, count * sizeof *actual);
                free(actual);
            }
            free(expected);
        }
        fm_cl_context_free(context);
    }
}

/* Every device supports the defaults, even with minimal resources. */
static void test_supported_values(void **state) {
    (void)state;
    const fm_cl_context least = {
        .compute_units = 1, .vector_width = 1, .group_items = 256, .local_bytes = 32 << 10};
    fm_cl_context single = least;
    fm_choices choices, built_in;
    single.single_item_groups = 1;
    single.group_items = 1;
    for (single.vector_width = 1; single.vector_width <= 16; single.vector_width *= 2) {
        fm_choices_init(&choices, &single);
        assert_true(fm_choices_fit(&choices, &single));
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
    assert_true(fm_choices_fit(&choices, &single)); /* a CPU ignores them */
}

/* Half of the cache, in floats; of a typical one if the device does not report it. */
static void test_cached_floats(void **state) {
    (void)state;
    assert_int_equal(fm_choices_cached_floats(&(fm_cl_context){.cache_bytes = 1 << 20}), 1 << 17);
    assert_int_equal(fm_choices_cached_floats(&(fm_cl_context){0}), 1 << 16);
    assert_int_equal(fm_choices_cached_floats(&(fm_cl_context){.cache_bytes = 7}), 0);
}

/* Only listed values are allowed. */
static void test_allowed_values(void **state) {
    (void)state;
    const fm_cl_context device = {.compute_units = 1,
                                  .vector_width = 8,
                                  .group_items = 4096,
                                  .local_bytes = 1 << 20,
                                  .single_item_groups = 1};
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpu_gives_the_same_bits),
        cmocka_unit_test(test_gpu_gives_the_same_bits),
        cmocka_unit_test(test_compute_units),
        cmocka_unit_test(test_supported_values),
        cmocka_unit_test(test_cached_floats),
        cmocka_unit_test(test_allowed_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
