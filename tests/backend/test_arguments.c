/* backend.c refuses invalid arguments, on every back end. */
#include "support/backends.h"
#include "support/check.h"

enum { IMAGES = 4, ROWS = 3, INPUTS = 5, OUTPUTS = 10 };

static fm_backend *backend, *other;
static fm_parameters *parameters, *foreign;
static fm_samples *samples, *foreign_samples, *unlabelled;
static fm_outcomes *outcomes, *foreign_outcomes;
static fm_graph *training, *forward; /* of one plan */
static fm_plan *plan;
static int x, y, dy, gradient; /* tensors */
static const uint8_t pixels[IMAGES * INPUTS], labels[IMAGES];

/* The call fails, and the reason starts with this text. */
#define REFUSED(call, text)                                                                        \
    do {                                                                                           \
        fm_error error = {0};                                                                      \
        assert_int_equal((call), FM_E_ARGUMENT);                                                   \
        assert_int_equal(error.status, FM_E_ARGUMENT);                                             \
        assert_string_equal(error.why, (text));                                                    \
    } while (0)

static fm_graph *make_graph(int is_training, size_t rows, size_t inputs) {
    fm_error error = {0};
    fm_graph *g = NULL;
    CHECK_OK(fm_graph_create(&g, rows, &error), &error);
    x = fm_graph_batch(g, inputs);
    y = fm_graph_batch(g, OUTPUTS);
    dy = fm_graph_batch(g, OUTPUTS);
    const int weight = fm_graph_parameters(g, OUTPUTS, inputs);
    gradient = fm_graph_gradient(g, OUTPUTS, inputs);
    fm_graph_expose(g, y);
    if (is_training)
        fm_graph_expose(g, gradient);
    fm_graph_add(g, (fm_node){.operation = FM_OP_GATHER, .operand = {x}});
    fm_graph_add(g, (fm_node){.operation = FM_OP_LINEAR_FORWARD,
                              .operand = {y, FM_NONE, x, weight, FM_NONE}});
    if (is_training) {
        fm_graph_add(g, (fm_node){.operation = FM_OP_LOSS, .operand = {dy, y}});
        fm_graph_add(g, (fm_node){.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS,
                                  .operand = {gradient, x, dy}});
        fm_graph_add(g, (fm_node){.operation = FM_OP_UPDATE, .operand = {weight, gradient}});
    }
    CHECK_OK(fm_graph_check(g, &error), &error);
    return g;
}

static void test_creation(void **state) {
    (void)state;
    fm_parameters *p = NULL;
    fm_outcomes *o = NULL;
    fm_samples *s = NULL;
    const fm_images none = {.count = 0, .pixels = 5, .image = pixels, .label = labels};
    const fm_images empty = {.count = 1, .pixels = 0, .image = pixels, .label = labels};
    const fm_images wide = {.count = 1, .pixels = FM_MAX_COLS + 1, .image = pixels};
    REFUSED(fm_parameters_create(&p, backend, 0, 5, 0, &error), "0 outputs; expected 1 to 8192");
    REFUSED(fm_parameters_create(&p, backend, FM_MAX_COLS + 1, 5, 0, &error),
            "8193 outputs; expected 1 to 8192");
    REFUSED(fm_parameters_create(&p, backend, 5, FM_MAX_COLS + 1, 0, &error),
            "8193 inputs; at most 8192");
    REFUSED(fm_parameters_create(&p, backend, 5, 5, 3, &error), "3 slots; at most 2");
    REFUSED(fm_outcomes_create(&o, backend, 0, &error), "0 outcomes");
    REFUSED(fm_outcomes_create(&o, backend, (size_t)INT32_MAX + 1, &error), "2147483648 outcomes");
    REFUSED(fm_samples_create(&s, backend, &none, &error), "0 images");
    REFUSED(fm_samples_create(&s, backend, &empty, &error), "0 pixels; expected 1 to 8192");
    REFUSED(fm_samples_create(&s, backend, &wide, &error), "8193 pixels; expected 1 to 8192");
    assert_true(!p && !o && !s);
}

