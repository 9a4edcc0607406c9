/* Dropout: which elements become 0 depends on seed, layer, epoch, image and column alone, and how
 * many do is the probability's; on every back end, the reference included. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "base/random.h"
#include "nn/schedule.h"
#include "support/backends.h"
#include "support/check.h"
#include "support/passes.h"
#include "support/tolerances.h"

enum { IMAGES = 300, PIXELS = 9, MOST_BITS = 1 << 20 };

static uint8_t pixels[IMAGES * PIXELS], labels[IMAGES];
static const fm_images images = {IMAGES, PIXELS, pixels, labels};

/* ---- Masks ---- */

/* What the bits of a mask depend on, but for image and column. */
typedef struct key {
    uint64_t seed;
    int epoch;
    size_t layer;
    float rate;
} key;

static const key usual = {.seed = 0x123456789ABCDEF0U, .epoch = 3, .layer = 2, .rate = 0.5f};

/* The bit by its definition, from Philox, whose answers are known (tests/base/test_philox.c). */
static float expected_bit(const key *k, uint32_t image, size_t column) {
    const uint32_t counter[4] = {(uint32_t)(column / 8), image, (uint32_t)k->epoch,
                                 (uint32_t)k->layer};
    const uint32_t seed[2] = {(uint32_t)k->seed, (uint32_t)(k->seed >> 32)};
    uint32_t numbers[4];
    fm_philox(numbers, counter, seed);
    const uint32_t number = numbers[column % 8 / 2] >> column % 2 * 16 & 0xFFFF;
    return (double)number >= floor((double)k->rate * 65536 + 0.5) ? 1.0f : 0.0f;
}

/* A plan of one mask, for batches of up to so many rows. */
typedef struct masks {
    fm_graph *graph;
    fm_plan *plan;
    fm_samples *samples;
    int tensor;
} masks;

static masks masks_open(fm_backend *backend, const key *k, size_t rows, size_t cols,
                        enum fm_compile how, const uint32_t *order) {
    masks m = {.graph = NULL};
    fm_error error = {0};
    CHECK_OK(fm_graph_create(&m.graph, rows, &error), &error);
    m.tensor = fm_graph_mask(m.graph, cols);
    fm_graph_expose(m.graph, m.tensor);
    fm_graph_add(m.graph, (fm_node){.operation = FM_OP_DROPOUT_MASK,
                                    .operand = {m.tensor},
                                    .layer = k->layer,
                                    .rate = k->rate});
    CHECK_OK(fm_graph_check(m.graph, &error), &error);
    CHECK_OK(fm_plan_compile(&m.plan, backend, (const fm_graph *const *)&m.graph, 1, NULL, 0, how,
                             &error),
             &error);
    CHECK_OK(fm_samples_create(&m.samples, backend, &images, &error), &error);
    if (order)
        CHECK_OK(fm_samples_set_order(m.samples, order, IMAGES, &error), &error);
    return m;
}

static void masks_close(masks *m) {
    fm_samples_free(m->samples);
    fm_plan_free(m->plan);
    fm_graph_free(m->graph);
}

/* The bits of these positions of the order, as 0 and 1. */
static void masks_draw(float *out, masks *m, const key *k, size_t first, size_t rows) {
    fm_error error = {0};
    const fm_step step = {.first = (int)first,
                          .rows = (int)rows,
                          .batch_rows = (int)rows,
                          .epoch = k->epoch,
                          .seed_low = (unsigned)k->seed,
                          .seed_high = (unsigned)(k->seed >> 32)};
    CHECK_OK(fm_plan_run(m->plan, 0, m->samples, NULL, &step, &error), &error);
    CHECK_OK(fm_plan_read(out, m->plan, 0, m->tensor, rows, &error), &error);
}

static float bits[MOST_BITS], others[MOST_BITS];

