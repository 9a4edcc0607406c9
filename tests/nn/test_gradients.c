/* The gradients of whole networks: each back end's are compared with central differences of the
 * loss, which the reference computes with the training pass. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "nn/network.h"
#include "nn/pass.h"
#include "support/backends.h"
#include "support/cases.h"
#include "support/check.h"
#include "support/tolerances.h"

/* Number of parameters to check per layer: all of a small one, at most this many of a large one. */
enum { MOST_TRIED = 60 };

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
    /* With the usual initial weights, the gradients of a deep network would vanish in rounding
     * errors. */
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

/* The gradients of a pass without updates, in the order of the weights. */
static void read_gradients(float *out, fm_plan *plan, const fm_graph *graph,
                           const fm_stack *stack) {
    fm_error error = {0};
    for (size_t i = 0; i < stack->count; i++) {
        const fm_layer *layer = &stack->layer[i];
        if (layer->parameters == FM_NONE)
            continue;
        CHECK_OK(fm_plan_read(out, plan, 0, layer->gradient, 1, &error), &error);
        const fm_tensor *gradient = &graph->tensor[layer->gradient];
        out += gradient->rows * (gradient->cols + 1);
    }
}

/* The training pass over all images on a back end. With dropout its loss is another than a
 * prediction's; the same elements are dropped in each run. */
typedef struct pass {
    fm_network *network;
    fm_graph *graph;
    fm_plan *plan;
    fm_samples *samples;
    fm_outcomes *outcomes;
} pass;

static pass pass_open(const problem *p, fm_backend *backend) {
    pass own = {.network = NULL};
    fm_error error = {0};
    const fm_network_setup setup = {.batch_size = p->which->rows};
    CHECK_OK(fm_network_create_on(&own.network, backend, p->weights, &setup, &error), &error);
    fm_stack *stack = &own.network->stack;
    CHECK_OK(
        fm_pass_graph(&own.graph, stack, FM_PASS_GRADIENT, p->which->loss, p->which->rows, &error),
        &error);
    fm_graph_expose(own.graph, stack->logits);
    CHECK_OK(fm_plan_compile(&own.plan, backend, &(const fm_graph *){own.graph}, 1,
                             own.network->parameters, own.network->parameter_count,
                             FM_COMPILE_FUSED, &error),
             &error);
    CHECK_OK(fm_samples_create(&own.samples, backend, &p->images, &error), &error);
    CHECK_OK(fm_outcomes_create(&own.outcomes, backend, p->images.count, &error), &error);
    return own;
}

static void pass_run(pass *own) {
    fm_error error = {0};
    const int rows = (int)own->graph->rows;
    const fm_step step = {.rows = rows, .batch_rows = rows, .epoch = 1, .seed_low = 5};
    CHECK_OK(fm_plan_run(own->plan, 0, own->samples, own->outcomes, &step, &error), &error);
}

static void pass_close(pass *own) {
    fm_outcomes_free(own->outcomes);
    fm_samples_free(own->samples);
    fm_plan_free(own->plan);
    fm_graph_free(own->graph);
    fm_network_free(own->network);
}

/* The gradient of all images' mean loss on this back end, written over `out`. */
static void compute_gradient(fm_weights *out, const problem *p, fm_backend *backend) {
    pass own = pass_open(p, backend);
    pass_run(&own);
    read_gradients(fm_weights_values(out), own.plan, own.graph, &own.network->stack);
    pass_close(&own);
}

/* The mean loss of the problem's images with its weights as they are now, in double from the logits
 * on. */
static double evaluate(const problem *p, pass *own) {
    fm_error error = {0};
    size_t outputs = p->architecture.outputs;
    float *logits = malloc(p->images.count * outputs * sizeof *logits);
    double sum = 0;
    assert_non_null(logits);
    CHECK_OK(fm_network_write(own->network, p->weights, &error), &error);
    pass_run(own);
    CHECK_OK(
        fm_plan_read(logits, own->plan, 0, own->network->stack.logits, p->images.count, &error),
        &error);
    for (size_t i = 0; i < p->images.count; i++)
        sum += fm_loss_value(p->which->loss, logits + i * outputs, outputs, p->labels[i]);
    free(logits);
    return sum / (double)p->images.count;
}

