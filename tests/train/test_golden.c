/* Compares trainings on every back end with PyTorch's from the same start, which
 * tests/golden/make_golden.py has written. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/safetensors.h"
#include "support/check.h"
#include "support/tolerances.h"
#include "support/trainings.h"

#define GOLDEN FM_SOURCE_DIR "/tests/golden/"

enum { BATCH = 12, STEPS = 50, PATH = 4096, NAME = 128, FULL_NAME = 512 };

/* ---- The cases, as in make_golden.py -------------------------------------------------- */

typedef struct variant {
    const char *name;
    enum fm_optimizer_kind kind;
    double lr, weight_decay, momentum;
    int nesterov;
    double beta1, beta2, eps, alpha; /* 0: PyTorch's default */
} variant;

static const variant variants[] = {
    {.name = "adam", .kind = FM_ADAM, .lr = 0.01},
    {.name = "adam_decay", .kind = FM_ADAM, .lr = 0.01, .weight_decay = 0.01},
    {.name = "adam_betas", .kind = FM_ADAM, .lr = 0.01, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-4},
    {.name = "sgd", .kind = FM_SGD, .lr = 0.1},
    {.name = "sgd_momentum", .kind = FM_SGD, .lr = 0.05, .momentum = 0.9},
    {.name = "sgd_nesterov",
     .kind = FM_SGD,
     .lr = 0.05,
     .momentum = 0.9,
     .nesterov = 1,
     .weight_decay = 0.01},
    {.name = "rmsprop", .kind = FM_RMSPROP, .lr = 0.003},
    {.name = "rmsprop_momentum", .kind = FM_RMSPROP, .lr = 0.003, .momentum = 0.5},
    {.name = "rmsprop_alpha", .kind = FM_RMSPROP, .lr = 0.003, .weight_decay = 0.01, .alpha = 0.9},
};
static const char *const activations[] = {"relu", "prelu", "elu"};
static const char *const losses[] = {"ce", "nll", "mse"};
/* The numbers of steps after which a case is compared. The mean loss up to there is compared, so
 * that every step's loss counts without a training for every step. */
static const size_t stops[] = {1, 2, 3, 5, 10, 20, 35, STEPS};

enum {
    VARIANTS = sizeof variants / sizeof *variants,
    ACTIVATIONS = sizeof activations / sizeof *activations,
    LOSSES = sizeof losses / sizeof *losses,
    STOPS = sizeof stops / sizeof *stops,
};

static fm_optimizer optimizer_of(const variant *v) {
    fm_optimizer optimizer;
    fm_optimizer_init(&optimizer, v->kind);
    optimizer.lr = v->lr;
    optimizer.weight_decay = v->weight_decay;
    optimizer.momentum = v->momentum;
    optimizer.nesterov = v->nesterov;
    if (v->beta1 > 0) {
        optimizer.beta1 = v->beta1;
        optimizer.beta2 = v->beta2;
        optimizer.eps = v->eps;
    }
    if (v->alpha > 0)
        optimizer.alpha = v->alpha;
    return optimizer;
}

/* ---- Fixtures --------------------------------------------------------------------------- */

static fm_safetensors *golden_read(const char *name) {
    fm_safetensors *file = NULL;
    fm_error error = {0};
    char path[PATH];
    snprintf(path, sizeof path, GOLDEN "%s", name);
    CHECK_OK(fm_safetensors_read(&file, path, &error), &error);
    return file;
}

static fm_weights *golden_start(const char *name) {
    fm_weights *weights = NULL;
    fm_error error = {0};
    char path[PATH];
    snprintf(path, sizeof path, GOLDEN "%s.safetensors", name);
    CHECK_OK(fm_weights_load(&weights, path, &error), &error);
    return weights;
}

static const fm_tensor *find(const fm_safetensors *file, const char *folder, const char *name) {
    char full[FULL_NAME];
    snprintf(full, sizeof full, "%s%s%s", folder, *folder ? "/" : "", name);
    const fm_tensor *tensor = fm_safetensors_find(file, full);
    if (!tensor)
        fail_msg("the golden file has no %s", full);
    return tensor;
}

/* The values of a tensor of whole numbers, as bytes. */
static uint8_t *bytes_of(const fm_tensor *tensor) {
    uint8_t *bytes = malloc(tensor->count);
    assert_non_null(bytes);
    for (size_t i = 0; i < tensor->count; i++)
        bytes[i] = (uint8_t)tensor->values[i];
    return bytes;
}

/* The small data set. */
typedef struct small {
    fm_safetensors *file;
    uint8_t *image, *label, *evaluated_image;
    fm_images images, evaluated;
} small;

static small small_read(void) {
    small s = {.file = golden_read("cases.safetensors")};
    const fm_tensor *images = find(s.file, "", "images"), *labels = find(s.file, "", "labels");
    const fm_tensor *evaluated = find(s.file, "", "evaluated");
    assert_int_equal(images->rank, 2);
    assert_int_equal(labels->count, images->shape[0]);
    s.image = bytes_of(images);
    s.label = bytes_of(labels);
    s.evaluated_image = bytes_of(evaluated);
    s.images = (fm_images){
        .count = images->shape[0], .pixels = images->shape[1], .image = s.image, .label = s.label};
    /* Predictions do not depend on labels. */
    s.evaluated = (fm_images){.count = evaluated->shape[0],
                              .pixels = images->shape[1],
                              .image = s.evaluated_image,
                              .label = s.label};
    return s;
}

