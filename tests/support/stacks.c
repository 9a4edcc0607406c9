#include "support/stacks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check/cases.h"
#include "nn/schedule.h"
#include "support/check.h"

/* Tensors are declared layer by layer in this order, after those of the images. */
enum { X, DX, FIRST_LAYER };
enum { Y, Z, DY, PARAMETERS, GRADIENT, SLOPE, SHARE, SLOPE_GRADIENT, PER_LAYER };

static int tensor(size_t layer, int which) {
    return FIRST_LAYER + (int)layer * PER_LAYER + which;
}

int stack_y(size_t layer) {
    return tensor(layer, Y);
}

int stack_dy(size_t layer) {
    return tensor(layer, DY);
}

int stack_gradient(size_t layer) {
    return tensor(layer, GRADIENT);
}

static int is_prelu(const stack *s, size_t layer) {
    return s->activation[layer] == FM_PRELU;
}

/* ---- Which stack ---- */

stack stack_plain(size_t layers, const size_t *widths, enum fm_activation activation, size_t rows) {
    stack s = {.rows = rows, .layers = layers, .seed = 1};
    for (size_t l = 0; l <= layers; l++)
        s.width[l] = widths[l];
    for (size_t l = 0; l + 1 < layers; l++)
        s.activation[l] = activation;
    fm_optimizer_init(&s.optimizer, FM_ADAM);
    return s;
}

static unsigned some(fm_random *random) {
    return fm_random_below(random, 3) ? 0 : fm_random_below(random, 1U << STACK_LAYERS);
}

/* Statement by statement: the same on every compiler. */
stack stack_random(fm_random *random) {
    const fm_optimizer *optimizer = NULL;
    stack s = {.rows = 1 + fm_random_below(random, 200)};
    s.layers = 1 + fm_random_below(random, STACK_LAYERS - 1);
    for (size_t l = 0; l <= s.layers; l++) {
        const uint32_t most = fm_random_below(random, 5) ? 70 : 300;
        const size_t width = 1 + fm_random_below(random, most);
        s.width[l] = l && fm_random_below(random, 3) == 0 ? s.width[l - 1] : width;
    }
    s.width[s.layers] = 2 + s.width[s.layers] % (FM_MAX_CLASSES - 1);
    for (size_t l = 0; l < s.layers; l++)
        s.activation[l] = (enum fm_activation)fm_random_below(random, 4);
    if (fm_random_below(random, 3))
        s.activation[s.layers - 1] = FM_IDENTITY;
    s.loss = (enum fm_loss)fm_random_below(random, 3);
    while (!optimizer)
        optimizer =
            fm_check_cases[fm_random_below(random, (uint32_t)fm_check_case_count)].optimizer;
    s.optimizer = *optimizer;
    s.keep_z = some(random);
    s.exposed = some(random);
    s.apart = some(random);
    s.frozen = some(random);
    s.input_gradient = fm_random_below(random, 4) == 0;
    s.is_interleaved = fm_random_below(random, 4) == 0;
    s.updates_last = fm_random_below(random, 4) == 0;
    s.seed = fm_random_below(random, 1000);
    return s;
}

void stack_text(char *out, size_t size, const stack *s) {
    size_t used = (size_t)snprintf(out, size, "%zu", s->width[0]);
    for (size_t l = 0; l < s->layers && used < size; l++)
        used += (size_t)snprintf(out + used, size - used, "-%zu %s", s->width[l + 1],
                                 fm_activation_name(s->activation[l]));
    if (used < size)
        snprintf(out + used, size - used,
                 ", %s, %s, %zu rows, z %x, exposed %x, apart %x, frozen %x%s%s%s, seed %d",
                 fm_loss_name(s->loss), fm_optimizer_name(s->optimizer.kind), s->rows, s->keep_z,
                 s->exposed, s->apart, s->frozen, s->input_gradient ? ", dx" : "",
                 s->is_interleaved ? ", interleaved" : "", s->updates_last ? ", updates last" : "",
                 (int)s->seed);
}

/* ---- Its graphs ---- */