/* All images in batches of this size, wherever the order has them. */
static void check_batches(size_t k, size_t batch, size_t cols, enum fm_compile how,
                          const uint32_t *order) {
    masks m = masks_open(backends[k].backend, &usual, batch, cols, how, order);
    for (size_t first = 0; first < IMAGES; first += batch) {
        const size_t rows = IMAGES - first < batch ? IMAGES - first : batch;
        masks_draw(bits, &m, &usual, first, rows);
        for (size_t i = 0; i < rows * cols; i++) {
            const uint32_t image = order ? order[first + i / cols] : (uint32_t)(first + i / cols);
            if (bits[i] != expected_bit(&usual, image, i % cols))
                fail_msg("%s: bit %zu of image %u is %g (batches of %zu)", backends[k].name,
                         i % cols, (unsigned)image, (double)bits[i], batch);
        }
    }
    masks_close(&m);
}

static void test_bits_of_an_image(void **state) {
    (void)state;
    static const size_t batches[] = {1, 7, 16, 17, 128}, widths[] = {1, 8, 37, 200};
    uint32_t order[IMAGES];
    fm_random random;
    fm_random_seed(&random, 6, 99);
    for (size_t i = 0; i < IMAGES; i++)
        order[i] = (uint32_t)i;
    fm_random_shuffle(&random, order, IMAGES);
    for (size_t k = 0; k <= backend_count; k++)
        for (size_t b = 0; b < sizeof batches / sizeof *batches; b++)
            for (int how = FM_COMPILE_FUSED; how <= FM_COMPILE_COLUMNS; how++) {
                const size_t cols = widths[(b + (size_t)how) % 4];
                check_batches(k, batches[b], cols, (enum fm_compile)how, NULL);
                check_batches(k, batches[b], cols, (enum fm_compile)how, order);
            }
}

static void draw(float *out, fm_backend *backend, const key *k, size_t cols) {
    masks m = masks_open(backend, k, IMAGES, cols, FM_COMPILE_FUSED, NULL);
    masks_draw(out, &m, k, 0, IMAGES);
    masks_close(&m);
}

/* A million decisions, or fewer in an interpreter of kernels. */
static void check_rate(float rate) {
    const size_t cols = getenv("FM_SMALL_CASES") ? 35 : MOST_BITS / IMAGES, count = IMAGES * cols;
    const key own = {.seed = 4, .epoch = 1, .layer = 1, .rate = rate};
    const double rounded = floor((double)rate * 65536 + 0.5) / 65536;
    size_t zeros = 0;
    for (size_t i = 0; i < count; i++) {
        others[i] = expected_bit(&own, (uint32_t)(i / cols), i % cols);
        zeros += others[i] == 0;
    }
    if (fabs((double)zeros - rounded * (double)count) > binomial_slack((double)count, rounded))
        fail_msg("%zu of %zu elements are zeros, with probability %g", zeros, count, (double)rate);
    for (size_t k = 0; k <= backend_count; k++) {
        draw(bits, backends[k].backend, &own, cols);
        if (memcmp(bits, others, count * sizeof *bits) != 0)
            fail_msg("%s: other bits, with probability %g", backends[k].name, (double)rate);
    }
}

/* Of every probability to 1/65536, rounded, as settings can have them. */
static void test_rate(void **state) {
    (void)state;
    static const float rates[] = {0,    1.0f / 65536, 1e-4f, 0.01f, 0.2f,
                                  0.3f, 0.5f,         0.75f, 0.9f,  0.9999f};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        check_rate(rates[i]);
}

/* ---- Values ---- */

enum { ROWS = 19, COLS = 37, VALUES = ROWS * COLS };

typedef struct product {
    float before[VALUES], mask[VALUES], after[VALUES];
} product;

