/* Operations that are collected and launched later must leave what they would have left one by one:
 * sequences that read what is still to be written, and write what is still to be read, on every
 * implementation against the reference. */
#include <stdlib.h>

#include "base/random.h"
#include "support/check.h"
#include "support/parity.h"
#include "support/tolerances.h"

enum { IMAGES = 200, PIXELS = 35, HIDDEN = 20, ROWS = 128 };

static uint8_t pixels[IMAGES * PIXELS], labels[IMAGES];
static float weight[HIDDEN * PIXELS], bias[HIDDEN], gradient[ROWS * HIDDEN];
static const fm_update rule = {.rule = FM_UPDATE_SGD, .lr = 0.05f, .momentum = 0.5f};

/* One layer, and matrices for it. */
typedef struct stage {
    fm_ops *ops;
    fm_samples *samples;
    fm_outcomes *outcomes;
    fm_parameters *p, *q;
    fm_matrix *x, *y, *dy, *dx;
    fm_error error;
} stage;

#define DO(call) CHECK_OK(call, &s->error)

static void stage_open(stage *s, fm_ops *ops) {
    const fm_images images = {IMAGES, PIXELS, pixels, labels};
    *s = (stage){.ops = ops};
    DO(fm_samples_create(&s->samples, ops, &images, &s->error));
    DO(fm_outcomes_create(&s->outcomes, ops, IMAGES, &s->error));
    DO(fm_parameters_create(&s->p, ops, HIDDEN, PIXELS, 1, &s->error));
    DO(fm_parameters_create(&s->q, ops, HIDDEN, PIXELS, 1, &s->error));
    DO(fm_matrix_create(&s->x, ops, ROWS, PIXELS, &s->error));
    DO(fm_matrix_create(&s->dx, ops, ROWS, PIXELS, &s->error));
    DO(fm_matrix_create(&s->y, ops, ROWS, HIDDEN, &s->error));
    DO(fm_matrix_create(&s->dy, ops, ROWS, HIDDEN, &s->error));
    DO(fm_parameters_write(s->p, 0, weight, bias, &s->error));
    DO(fm_matrix_write(s->dy, gradient, ROWS, &s->error));
}

static void stage_close(stage *s) {
    fm_matrix_free(s->dy);
    fm_matrix_free(s->y);
    fm_matrix_free(s->dx);
    fm_matrix_free(s->x);
    fm_parameters_free(s->q);
    fm_parameters_free(s->p);
    fm_outcomes_free(s->outcomes);
    fm_samples_free(s->samples);
}

static void gather(stage *s, size_t first, size_t rows) {
    DO(fm_ops_gather(s->ops, s->x, s->samples, first, rows, &s->error));
}
static void forward(stage *s, size_t rows) {
    DO(fm_ops_linear_forward(s->ops, s->y, NULL, s->x, s->p, FM_RELU, NULL, rows, &s->error));
}
/* A last layer, which may wait for its loss, when another has taken in the images before it. */
static void logits(stage *s, size_t rows) {
    DO(fm_ops_linear_forward(s->ops, s->y, NULL, s->x, s->p, FM_IDENTITY, NULL, rows, &s->error));
}
static void backward_input(stage *s, size_t rows) {
    DO(fm_ops_linear_backward_input(s->ops, s->dx, s->dy, s->p, FM_IDENTITY, NULL, rows,
                                    &s->error));
}
static void backward_parameters(stage *s, fm_matrix *x, size_t rows) {
    DO(fm_ops_linear_backward_parameters(s->ops, s->p, x, s->dy, &rule, rows, &s->error));
}
static void score(stage *s, size_t first, size_t rows) {
    DO(fm_ops_loss(s->ops, s->dy, s->outcomes, s->y, s->samples, FM_CROSS_ENTROPY, first, rows,
                   &s->error));
}

/* ---- The sequences. Each leaves what it wants compared in y, dx, the parameters, the losses ----
 */

/* The second forward wants the parameters after the update, the update those before it. */
static void forward_after_update(stage *s) {
    gather(s, 0, ROWS);
    forward(s, ROWS);
    backward_parameters(s, s->x, ROWS);
    forward(s, ROWS);
    backward_input(s, ROWS);
}

/* The update wants the images that the second gather replaces. */
static void gather_after_update(stage *s) {
    gather(s, 0, ROWS);
    backward_parameters(s, s->x, ROWS);
    gather(s, 60, ROWS);
    forward(s, ROWS);
}