static void declare(fm_graph *g, const stack *s, enum stack_graph which) {
    const int keeps = which == STACK_PASS || which == STACK_UPDATE;
    fm_graph_batch(g, s->width[0]);
    fm_graph_batch(g, s->width[0]);
    if (s->input_gradient && which != STACK_SCORE)
        fm_graph_expose(g, DX);
    for (size_t l = 0; l < s->layers; l++) {
        const size_t inputs = s->width[l], outputs = s->width[l + 1];
        fm_graph_batch(g, outputs);
        fm_graph_batch(g, outputs);
        fm_graph_batch(g, outputs);
        fm_graph_parameters(g, outputs, inputs);
        fm_graph_gradient(g, outputs, inputs);
        fm_graph_parameters(g, 1, 0);
        fm_graph_partial(g);
        fm_graph_gradient(g, 1, 0);
        if (s->exposed >> l & 1) {
            fm_graph_expose(g, tensor(l, Y));
            if (which != STACK_SCORE) {
                fm_graph_expose(g, tensor(l, DY));
                fm_graph_expose(g, tensor(l, GRADIENT));
            }
        }
        if (keeps || s->frozen >> l & 1) {
            fm_graph_expose(g, tensor(l, GRADIENT));
            fm_graph_expose(g, tensor(l, SLOPE_GRADIENT));
        }
    }
}

static void forward(fm_graph *g, const stack *s, enum stack_graph which) {
    fm_graph_add(g, (fm_node){.operation = FM_OP_GATHER, .operand = {X}});
    for (size_t l = 0; l < s->layers; l++) {
        const int keeps = is_prelu(s, l) ? which != STACK_SCORE : (int)(s->keep_z >> l & 1);
        fm_graph_add(g, (fm_node){.operation = FM_OP_LINEAR_FORWARD,
                                  .operand = {tensor(l, Y), keeps ? tensor(l, Z) : FM_NONE,
                                              l ? tensor(l - 1, Y) : X, tensor(l, PARAMETERS),
                                              is_prelu(s, l) ? tensor(l, SLOPE) : FM_NONE},
                                  .layer = l + 1,
                                  .activation = s->activation[l]});
    }
    fm_graph_add(g,
                 (fm_node){.operation = FM_OP_LOSS,
                           .operand = {which == STACK_SCORE ? FM_NONE : tensor(s->layers - 1, DY),
                                       tensor(s->layers - 1, Y)},
                           .loss = s->loss});
}

/* dy of a layer's y becomes that of its z. */
static void activation_backward(fm_graph *g, const stack *s, size_t l) {
    if (is_prelu(s, l))
        fm_graph_add(g, (fm_node){.operation = FM_OP_PRELU_BACKWARD,
                                  .operand = {tensor(l, DY), tensor(l, SHARE), tensor(l, Z),
                                              tensor(l, SLOPE)},
                                  .layer = l + 1});
    else if (s->activation[l] != FM_IDENTITY)
        fm_graph_add(g, (fm_node){.operation = FM_OP_ACTIVATION_BACKWARD,
                                  .operand = {tensor(l, DY), tensor(l, Y)},
                                  .layer = l + 1,
                                  .activation = s->activation[l]});
}

/* dy of the layer below, up to its z. */
static void backward_input(fm_graph *g, const stack *s, size_t l) {
    const enum fm_activation below = l ? s->activation[l - 1] : FM_IDENTITY;
    const int apart = below == FM_PRELU || (l && (s->apart >> (l - 1) & 1));
    const int is_epilogue = below != FM_IDENTITY && !apart;
    fm_graph_add(
        g, (fm_node){.operation = FM_OP_LINEAR_BACKWARD_INPUT,
                     .operand = {l ? tensor(l - 1, DY) : DX, tensor(l, DY), tensor(l, PARAMETERS),
                                 is_epilogue ? tensor(l - 1, Y) : FM_NONE},
                     .layer = l + 1,
                     .activation = is_epilogue ? below : FM_IDENTITY});
    if (l && apart)
        activation_backward(g, s, l - 1);
}