static void test_reads_and_writes(void **state) {
    (void)state;
    float values[ROWS * OUTPUTS + OUTPUTS * INPUTS] = {0};
    const uint32_t beyond[] = {0, 4, 0, 0, 0};
    REFUSED(fm_parameters_read(values, values, parameters, 2, &error), "no slot 2");
    REFUSED(fm_parameters_write(parameters, 2, values, values, &error), "no slot 2");
    REFUSED(fm_samples_set_order(samples, beyond, 2, &error), "index 4 is out of range: 4 images");
    REFUSED(fm_samples_set_order(samples, beyond, 5, &error),
            "the order has 5 indices for 4 images");
    REFUSED(fm_outcomes_read(NULL, NULL, outcomes, 3, 2, &error),
            "2 outcomes from position 3 exceed 4");
    REFUSED(fm_outcomes_read(NULL, NULL, outcomes, 5, SIZE_MAX, &error),
            "18446744073709551615 outcomes from position 5 exceed 4");
    REFUSED(fm_plan_read(values, plan, 2, y, 1, &error), "no tensor 1");
    REFUSED(fm_plan_read(values, plan, 0, -1, 1, &error), "no tensor -1");
    REFUSED(fm_plan_read(values, plan, 0, 5, 1, &error), "no tensor 5");
    REFUSED(fm_plan_read(values, plan, 0, dy, 1, &error), "tensor 2 is not exposed");
    REFUSED(fm_plan_write(plan, 0, dy, values, 1, &error), "tensor 2 is not exposed");
    REFUSED(fm_plan_read(values, plan, 1, gradient, 1, &error), "tensor 4 is not exposed");
    REFUSED(fm_plan_read(values, plan, 0, 3, 1, &error), "tensor 3 is not exposed");
    REFUSED(fm_plan_read(values, plan, 0, y, 0, &error), "0 rows; expected 1 to 3");
    REFUSED(fm_plan_write(plan, 0, y, values, ROWS + 1, &error), "4 rows; expected 1 to 3");
    fm_error error = {0};
    CHECK_OK(fm_plan_read(values, plan, 0, gradient, 0, &error), &error);
}

static void test_compile(void **state) {
    (void)state;
    fm_plan *none = NULL;
    fm_graph *wider = make_graph(1, ROWS, INPUTS + 1);
    fm_graph *more = make_graph(1, ROWS, INPUTS), *mask = make_graph(1, ROWS, INPUTS);
    fm_parameters *missing = NULL, *wrong = NULL;
    fm_error failure = {0};
    fm_graph_batch(more, 3);
    mask->tensor[dy].kind = FM_TENSOR_MASK;
    fm_graph *wide = make_graph(1, ROWS, INPUTS);
    wide->tensor[dy].cols++;
    const fm_graph *const five[] = {forward, forward, forward, forward, forward};
    const fm_graph *const with_more[] = {forward, more}, *const with_mask[] = {forward, mask};
    const fm_graph *const with_wide[] = {forward, wide};
    const fm_graph *const of_wider[] = {wider};
    CHECK_OK(fm_parameters_create(&wrong, backend, OUTPUTS + 1, INPUTS, 1, &failure), &failure);
#define COMPILE(graphs, count, bound, bound_count)                                                 \
    fm_plan_compile(&none, backend, graphs, count, bound, bound_count, FM_COMPILE_FUSED, &error)
    REFUSED(COMPILE(five, 0, &parameters, 1), "0 graphs; expected 1 to 4");
    REFUSED(COMPILE(five, 5, &parameters, 1), "5 graphs; expected 1 to 4");
    REFUSED(COMPILE(five, 1, &parameters, 0), "0 parameters given; the graph has 1");
    REFUSED(COMPILE(five, 1, &missing, 1), "parameters of another device");
    REFUSED(COMPILE(five, 1, &foreign, 1), "parameters of another device");
    REFUSED(COMPILE(five, 1, &wrong, 1), "parameters are 11 x 5; the graph has 10 x 5");
    REFUSED(COMPILE(of_wider, 1, &parameters, 1), "parameters are 10 x 5; the graph has 10 x 6");
    REFUSED(COMPILE(with_more, 2, &parameters, 1), "5 tensors in one graph, 6 in another");
    REFUSED(COMPILE(with_mask, 2, &parameters, 1), "tensor 2 differs between the graphs");
    REFUSED(COMPILE(with_wide, 2, &parameters, 1), "tensor 2 differs between the graphs");
#undef COMPILE
    assert_null(none);
    fm_parameters_free(wrong);
    fm_graph_free(wide);
    fm_graph_free(mask);
    fm_graph_free(more);
    fm_graph_free(wider);
}

