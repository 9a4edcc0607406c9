/* The gradient of whole networks: what each implementation computes against central differences of
 * the loss, which the reference evaluates. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "nn/network.h"
#include "support/cases.h"
#include "support/check.h"
#include "support/implementations.h"
#include "support/tolerances.h"

/* Parameters tried of each layer: all of a small one, these many of a large one. */
enum { MOST_TRIED = 60 };

static implementation implementations[1 + MOST_IMPLEMENTATIONS];
static size_t implementation_count;

typedef struct problem {
    const network_case *which;
    fm_architecture architecture;
    fm_weights *weights;
    uint8_t *pixels, *labels;
    fm_images images;
} problem;

static problem problem_open(const network_case *which) {
    fm_error error = {0};
    fm_random random;
    problem p = {.which = which, .architecture = network_case_architecture(which)};
    size_t count = which->rows, pixels = p.architecture.inputs;
    CHECK_OK(fm_weights_create(&p.weights, &p.architecture, &error), &error);
    fm_weights_randomize(p.weights, 3);
    /* The usual start makes the gradients of a deep network fade: they would drown in rounding. */
    for (size_t l = 0; l <= p.architecture.hidden_count; l++)
        for (size_t i = 0; i < which->widths[l] * which->widths[l + 1]; i++)
            fm_weights_matrix(p.weights, l)[i] *= 2;
    p.pixels = malloc(count * pixels);
    p.labels = malloc(count);
    assert_true(p.pixels && p.labels);
    fm_random_seed(&random, 8, 99);
    for (size_t i = 0; i < count * pixels; i++)
        p.pixels[i] = (uint8_t)fm_random_below(&random, 256);
    for (size_t i = 0; i < count; i++)
        p.labels[i] = (uint8_t)fm_random_below(&random, FM_CLASSES);
    p.images = (fm_images){.count = count, .pixels = pixels, .image = p.pixels, .label = p.labels};
    return p;
}

static void problem_close(problem *p) {
    fm_weights_free(p->weights);
    free(p->pixels);
    free(p->labels);
}

/* One step on these operations that keeps the gradient: written over `out`. */
static void compute_gradient(fm_weights *out, const problem *p, fm_ops *ops) {
    fm_error error = {0};
    fm_network *network = NULL;
    fm_samples *samples = NULL;
    fm_outcomes *outcomes = NULL;
    fm_optimizer momentum; /* keeps one number beside each parameter: room for the gradient */
    const fm_update keep = {.rule = FM_UPDATE_KEEP};
    fm_optimizer_init(&momentum, FM_SGD);
    momentum.momentum = 0.9;
    CHECK_OK(fm_network_create_on(&network, ops, p->weights, p->which->rows, &momentum, &error),
             &error);
    CHECK_OK(fm_samples_create(&samples, ops, &p->images, &error), &error);
    CHECK_OK(fm_outcomes_create(&outcomes, ops, p->images.count, &error), &error);
    CHECK_OK(fm_network_step(network, samples, outcomes, p->which->loss, &keep, 0, p->which->rows,
                             &error),
             &error);
    for (size_t l = 0; l < network->layer_count; l++) {
        fm_layer *layer = &network->layers[l];
        CHECK_OK(fm_parameters_read(fm_weights_matrix(out, l), fm_weights_bias(out, l),
                                    layer->parameters, 1, &error),
                 &error);
        if (layer->slope)
            CHECK_OK(fm_parameters_read(NULL, fm_weights_slope(out, l), layer->slope, 1, &error),
                     &error);
    }
    fm_outcomes_free(outcomes);
    fm_samples_free(samples);
    fm_network_free(network);
}

/* The mean loss of the problem's images, in double from the logits on. */
static double evaluate(const problem *p, fm_network *network) {
    fm_error error = {0};
    size_t outputs = p->architecture.outputs;
    float *logits = malloc(p->images.count * outputs * sizeof *logits);
    double sum = 0;
    assert_non_null(logits);
    CHECK_OK(fm_network_write(network, p->weights, &error), &error);
    CHECK_OK(fm_network_predict(logits, network, &p->images, &error), &error);
    for (size_t i = 0; i < p->images.count; i++)
        sum += fm_loss_value(p->which->loss, logits + i * outputs, outputs, p->labels[i]);
    free(logits);
    return sum / (double)p->images.count;
}