static void update(fm_graph *g, const stack *s, size_t l, int parameters, int gradient) {
    if (!(s->frozen >> l & 1))
        fm_graph_add(g, (fm_node){.operation = FM_OP_UPDATE,
                                  .operand = {parameters, gradient},
                                  .layer = l + 1});
}

/* The gradients of a layer, each with its update right after it, or one of them alone. */
static void parameters(fm_graph *g, const stack *s, size_t l, int with_gradients,
                       int with_updates) {
    if (with_gradients)
        fm_graph_add(
            g, (fm_node){.operation = FM_OP_LINEAR_BACKWARD_PARAMETERS,
                         .operand = {tensor(l, GRADIENT), l ? tensor(l - 1, Y) : X, tensor(l, DY)},
                         .layer = l + 1});
    if (with_updates)
        update(g, s, l, tensor(l, PARAMETERS), tensor(l, GRADIENT));
    if (with_gradients && is_prelu(s, l))
        fm_graph_add(g, (fm_node){.operation = FM_OP_PRELU_BACKWARD_SLOPE,
                                  .operand = {tensor(l, SLOPE_GRADIENT), tensor(l, SHARE)},
                                  .layer = l + 1});
    if (with_updates && is_prelu(s, l))
        update(g, s, l, tensor(l, SLOPE), tensor(l, SLOPE_GRADIENT));
}

static void backward(fm_graph *g, const stack *s, enum stack_graph which) {
    const int updates_now = which == STACK_STEP && !s->updates_last;
    activation_backward(g, s, s->layers - 1);
    for (size_t l = s->layers; l-- > 0;) {
        if (l || s->input_gradient)
            backward_input(g, s, l);
        if (s->is_interleaved)
            parameters(g, s, l, 1, updates_now);
    }
    for (size_t l = s->layers; !s->is_interleaved && l-- > 0;)
        parameters(g, s, l, 1, updates_now);
}

fm_graph *stack_graph(const stack *s, enum stack_graph which) {
    fm_error error = {0};
    fm_graph *g = NULL;
    CHECK_OK(fm_graph_create(&g, s->rows, &error), &error);
    declare(g, s, which);
    if (which != STACK_UPDATE)
        forward(g, s, which);
    if (which == STACK_STEP || which == STACK_PASS)
        backward(g, s, which);
    for (size_t l = s->layers;
         (which == STACK_UPDATE || (which == STACK_STEP && s->updates_last)) && l-- > 0;)
        parameters(g, s, l, 0, 1);
    return g;
}

/* ---- On a back end ---- */

/* Half of the pixels are zeros, many in a row, as beside clothes. */
static void make_images(stack_device *d, fm_random *random) {
    const size_t pixels = d->of->width[0], classes = d->of->width[d->of->layers];
    uint32_t order[STACK_IMAGES];
    fm_error error = {0};
    d->image = malloc(STACK_IMAGES * pixels);
    d->label = malloc(STACK_IMAGES);
    assert_true(d->image && d->label);
    for (size_t i = 0; i < STACK_IMAGES * pixels; i++)
        d->image[i] = i / 13 % 2 ? 0 : (uint8_t)fm_random_below(random, 256);
    for (size_t i = 0; i < STACK_IMAGES; i++) {
        d->label[i] = (uint8_t)fm_random_below(random, (uint32_t)classes);
        order[i] = (uint32_t)i;
    }
    fm_random_shuffle(random, order, STACK_IMAGES);
    const fm_images images = {STACK_IMAGES, pixels, d->image, d->label};
    CHECK_OK(fm_samples_create(&d->samples, d->backend, &images, &error), &error);
    CHECK_OK(fm_samples_set_order(d->samples, order, STACK_IMAGES, &error), &error);
    CHECK_OK(fm_outcomes_create(&d->outcomes, d->backend, STACK_IMAGES, &error), &error);
}