/* The update wants the gradient that the loss replaces. */
static void loss_after_update(stage *s) {
    gather(s, 0, ROWS);
    forward(s, ROWS);
    backward_parameters(s, s->x, ROWS);
    score(s, 0, ROWS);
    backward_input(s, ROWS);
}

/* The same parameters twice, the second time from what the first operation wrote. */
static void update_twice(stage *s) {
    gather(s, 5, ROWS);
    backward_input(s, ROWS);
    backward_parameters(s, s->dx, ROWS);
    backward_parameters(s, s->x, ROWS);
}

/* Another rule for other parameters. */
static void other_rule(stage *s) {
    const fm_update plain = {.rule = FM_UPDATE_SGD, .lr = 0.5f};
    gather(s, 5, ROWS);
    backward_parameters(s, s->x, ROWS);
    DO(fm_ops_linear_backward_parameters(s->ops, s->q, s->x, s->dy, &plain, ROWS, &s->error));
    DO(fm_ops_linear_forward(s->ops, s->y, NULL, s->x, s->q, FM_RELU, NULL, ROWS, &s->error));
}

/* Batches of other sizes and places, thin and not, with nothing read between them. */
static void other_batches(stage *s) {
    static const size_t batches[][2] = {{0, 128}, {1, 127}, {100, 100}, {7, 16}, {3, 17}, {9, 1}};
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
        gather(s, batches[b][0], batches[b][1]);
        forward(s, batches[b][1]);
        score(s, batches[b][0], batches[b][1]);
        backward_parameters(s, s->x, batches[b][1]);
    }
    gather(s, 0, ROWS);
    forward(s, ROWS);
}

/* Nothing but rows, of other samples and then of fewer. */
static void evaluation(stage *s) {
    static const size_t batches[][2] = {{0, 100}, {100, 100}, {100, 40}};
    for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
        gather(s, batches[b][0], batches[b][1]);
        forward(s, batches[b][1]);
        DO(fm_ops_loss(s->ops, NULL, s->outcomes, s->y, s->samples, FM_CROSS_ENTROPY, batches[b][0],
                       batches[b][1], &s->error));
    }
}

/* More operations than a list holds, and more lists than are kept. */
static void many(stage *s) {
    for (size_t n = 0; n < 20; n++) {
        for (size_t i = 0; i <= 20 * n; i++)
            gather(s, 3, 40);
        forward(s, 40);
        score(s, 3, 40);
        backward_input(s, 40);
        backward_parameters(s, s->x, 40);
    }
    gather(s, 0, ROWS);
    forward(s, ROWS);
}

/* Objects that come and go while operations wait: what stays keeps its content. */
static void others_come_and_go(stage *s) {
    fm_matrix *other = NULL;
    gather(s, 0, ROWS);
    forward(s, ROWS);
    DO(fm_matrix_create(&other, s->ops, 500, 100, &s->error));
    backward_parameters(s, s->x, ROWS);
    fm_matrix_free(other);
    DO(fm_matrix_create(&other, s->ops, 300, 33, &s->error));
    backward_input(s, ROWS);
    fm_matrix_free(other);
}

/* A loss of fewer rows than its layer has: the other rows' outcomes and gradient stay. */
static void loss_of_fewer_rows(stage *s) {
    gather(s, 0, ROWS);
    forward(s, ROWS);
    logits(s, ROWS);
    score(s, 0, 40);
    backward_input(s, ROWS);
}

/* A loss that something came before, after its layer. */
static void loss_apart_from_its_layer(stage *s) {
    gather(s, 40, ROWS - 40);
    forward(s, ROWS - 40);
    logits(s, ROWS - 40);
    backward_input(s, ROWS);
    score(s, 40, ROWS - 40);
    backward_parameters(s, s->x, 40);
}

/* The layer wants the images that a gather replaces, and the parameters before the update. */
static void layer_waits(stage *s) {
    gather(s, 0, ROWS);
    forward(s, ROWS);
    logits(s, ROWS);
    gather(s, 60, 40);
    score(s, 0, ROWS);
    logits(s, 40);
    backward_parameters(s, s->x, 40);
    score(s, 60, 40);
    backward_input(s, 40);
}