/* A set of numbers of one layer, and every implementation's gradient for it. */
typedef struct group {
    float *values;
    float *gradients[1 + MOST_IMPLEMENTATIONS];
    size_t count;
    const char *name;
    size_t layer;
} group;

static void check_group(const problem *p, fm_network *network, const group *g, size_t *tried,
                        size_t *skipped) {
    double here = evaluate(p, network), largest = 0;
    size_t stride = g->count > MOST_TRIED ? g->count / MOST_TRIED : 1;
    for (size_t i = 0; i < g->count; i++)
        largest = fmax(largest, fabs((double)g->gradients[0][i]));
    for (size_t i = 0; i < g->count; i += stride) {
        float value = g->values[i];
        g->values[i] = value + (float)DIFFERENCE_STEP;
        double above = evaluate(p, network), up = (double)(g->values[i] - value);
        g->values[i] = value - (float)DIFFERENCE_STEP;
        double below = evaluate(p, network), down = (double)(value - g->values[i]);
        g->values[i] = value;
        ++*tried;
        double right = (above - here) / up, left = (here - below) / down;
        if (p->architecture.activation != FM_ELU &&
            fabs(right - left) > DIFFERENCE_KINK * largest) {
            ++*skipped;
            continue;
        }
        double difference = (above - below) / (up + down);
        for (size_t k = 0; k < implementation_count; k++) {
            double gradient = (double)g->gradients[k][i];
            if (!(fabs(gradient - difference) <= TOLERANCE_DIFFERENCE * largest))
                fail_msg("%s, layer %zu, %s %zu of %zu: gradient %.6g, difference %.6g, largest "
                         "%.6g (%zu rows, %s, %s)",
                         implementations[k].name, g->layer, g->name, i, g->count, gradient,
                         difference, largest, p->which->rows,
                         fm_activation_name(p->architecture.activation),
                         fm_loss_name(p->which->loss));
        }
    }
}

static void check_network(const network_case *which) {
    fm_error error = {0};
    problem p = problem_open(which);
    fm_weights *gradients[1 + MOST_IMPLEMENTATIONS];
    fm_network *network = NULL;
    size_t tried = 0, skipped = 0;
    for (size_t k = 0; k < implementation_count; k++) {
        CHECK_OK(fm_weights_create(&gradients[k], &p.architecture, &error), &error);
        compute_gradient(gradients[k], &p, implementations[k].ops);
    }
    CHECK_OK(fm_network_create_on(&network, implementations[0].ops, p.weights, 1, NULL, &error),
             &error);
    for (size_t l = 0; l <= p.architecture.hidden_count; l++) {
        size_t inputs = which->widths[l], outputs = which->widths[l + 1];
        group weight = {fm_weights_matrix(p.weights, l), {0}, inputs * outputs, "weight", l};
        group bias = {fm_weights_bias(p.weights, l), {0}, outputs, "bias", l};
        group slope = {fm_weights_slope(p.weights, l), {0}, 1, "slope", l};
        for (size_t k = 0; k < implementation_count; k++) {
            weight.gradients[k] = fm_weights_matrix(gradients[k], l);
            bias.gradients[k] = fm_weights_bias(gradients[k], l);
            slope.gradients[k] = fm_weights_slope(gradients[k], l);
        }
        check_group(&p, network, &weight, &tried, &skipped);
        check_group(&p, network, &bias, &tried, &skipped);
        if (slope.values)
            check_group(&p, network, &slope, &tried, &skipped);
    }
    assert_true(tried > 0);
    if ((double)skipped > DIFFERENCE_MOST_SKIPPED * (double)tried)
        fail_msg("%zu of %zu parameters lie at a kink", skipped, tried);
    fm_network_free(network);
    for (size_t k = 0; k < implementation_count; k++)
        fm_weights_free(gradients[k]);
    problem_close(&p);
}

static void test_gradients(void **state) {
    (void)state;
    for (size_t c = 0; c < network_case_count; c++)
        if (network_case_is_wanted(&network_cases[c]))
            check_network(&network_cases[c]);
}

static int open_all(void **state) {
    (void)state;
    implementations[0] = (implementation){"reference", implementation_reference(), SIZE_MAX};
    implementation_count = 1 + implementations_open(implementations + 1);
    return 0;
}

static int close_all(void **state) {
    (void)state;
    implementations_close();
    fm_ops_free(implementations[0].ops);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradients)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