static void make_parameters(stack_device *d, fm_random *random, size_t outputs, size_t inputs) {
    const size_t slots = fm_schedule_slots(&d->of->optimizer), size = outputs * (inputs + 1);
    fm_parameters **own = &d->parameters[d->parameter_count++];
    float *values = malloc(size * sizeof *values);
    fm_error error = {0};
    assert_non_null(values);
    CHECK_OK(fm_parameters_create(own, d->backend, outputs, inputs, slots, &error), &error);
    for (size_t slot = 0; slot <= slots; slot++) {
        for (size_t i = 0; i < size; i++)
            values[i] = slot ? 0.1f * fm_random_unit(random)
                             : (2 * fm_random_unit(random) - 1) / sqrtf((float)inputs + 1);
        CHECK_OK(fm_parameters_write(*own, slot, values, values + outputs * inputs, &error),
                 &error);
    }
    free(values);
}

stack_device stack_open(const stack *s, fm_backend *backend, enum fm_compile how, size_t count,
                        const enum stack_graph *graphs) {
    stack_device d = {.of = s, .backend = backend};
    fm_error error = {0};
    fm_random random;
    fm_random_seed(&random, s->seed, 99);
    make_images(&d, &random);
    for (size_t l = 0; l < s->layers; l++) {
        make_parameters(&d, &random, s->width[l + 1], s->width[l]);
        make_parameters(&d, &random, 1, 0);
    }
    for (size_t i = 0; i < count; i++) {
        d.graph[i] = stack_graph(s, graphs[i]);
        CHECK_OK(fm_graph_check(d.graph[i], &error), &error);
    }
    CHECK_OK(fm_plan_compile(&d.plan, backend, (const fm_graph *const *)d.graph, count,
                             d.parameters, d.parameter_count, how, &error),
             &error);
    return d;
}

void stack_close(stack_device *d) {
    fm_plan_free(d->plan);
    for (size_t i = 0; i < FM_PLAN_GRAPHS; i++)
        fm_graph_free(d->graph[i]);
    for (size_t i = 0; i < d->parameter_count; i++)
        fm_parameters_free(d->parameters[i]);
    fm_outcomes_free(d->outcomes);
    fm_samples_free(d->samples);
    free(d->image);
    free(d->label);
}

void stack_run(stack_device *d, size_t graph, size_t first, size_t rows) {
    fm_error error = {0};
    size_t queued;
    fm_step step = {.first = (int)first,
                    .rows = (int)rows,
                    .batch_rows = (int)(rows + d->of->seed % 3), /* as of a batch in shards */
                    .epoch = 1};
    if (d->graph[graph]->sources & FM_USES_UPDATE)
        d->step++;
    fm_schedule_update(&step.update, &d->of->optimizer, d->step + 1);
    CHECK_OK(fm_plan_run(d->plan, graph, d->samples, d->outcomes, &step, &error), &error);
    CHECK_OK(fm_backend_end_step(d->backend, &queued, &error), &error);
}

float *stack_results(stack_device *d, size_t *count) {
    const size_t slots = fm_schedule_slots(&d->of->optimizer);
    uint8_t predictions[STACK_IMAGES];
    fm_error error = {0};
    size_t size = 2 * STACK_IMAGES;
    for (size_t l = 0; l < d->of->layers; l++)
        size += (slots + 1) * (d->of->width[l + 1] * (d->of->width[l] + 1) + 1);
    float *results = malloc(size * sizeof *results), *next = results;
    assert_non_null(results);
    for (size_t i = 0; i < d->parameter_count; i++) {
        const size_t outputs = i % 2 ? 1 : d->of->width[i / 2 + 1];
        const size_t inputs = i % 2 ? 0 : d->of->width[i / 2];
        for (size_t slot = 0; slot <= slots; slot++) {
            CHECK_OK(
                fm_parameters_read(next, next + outputs * inputs, d->parameters[i], slot, &error),
                &error);
            next += outputs * (inputs + 1);
        }
    }
    CHECK_OK(fm_outcomes_read(next, predictions, d->outcomes, 0, STACK_IMAGES, &error), &error);
    for (size_t i = 0; i < STACK_IMAGES; i++)
        next[STACK_IMAGES + i] = (float)predictions[i];
    *count = size;
    return results;
}