static int run(fm_samples *from, fm_outcomes *to, size_t graph, int first, int rows, int batch_rows,
               fm_update update, fm_error *error) {
    const fm_step step = {
        .first = first, .rows = rows, .batch_rows = batch_rows, .epoch = 1, .update = update};
    return fm_plan_run(plan, graph, from, to, &step, error);
}

static void test_run(void **state) {
    (void)state;
    const fm_update sgd = {.rule = FM_UPDATE_SGD, .lr = 0.1f}, none = {.rule = 77};
    const fm_update store = {.rule = FM_UPDATE_STORE}, adam = {.rule = FM_UPDATE_ADAM};
    const fm_update momentum = {.rule = FM_UPDATE_SGD, .momentum = 0.9f};
    const fm_update rmsprop = {.rule = FM_UPDATE_RMSPROP};
    const fm_update rmsprop_momentum = {.rule = FM_UPDATE_RMSPROP, .momentum = 0.9f};
    fm_error failure = {0};
    REFUSED(run(samples, outcomes, 2, 0, 1, 1, sgd, &error), "no graph 2");
    REFUSED(run(samples, outcomes, 0, 0, 0, 1, sgd, &error), "0 rows; expected 1 to 3");
    REFUSED(run(samples, outcomes, 0, 0, -1, 1, sgd, &error), "-1 rows; expected 1 to 3");
    REFUSED(run(samples, outcomes, 0, 0, 4, 4, sgd, &error), "4 rows; expected 1 to 3");
    REFUSED(run(samples, outcomes, 0, 0, 2, 1, sgd, &error), "a batch of 1 rows cannot have 2");
    REFUSED(run(samples, outcomes, 0, 2, 3, 3, sgd, &error), "images 2 to 5 do not exist");
    REFUSED(run(samples, outcomes, 0, -1, 3, 3, sgd, &error), "images -1 to 2 do not exist");
    REFUSED(run(NULL, outcomes, 0, 0, 1, 1, sgd, &error), "images 0 to 1 do not exist");
    REFUSED(run(foreign_samples, outcomes, 0, 0, 1, 1, sgd, &error), "images 0 to 1 do not exist");
    REFUSED(run(unlabelled, outcomes, 0, 0, 1, 1, sgd, &error), "the images have no labels");
    REFUSED(run(samples, NULL, 0, 0, 1, 1, sgd, &error), "outcomes 0 to 1 do not exist");
    REFUSED(run(samples, foreign_outcomes, 0, 0, 1, 1, sgd, &error),
            "outcomes 0 to 1 do not exist");
    REFUSED(run(samples, outcomes, 0, 0, 1, 1, adam, &error),
            "update rule 2 needs more slots of state");
    REFUSED(run(samples, outcomes, 0, 0, 1, 1, rmsprop_momentum, &error),
            "update rule 3 needs more slots of state");
    REFUSED(run(samples, outcomes, 0, 0, 1, 1, none, &error),
            "update rule 77 needs more slots of state");
    REFUSED(run(samples, outcomes, 0, 0, 1, 1, store, &error),
            "update rule 0 needs more slots of state");
    CHECK_OK(run(samples, outcomes, 0, 1, 3, 5, momentum, &failure), &failure);
    CHECK_OK(run(samples, outcomes, 0, 1, 3, 3, rmsprop, &failure), &failure);
    CHECK_OK(run(samples, outcomes, 0, 1, 3, 3, sgd, &failure), &failure);
    /* Arguments that the graph does not use are not checked. */
    CHECK_OK(run(unlabelled, NULL, 1, 1, 3, 3, none, &failure), &failure);
    CHECK_OK(run(unlabelled, foreign_outcomes, 1, 1, 3, 3, none, &failure), &failure);
}