/* Forward, or backward in place, of given numbers and mask. */
static void multiply(product *p, fm_backend *backend, float rate, int is_backward,
                     enum fm_compile how) {
    fm_error error = {0};
    fm_graph *graph = NULL;
    fm_plan *plan = NULL;
    const fm_step step = {.rows = ROWS, .batch_rows = ROWS, .epoch = 1};
    CHECK_OK(fm_graph_create(&graph, ROWS, &error), &error);
    const int mask = fm_graph_mask(graph, COLS), x = fm_graph_batch(graph, COLS);
    const int y = is_backward ? x : fm_graph_batch(graph, COLS);
    fm_graph_expose(graph, mask);
    fm_graph_expose(graph, x);
    fm_graph_expose(graph, y);
    fm_node node = {.operation = FM_OP_DROPOUT_FORWARD, .operand = {y, x, mask}, .rate = rate};
    if (is_backward)
        node = (fm_node){.operation = FM_OP_DROPOUT_BACKWARD, .operand = {x, mask}, .rate = rate};
    fm_graph_add(graph, node);
    CHECK_OK(fm_graph_check(graph, &error), &error);
    CHECK_OK(
        fm_plan_compile(&plan, backend, (const fm_graph *const *)&graph, 1, NULL, 0, how, &error),
        &error);
    CHECK_OK(fm_plan_write(plan, 0, x, p->before, ROWS, &error), &error);
    CHECK_OK(fm_plan_write(plan, 0, mask, p->mask, ROWS, &error), &error);
    CHECK_OK(fm_plan_run(plan, 0, NULL, NULL, &step, &error), &error);
    CHECK_OK(fm_plan_read(p->after, plan, 0, y, ROWS, &error), &error);
    fm_plan_free(plan);
    fm_graph_free(graph);
}

static void test_values(void **state) {
    (void)state;
    static const float rates[] = {0, 0.25f, 0.5f, 0.9999f};
    static product p;
    fm_random random;
    fm_random_seed(&random, 7, 99);
    for (size_t i = 0; i < VALUES; i++) {
        p.mask[i] = (float)fm_random_below(&random, 2);
        p.before[i] = 4 * fm_random_unit(&random) - 2;
        /* What becomes 0 may be no number. */
        if (p.mask[i] == 0 && i % 3 == 0)
            p.before[i] = i % 2 ? NAN : -INFINITY;
    }
    for (size_t k = 0; k <= backend_count; k++)
        for (int variant = 0; variant < 24; variant++) {
            const float rate = rates[variant % 4];
            multiply(&p, backends[k].backend, rate, variant / 4 % 2,
                     (enum fm_compile)(FM_COMPILE_FUSED + variant / 8));
            for (size_t i = 0; i < VALUES; i++) {
                const double kept = (double)p.before[i] / (1 - (double)rate);
                const double expected = p.mask[i] == 0 ? 0 : kept;
                if (!(fabs((double)p.after[i] - expected) <= TOLERANCE_SCALED * fabs(expected)))
                    fail_msg("%s: element %zu is %.9g, not %.9g, with probability %g",
                             backends[k].name, i, (double)p.after[i], expected, (double)rate);
            }
        }
}

/* ---- Networks ---- */

static fm_architecture network_with(enum fm_activation activation, size_t count, double first,
                                    double second) {
    return (fm_architecture){.inputs = PIXELS,
                             .outputs = FM_CLASSES,
                             .hidden_count = 2,
                             .hidden = {33, 18},
                             .activation = activation,
                             .dropout_count = count,
                             .dropout = {first, second}};
}

/* The layers of dropout's operations in a pass: mask, forward, backward, as "m1 f1 b1 ". */
static void write_dropout(char out[64], const fm_architecture *a, enum fm_pass pass) {
    char text[1024];
    size_t length = 0;
    passes_text(text, sizeof text, a, pass);
    out[0] = '\0';
    for (char *at = text; (at = strstr(at, "dropout_")); at++)
        length += (size_t)snprintf(out + length, 64 - length, "%c%c ", at[8], strchr(at, '.')[1]);
}