static void small_free(small *s) {
    free(s->image);
    free(s->label);
    free(s->evaluated_image);
    fm_safetensors_free(s->file);
}

/* A back end to test: cmocka's initial state. */
typedef struct back_end {
    const char *device;
    enum fm_gemm gemm;
} back_end;
static back_end plain_c = {"reference", FM_GEMM_AUTO}, native = {NULL, FM_GEMM_NATIVE},
                clblast = {NULL, FM_GEMM_CLBLAST};

/* Skips the test without CLBlast. */
static fm_device *open_or_skip(const back_end *wanted) {
    if (wanted->gemm == FM_GEMM_CLBLAST && !fm_gemm_has_clblast())
        skip();
    return open_device(wanted->device, wanted->gemm);
}

/* ---- Comparing ------------------------------------------------------------------------------ */

/* A back end, and its largest error so far. */
typedef struct judged {
    fm_device *device;
    const char *case_name;
    size_t failures;
    double worst; /* relative to the tolerance */
} judged;

/* Compares |got - wanted| with the largest |wanted|. Records a failure and continues: the set of
 * failing cases helps to find the fault. */
static void judge(judged *j, const char *what, const float *got, const fm_tensor *wanted,
                  double tolerance) {
    double difference = 0, largest = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        double d = fabs((double)got[i] - (double)wanted->values[i]);
        difference = d <= difference ? difference : d; /* keeps NaN */
        largest = fmax(largest, fabs((double)wanted->values[i]));
    }
    double off = difference / largest;
    if (!(off <= j->worst * tolerance))
        j->worst = off / tolerance;
    if (!(off <= tolerance)) {
        print_error("%s: %s differ by %.2e of the largest value, tolerance %.1e\n", j->case_name,
                    what, off, tolerance);
        j->failures++;
    }
}

static void judge_logits(judged *j, const char *what, const fm_weights *weights,
                         const fm_images *images, const fm_tensor *wanted, double tolerance) {
    fm_network *network = NULL;
    fm_error error = {0};
    float *logits = malloc(wanted->count * sizeof *logits);
    assert_non_null(logits);
    assert_int_equal(wanted->count, images->count * FM_CLASSES);
    CHECK_OK(fm_network_create(&network, j->device, weights, 100, NULL, &error), &error);
    CHECK_OK(fm_network_predict(logits, network, images, &error), &error);
    judge(j, what, logits, wanted, tolerance);
    fm_network_free(network);
    free(logits);
}

/* The module of a network of torch.nn.Sequential: each layer has a linear module and an activation.
 */
static void judge_tensor(judged *j, const fm_safetensors *file, size_t module, const char *kind,
                         const float *values) {
    char name[NAME];
    snprintf(name, sizeof name, "%zu.%s", module, kind);
    judge(j, name, values, find(file, j->case_name, name), TOLERANCE_GOLDEN_WEIGHTS);
}

static void judge_weights(judged *j, fm_weights *weights, const fm_safetensors *file) {
    const fm_architecture *a = fm_weights_architecture(weights);
    for (size_t layer = 0; layer <= a->hidden_count; layer++) {
        judge_tensor(j, file, 2 * layer, "weight", fm_weights_matrix(weights, layer));
        judge_tensor(j, file, 2 * layer, "bias", fm_weights_bias(weights, layer));
        if (fm_weights_slope(weights, layer))
            judge_tensor(j, file, 2 * layer + 1, "weight", fm_weights_slope(weights, layer));
    }
}

/* Trains from a golden start in file order; compares the mean loss of the last epoch with PyTorch's
 * losses of its steps, weighted by their images. */
static fm_weights *train(judged *j, const char *start, const fm_images *images,
                         const fm_train_options *options, const fm_tensor *step_losses) {
    fm_error error = {0};
    fm_train_result result;
    fm_weights *weights = golden_start(start);
    CHECK_OK(fm_train(&result, weights, j->device, images, options, NULL, &error), &error);
    size_t an_epoch = (images->count + options->batch_size - 1) / options->batch_size;
    size_t first = (result.epochs - 1) * an_epoch;
    assert_in_range(result.steps, first + 1, step_losses->count);
    assert_int_equal(result.steps - first, result.last.steps);
    double sum = 0, seen = 0;
    for (size_t i = first; i < result.steps; i++) {
        size_t left = images->count - (i - first) * options->batch_size;
        double rows = (double)(left < options->batch_size ? left : options->batch_size);
        sum += rows * (double)step_losses->values[i];
        seen += rows;
    }
    float got = (float)result.last.train.loss, mean = (float)(sum / seen);
    char what[NAME];
    snprintf(what, sizeof what, "losses up to step %d", (int)result.steps);
    judge(j, what, &got, &(fm_tensor){.count = 1, .values = &mean}, TOLERANCE_GOLDEN_LOSS);
    return weights;
}