/* Images with another number of pixels than the graph's, and fewer outcomes than images. */
static void test_sizes_of_samples(void **state) {
    (void)state;
    const fm_update sgd = {.rule = FM_UPDATE_SGD, .lr = 0.1f};
    const fm_images narrow = {IMAGES, INPUTS - 1, pixels, labels};
    fm_samples *wrong = NULL;
    fm_outcomes *few = NULL;
    fm_error failure = {0};
    CHECK_OK(fm_samples_create(&wrong, backend, &narrow, &failure), &failure);
    CHECK_OK(fm_outcomes_create(&few, backend, 2, &failure), &failure);
    REFUSED(run(wrong, outcomes, 0, 0, 1, 1, sgd, &error), "images have 4 pixels; the graph has 5");
    REFUSED(run(samples, few, 0, 0, 3, 3, sgd, &error), "outcomes 0 to 3 do not exist");
    fm_outcomes_free(few);
    fm_samples_free(wrong);
}

static int open_all(void **state) {
    (void)state;
    const fm_images images = {IMAGES, INPUTS, pixels, labels};
    const fm_images without_labels = {IMAGES, INPUTS, pixels, NULL};
    backend = backend_reference();
    other = backend_reference();
    training = make_graph(1, ROWS, INPUTS);
    forward = make_graph(0, ROWS, INPUTS);
    const fm_graph *const graphs[] = {training, forward};
    return fm_parameters_create(&parameters, backend, OUTPUTS, INPUTS, 1, NULL) ||
           fm_parameters_create(&foreign, other, OUTPUTS, INPUTS, 1, NULL) ||
           fm_samples_create(&samples, backend, &images, NULL) ||
           fm_samples_create(&foreign_samples, other, &images, NULL) ||
           fm_samples_create(&unlabelled, backend, &without_labels, NULL) ||
           fm_outcomes_create(&outcomes, backend, IMAGES, NULL) ||
           fm_outcomes_create(&foreign_outcomes, other, IMAGES, NULL) ||
           fm_plan_compile(&plan, backend, graphs, 2, &parameters, 1, FM_COMPILE_FUSED, NULL);
}

static int close_all(void **state) {
    (void)state;
    fm_plan_free(plan);
    fm_outcomes_free(foreign_outcomes);
    fm_outcomes_free(outcomes);
    fm_samples_free(unlabelled);
    fm_samples_free(foreign_samples);
    fm_samples_free(samples);
    fm_parameters_free(foreign);
    fm_parameters_free(parameters);
    fm_graph_free(forward);
    fm_graph_free(training);
    fm_backend_free(other);
    fm_backend_free(backend);
    /* NULL may be freed. */
    fm_plan_free(NULL);
    fm_outcomes_free(NULL);
    fm_samples_free(NULL);
    fm_parameters_free(NULL);
    fm_graph_free(NULL);
    fm_backend_free(NULL);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_creation),         cmocka_unit_test(test_reads_and_writes),
        cmocka_unit_test(test_compile),          cmocka_unit_test(test_run),
        cmocka_unit_test(test_sizes_of_samples),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