/* A layer of fewer rows than were gathered, and a gather after a gather. */
static void gather_waits(stage *s) {
    gather(s, 0, ROWS);
    forward(s, 30);
    backward_parameters(s, s->x, ROWS);
    gather(s, 60, ROWS);
    gather(s, 20, 50);
    forward(s, 50);
    backward_parameters(s, s->x, ROWS);
}

/* More layers than have their gradients computed at once; the last two are of other batches. */
static void many_gradients(stage *s) {
    fm_parameters *layers[6];
    gather(s, 0, ROWS);
    for (size_t i = 0; i < 6; i++) {
        DO(fm_parameters_create(&layers[i], s->ops, HIDDEN, PIXELS, 1, &s->error));
        DO(fm_parameters_write(layers[i], 0, weight, bias, &s->error));
    }
    for (size_t i = 0; i < 6; i++)
        DO(fm_ops_linear_backward_parameters(s->ops, layers[i], s->x, s->dy, &rule,
                                             i < 5 ? ROWS : 40, &s->error));
    backward_parameters(s, s->x, 40);
    gather(s, 30, ROWS);
    for (size_t i = 0; i < 6; i++) {
        DO(fm_ops_linear_forward(s->ops, s->y, NULL, s->x, layers[i], FM_RELU, NULL, 100 - 10 * i,
                                 &s->error));
        fm_parameters_free(layers[i]);
    }
}

/* ---- */

static void run(float *out, fm_ops *ops, void (*sequence)(stage *)) {
    stage own, *s = &own;
    stage_open(s, ops);
    sequence(s);
    DO(fm_matrix_read(out, s->y, ROWS, &s->error));
    out += ROWS * HIDDEN;
    DO(fm_matrix_read(out, s->dx, ROWS, &s->error));
    out += ROWS * PIXELS;
    DO(fm_parameters_read(out, out + HIDDEN * PIXELS, s->p, 0, &s->error));
    out += HIDDEN * (PIXELS + 1);
    DO(fm_outcomes_read(out, NULL, s->outcomes, 0, IMAGES, &s->error));
    stage_close(s);
}

static void test_sequences(void **state) {
    (void)state;
    static const struct {
        const char *name;
        void (*sequence)(stage *);
    } sequences[] = {
        {"forward after update", forward_after_update},
        {"gather after update", gather_after_update},
        {"loss after update", loss_after_update},
        {"update twice", update_twice},
        {"other rule", other_rule},
        {"other batches", other_batches},
        {"evaluation", evaluation},
        {"many", many},
        {"others come and go", others_come_and_go},
        {"loss of fewer rows", loss_of_fewer_rows},
        {"loss apart from its layer", loss_apart_from_its_layer},
        {"layer waits", layer_waits},
        {"gather waits", gather_waits},
        {"many gradients", many_gradients},
    };
    enum { COUNT = ROWS * (HIDDEN + PIXELS) + HIDDEN * (PIXELS + 1) + IMAGES };
    static float actual[COUNT], expected[COUNT];
    for (size_t q = 0; q < sizeof sequences / sizeof *sequences; q++) {
        /* Thousands of launches: not for an interpreter of kernels. */
        if (sequences[q].sequence == many && getenv("FM_SMALL_CASES"))
            continue;
        run(expected, reference, sequences[q].sequence);
        for (size_t i = 0; i < implementation_count; i++) {
            run(actual, implementations[i].ops, sequences[q].sequence);
            check_close(actual, expected, COUNT, TOLERANCE_TRAINING, "%s: %s",
                        implementations[i].name, sequences[q].name);
        }
    }
}

static int open_all(void **state) {
    fm_random random;
    fm_random_seed(&random, 8, 99);
    /* Half of the pixels are zeros, many in a row, as beside clothes. */
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = i / 7 % 2 ? 0 : (uint8_t)fm_random_below(&random, 256);
    for (size_t i = 0; i < IMAGES; i++)
        labels[i] = (uint8_t)(i % FM_CLASSES);
    for (size_t i = 0; i < HIDDEN * PIXELS; i++)
        weight[i] = fm_random_unit(&random) - 0.5f;
    for (size_t i = 0; i < HIDDEN; i++)
        bias[i] = fm_random_unit(&random) - 0.5f;
    for (size_t i = 0; i < ROWS * HIDDEN; i++)
        gradient[i] = (fm_random_unit(&random) - 0.5f) / ROWS;
    return parity_set_up(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sequences)};
    return cmocka_run_group_tests(tests, open_all, parity_tear_down);
}