static fm_train_options options_of(fm_optimizer optimizer, enum fm_loss loss, size_t batch_size) {
    fm_train_options options;
    fm_train_options_init(&options);
    options.epochs = 1;
    options.batch_size = batch_size;
    options.loss = loss;
    options.optimizer = optimizer;
    options.val_fraction = 0;
    options.shuffle = 0;
    return options;
}

/* ---- The small networks --------------------------------------------------------------------- */

static void run_case(judged *j, const small *s, const variant *v, const char *activation,
                     const char *loss_name) {
    char name[NAME], start[NAME];
    enum fm_loss loss;
    assert_int_equal(fm_loss_parse(&loss, loss_name, NULL), FM_OK);
    snprintf(name, sizeof name, "%s/%s/%s", v->name, activation, loss_name);
    snprintf(start, sizeof start, "start_%s", activation);
    j->case_name = name;
    fm_train_options options = options_of(optimizer_of(v), loss, BATCH);
    for (size_t i = 0; i < STOPS; i++) {
        options.max_steps = stops[i];
        fm_weights *weights = train(j, start, &s->images, &options, find(s->file, name, "losses"));
        if (stops[i] == 1)
            judge_logits(j, "logits after a step", weights, &s->evaluated,
                         find(s->file, name, "first"), TOLERANCE_GOLDEN_LOGITS);
        if (stops[i] == STEPS) {
            judge_logits(j, "logits after 50 steps", weights, &s->evaluated,
                         find(s->file, name, "last"), TOLERANCE_GOLDEN_LOGITS);
            if (loss == FM_CROSS_ENTROPY)
                judge_weights(j, weights, s->file);
        }
        fm_weights_free(weights);
    }
}

/* 101 images in batches of 12: the ninth holds 5. */
static void run_uneven(judged *j, const small *s) {
    fm_images images = s->images;
    images.count = 101;
    j->case_name = "uneven";
    const fm_tensor *step_losses = find(s->file, "uneven", "losses");
    assert_int_equal(step_losses->count, 18);
    fm_train_options options = options_of(optimizer_of(&variants[0]), FM_CROSS_ENTROPY, BATCH);
    fm_weights *weights = train(j, "start_relu", &images, &options, step_losses);
    fm_weights_free(weights);
    options.epochs = 2;
    weights = train(j, "start_relu", &images, &options, step_losses);
    judge_logits(j, "logits after two epochs", weights, &s->evaluated,
                 find(s->file, "uneven", "last"), TOLERANCE_GOLDEN_LOGITS);
    judge_weights(j, weights, s->file);
    fm_weights_free(weights);
}

static void test_small(void **state) {
    judged j = {.device = open_or_skip(*state)};
    small s = small_read();
    assert_int_equal(s.images.count, STEPS * BATCH);
    for (size_t v = 0; v < VARIANTS; v++)
        for (size_t a = 0; a < ACTIVATIONS; a++)
            for (size_t l = 0; l < LOSSES; l++)
                run_case(&j, &s, &variants[v], activations[a], losses[l]);
    run_uneven(&j, &s);
    print_message("the largest error is %.3f of the tolerance\n", j.worst);
    assert_int_equal(j.failures, 0);
    small_free(&s);
    fm_device_close(j.device);
}

/* ---- The base network on the real data ------------------------------------------------------ */

static void test_base(void **state) {
    char folder[PATH];
    fm_dataset *dataset = NULL;
    fm_error error = {0};
    if (fm_dataset_find(folder, sizeof folder, NULL, getenv("FMNIST_DATA"), FM_SOURCE_DIR,
                        &error)) {
        print_message("the real data set is not here: %s\n", error.why);
        skip();
    }
    judged j = {.device = open_or_skip(*state), .case_name = "base"};
    CHECK_OK(fm_dataset_load(&dataset, folder, &error), &error);
    fm_safetensors *file = golden_read("base_logits.safetensors");
    fm_images images = fm_dataset_train(dataset), test = fm_dataset_test(dataset);
    fm_optimizer adam;
    fm_optimizer_init(&adam, FM_ADAM);
    fm_train_options options = options_of(adam, FM_CROSS_ENTROPY, 128);
    options.max_steps = STEPS;
    fm_weights *weights = train(&j, "base_start", &images, &options, find(file, "", "losses"));
    judge_logits(&j, "logits of the test set", weights, &test, find(file, "", "logits"),
                 TOLERANCE_GOLDEN_BASE);
    print_message("the largest error is %.3f of the tolerance\n", j.worst);
    assert_int_equal(j.failures, 0);
    fm_weights_free(weights);
    fm_safetensors_free(file);
    fm_dataset_free(dataset);
    fm_device_close(j.device);
}

#define TEST(test, back_end)                                                                       \
    { #test " on " #back_end, test, NULL, NULL, &back_end }

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_small, plain_c), TEST(test_small, native), TEST(test_small, clblast),
        TEST(test_base, plain_c),  TEST(test_base, native),  TEST(test_base, clblast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