/* In training alone, after every hidden layer with a probability above 0. */
static void test_where_it_stands(void **state) {
    (void)state;
    static const struct {
        size_t count;
        double first, second;
        enum fm_pass pass;
        const char *operations;
    } cases[] = {
        {1, 0.5, 0, FM_PASS_FORWARD, ""},
        {1, 0.5, 0, FM_PASS_SCORE, ""},
        {1, 0.5, 0, FM_PASS_UPDATE, ""},
        {1, 0.5, 0, FM_PASS_STEP, "m1 f1 m2 f2 b2 b1 "},
        {2, 0, 0.25, FM_PASS_STEP, "m2 f2 b2 "},
        {2, 0.25, 0, FM_PASS_GRADIENT, "m1 f1 b1 "},
        {1, 0, 0, FM_PASS_STEP, ""},
        {0, 0, 0, FM_PASS_STEP, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int activation = FM_IDENTITY; activation <= FM_ELU; activation++) {
            char text[64];
            const fm_architecture a = network_with((enum fm_activation)activation, cases[i].count,
                                                   cases[i].first, cases[i].second);
            write_dropout(text, &a, cases[i].pass);
            assert_string_equal(text, cases[i].operations);
        }
}

/* ---- Training ---- */

enum { STEPS = 4, BATCH = 40 };

typedef struct trained {
    float losses[STEPS * BATCH];
    float values[PASSES_VALUES];
    size_t count;
} trained;

static void train(trained *out, fm_backend *backend, const fm_architecture *a,
                  enum fm_compile how) {
    static const enum fm_pass pass[] = {FM_PASS_STEP};
    const fm_optimizer sgd = {.kind = FM_SGD, .lr = 0.1};
    fm_error error = {0};
    fm_stack stack;
    fm_step step = {.rows = BATCH, .batch_rows = BATCH, .seed_low = 11};
    fm_stack_init(&stack, a);
    passes p = passes_open(backend, &stack, pass, 1, BATCH, 0, how, &images);
    fm_schedule_update(&step.update, &sgd, 1);
    for (int i = 0; i < STEPS; i++) {
        step.first = i * BATCH;
        step.epoch = 1 + i / 2;
        passes_run(&p, 0, &step);
    }
    CHECK_OK(fm_outcomes_read(out->losses, NULL, p.outcomes, 0, STEPS * BATCH, &error), &error);
    out->count = passes_read(out->values, &p);
    passes_close(&p);
}

static void check_training(size_t k, const fm_architecture *a) {
    static trained expected, actual, divided;
    const char *activation = fm_activation_name(a->activation);
    train(&expected, reference, a, FM_COMPILE_FUSED);
    train(&actual, backends[k].backend, a, FM_COMPILE_FUSED);
    check_close(actual.losses, expected.losses, STEPS * BATCH, TOLERANCE_TRAINING, "%s, %s: losses",
                backends[k].name, activation);
    check_close(actual.values, expected.values, expected.count, TOLERANCE_TRAINING,
                "%s, %s: parameters", backends[k].name, activation);
    for (int how = FM_COMPILE_SEPARATE; how <= FM_COMPILE_COLUMNS; how++) {
        train(&divided, backends[k].backend, a, (enum fm_compile)how);
        assert_memory_equal(divided.losses, actual.losses, sizeof actual.losses);
        assert_memory_equal(divided.values, actual.values, actual.count * sizeof *actual.values);
    }
}

static void test_training(void **state) {
    (void)state;
    for (size_t k = 0; k <= backend_count; k++)
        for (int activation = FM_IDENTITY; activation <= FM_ELU; activation++) {
            const enum fm_activation own = (enum fm_activation)activation;
            const fm_architecture all = network_with(own, 1, 0.3, 0);
            const fm_architecture first = network_with(own, 2, 0.5, 0);
            const fm_architecture last = network_with(own, 2, 0, 0.75);
            check_training(k, &all);
            check_training(k, &first);
            check_training(k, &last);
        }
}

static int set_up(void **state) {
    fm_random random;
    fm_random_seed(&random, 9, 99);
    for (size_t i = 0; i < IMAGES * PIXELS; i++)
        pixels[i] = (uint8_t)fm_random_below(&random, 256);
    for (size_t i = 0; i < IMAGES; i++)
        labels[i] = (uint8_t)fm_random_below(&random, FM_CLASSES);
    return backends_set_up(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits_of_an_image), cmocka_unit_test(test_rate),
        cmocka_unit_test(test_values),           cmocka_unit_test(test_where_it_stands),
        cmocka_unit_test(test_training),
    };
    return cmocka_run_group_tests(tests, set_up, backends_tear_down);
}