/* Parameters of one layer, with the gradient of each of backends. */
typedef struct group {
    float *values;
    float *gradients[1 + MOST_BACKENDS];
    size_t count;
    const char *name;
    size_t layer;
} group;

static void check_group(const problem *p, pass *own, const group *g, size_t *tried,
                        size_t *skipped) {
    double here = evaluate(p, own), largest = 0;
    size_t stride = g->count > MOST_TRIED ? g->count / MOST_TRIED : 1;
    for (size_t i = 0; i < g->count; i++)
        largest = fmax(largest, fabs((double)g->gradients[backend_count][i]));
    for (size_t i = 0; i < g->count; i += stride) {
        float value = g->values[i];
        g->values[i] = value + (float)DIFFERENCE_STEP;
        double above = evaluate(p, own), up = (double)(g->values[i] - value);
        g->values[i] = value - (float)DIFFERENCE_STEP;
        double below = evaluate(p, own), down = (double)(value - g->values[i]);
        g->values[i] = value;
        ++*tried;
        double right = (above - here) / up, left = (here - below) / down;
        if (p->architecture.activation != FM_ELU &&
            fabs(right - left) > DIFFERENCE_KINK * largest) {
            ++*skipped;
            continue;
        }
        double difference = (above - below) / (up + down);
        for (size_t k = 0; k <= backend_count; k++) {
            double gradient = (double)g->gradients[k][i];
            if (!(fabs(gradient - difference) <= TOLERANCE_DIFFERENCE * largest))
                fail_msg("%s, layer %zu, %s %zu of %zu: gradient %.6g, difference %.6g, largest "
                         "%.6g (%zu rows, %s, %s)",
                         backends[k].name, g->layer, g->name, i, g->count, gradient, difference,
                         largest, p->which->rows, fm_activation_name(p->architecture.activation),
                         fm_loss_name(p->which->loss));
        }
    }
}

static void check_network(const network_case *which) {
    fm_error error = {0};
    problem p = problem_open(which);
    fm_weights *gradients[1 + MOST_BACKENDS];
    size_t tried = 0, skipped = 0;
    for (size_t k = 0; k <= backend_count; k++) {
        CHECK_OK(fm_weights_create(&gradients[k], &p.architecture, &error), &error);
        compute_gradient(gradients[k], &p, backends[k].backend);
    }
    pass own = pass_open(&p, reference);
    for (size_t l = 0; l <= p.architecture.hidden_count; l++) {
        size_t inputs = which->widths[l], outputs = which->widths[l + 1];
        group weight = {fm_weights_matrix(p.weights, l), {0}, inputs * outputs, "weight", l};
        group bias = {fm_weights_bias(p.weights, l), {0}, outputs, "bias", l};
        group slope = {fm_weights_slope(p.weights, l), {0}, 1, "slope", l};
        for (size_t k = 0; k <= backend_count; k++) {
            weight.gradients[k] = fm_weights_matrix(gradients[k], l);
            bias.gradients[k] = fm_weights_bias(gradients[k], l);
            slope.gradients[k] = fm_weights_slope(gradients[k], l);
        }
        check_group(&p, &own, &weight, &tried, &skipped);
        check_group(&p, &own, &bias, &tried, &skipped);
        if (slope.values)
            check_group(&p, &own, &slope, &tried, &skipped);
    }
    assert_true(tried > 0);
    if ((double)skipped > DIFFERENCE_MOST_SKIPPED * (double)tried)
        fail_msg("%zu of %zu parameters lie at a kink", skipped, tried);
    pass_close(&own);
    for (size_t k = 0; k <= backend_count; k++)
        fm_weights_free(gradients[k]);
    problem_close(&p);
}

static void test_gradients(void **state) {
    (void)state;
    for (size_t c = 0; c < network_case_count; c++)
        if (network_case_is_wanted(&network_cases[c]))
            check_network(&network_cases[c]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradients)};
    return cmocka_run_group_tests(tests, backends_set_up, backends_tear_down);
}
