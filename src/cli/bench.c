/* bench: times a training epoch on the reference and on every OpenCL device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/statistics.h"
#include "cli/bench_products.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "fmnist_cl/network.h"
#include "fmnist_cl/trainer.h"
#include "io/json.h"

/* PREDICTIONS: number of timed predictions of the test set. */
enum { EPOCH_IMAGES = 48000, MOST_EPOCHS = 1000, PREDICTIONS = 5 };

typedef struct settings {
    cli_common common;
    fm_settings given; /* only the network is used */
    size_t batch_size, epochs, max_steps;
    double lr;
    int no_reference, gemm;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option own_options[] = {
    {"batch-size", FM_OPTION_SIZE, 0, "N", "128", "images per update", .offset = AT(batch_size),
     .low = 1, .high = EPOCH_IMAGES},
    {"epochs", FM_OPTION_SIZE, 0, "N", "3",
     "epochs to measure on each OpenCL device, after one warm-up epoch; the result is the median. "
     "The slow reference runs one epoch",
     .offset = AT(epochs), .low = 1, .high = MOST_EPOCHS},
    {"max-steps", FM_OPTION_SIZE, 0, "N", NULL,
     "measure epochs of N updates, and extrapolate the times to a whole epoch [whole epochs]",
     .offset = AT(max_steps), .low = 1, .high = 1e9},
    {"lr", FM_OPTION_REAL, 0, "X", "0.003", "Adam's learning rate", .offset = AT(lr), .low_open = 1,
     .high = 1e6},
    {"no-reference", FM_OPTION_FLAG, 0, NULL, NULL,
     "skip the reference, unless --device names it [measured too]", .offset = AT(no_reference),
     .value = 1},
    {"gemm", FM_OPTION_FLAG, 0, NULL, NULL,
     "time the matrix products of a step one by one, native and CLBlast [whole epochs]",
     .offset = AT(gemm), .value = 1},
    {.name = NULL},
};

static const cli_group groups[] = {CLI_SETTINGS_GROUP("Network", AT(given), FM_SETTINGS_NETWORK),
                                   {"Measurement", own_options, 0, 0},
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0, 0}};

typedef struct result {
    int number;
    enum fm_device_type type;
    char name[96];
    double images_per_s, epoch_seconds, gflops;
    double loss;           /* mean over the images of the last epoch */
    double logits_seconds; /* to predict the test set */
} result;

/* The benchmark of all devices. */
typedef struct bench {
    const settings *settings;
    fm_architecture architecture;
    fm_dataset *dataset;
    result *results;
    size_t result_count;
    cli_progress progress;
    double rates[MOST_EPOCHS + 1]; /* images per second, for each epoch so far */
    size_t rate_count;
    double loss; /* of the last epoch */
} bench;

static int on_progress(void *user, const fm_progress *progress) {
    bench *b = user;
    cli_progress_update(&b->progress, progress);
    return cli_interrupt_pending();
}

static int on_epoch(void *user, const fm_epoch *epoch, fm_error *error) {
    bench *b = user;
    (void)error;
    b->rates[b->rate_count++] = epoch->images_per_s;
    b->loss = epoch->train.loss;
    return 0;
}

/* Floating-point operations per image in matrix products: forward, gradients of the weights, and
 * gradients of the inputs except for the first layer. */
static double operations(const fm_architecture *architecture) {
    double total = 0;
    size_t inputs = architecture->inputs;
    for (size_t i = 0; i <= architecture->hidden_count; i++) {
        size_t outputs =
            i < architecture->hidden_count ? architecture->hidden[i] : architecture->outputs;
        total += 2.0 * (double)inputs * (double)outputs * (i ? 3 : 2);
        inputs = outputs;
    }
    return total;
}

/* Trains the epochs and stores their speeds in b->rates. */
static int train(bench *b, fm_weights *weights, fm_device *device, size_t epochs, fm_error *error) {
    const settings *s = b->settings;
    const fm_observer observer = {.user = b, .progress = on_progress, .epoch = on_epoch};
    fm_images images = fm_dataset_train(b->dataset);
    fm_train_options options;
    fm_train_result trained;
    if (images.count > EPOCH_IMAGES)
        images.count = EPOCH_IMAGES;
    if (s->max_steps && s->max_steps < images.count / s->batch_size)
        images.count = s->max_steps * s->batch_size;
    fm_train_options_init(&options);
    options.epochs = epochs;
    options.batch_size = s->batch_size < images.count ? s->batch_size : images.count;
    options.optimizer.lr = s->lr;
    options.val_fraction = 0;
    options.seed = s->common.seed;
    b->rate_count = 0;
    cli_progress_start(&b->progress, s->common.verbosity, epochs);
    int status = fm_train(&trained, weights, device, &images, &options, &observer, error);
    cli_progress_clear(&b->progress);
    return status;
}

/* The median of PREDICTIONS runs after a warm-up run; without warm-up, the time of one run. */
static int time_logits(double *seconds, bench *b, const fm_weights *weights, fm_device *device,
                       int warm_up, fm_error *error) {
    const fm_images images = fm_dataset_test(b->dataset);
    const size_t repeats = warm_up ? PREDICTIONS : 1;
    double took[PREDICTIONS] = {0};
    float *logits = NULL;
    fm_network *network = NULL;
    int status =
        fm_memory_allocate(&logits, images.count * FM_CLASSES, sizeof *logits, "logits", error);
    if (!status)
        status = fm_network_create(&network, device, weights, FM_NETWORK_PREDICTIONS, NULL, error);
    if (!status && warm_up)
        status = fm_network_predict(logits, network, &images, error);
    for (size_t i = 0; !status && i < repeats; i++) {
        double began = fm_clock_seconds();
        status = fm_network_predict(logits, network, &images, error);
        took[i] = fm_clock_seconds() - began;
    }
    *seconds = status ? 0 : fm_median(took, repeats);
    fm_network_free(network);
    free(logits);
    return status;
}

static int measure(bench *b, const fm_device_list *list, const fm_device_info *info,
                   fm_error *error) {
    const int warm_up = info->type != FM_DEVICE_REFERENCE;
    double logits_seconds = 0;
    fm_device *device = NULL;
    fm_weights *weights = NULL;
    if (b->settings->common.verbosity >= 0)
        cli_note("measuring %s", info->name);
    int status = fm_weights_create(&weights, &b->architecture, error);
    if (!status) {
        fm_weights_randomize(weights, b->settings->common.seed);
        const cli_workload workload = {&b->architecture, b->settings->batch_size};
        status = cli_device_open(&device, list, info, FM_GEMM_AUTO, &workload, &b->settings->common,
                                 error);
    }
    if (!status)
        status = train(b, weights, device, warm_up ? b->settings->epochs + 1 : 1, error);
    if (!status)
        status = time_logits(&logits_seconds, b, weights, device, warm_up, error);
    fm_device_close(device);
    fm_weights_free(weights);
    if (status)
        return status;
    result *r = &b->results[b->result_count++];
    r->number = info->number;
    r->type = info->type;
    snprintf(r->name, sizeof r->name, "%s", info->name);
    r->images_per_s = fm_median(b->rates + warm_up, b->rate_count - (size_t)warm_up);
    r->epoch_seconds = EPOCH_IMAGES / r->images_per_s;
    r->gflops = operations(&b->architecture) * r->images_per_s / 1e9;
    r->loss = b->loss;
    r->logits_seconds = logits_seconds;
    return FM_OK;
}

static double speedup(const bench *b, const result *r) {
    for (size_t i = 0; i < b->result_count; i++) {
        if (b->results[i].type == FM_DEVICE_REFERENCE)
            return r->images_per_s / b->results[i].images_per_s;
    }
    return -1;
}

static int print_json(const bench *b, const char *network, fm_error *error) {
    json_t *list = json_array();
    for (size_t i = 0; i < b->result_count; i++) {
        const result *r = &b->results[i];
        double factor = speedup(b, r);
        fm_json_append(
            &list,
            json_pack("{s:i, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "device", r->number, "name",
                      fm_json_text(r->name), "type", fm_device_type_name(r->type), "epoch_seconds",
                      fm_json_real(r->epoch_seconds), "images_per_s", fm_json_real(r->images_per_s),
                      "gflops", fm_json_real(r->gflops), "speedup",
                      factor < 0 ? json_null() : fm_json_real(factor), "loss",
                      fm_json_real(r->loss), "logits_seconds", fm_json_real(r->logits_seconds)));
    }
    return cli_json_print(json_pack("{s:s, s:I, s:o}", "network", network, "batch_size",
                                    (json_int_t)b->settings->batch_size, "results", list),
                          error);
}

static void print_text(const bench *b, const char *network) {
    int width = 4;
    for (size_t i = 0; i < b->result_count; i++) {
        int length = (int)strlen(b->results[i].name);
        width = length > width ? length : width;
    }
    char title[640];
    snprintf(title, sizeof title, "%s, batches of %zu, epochs of %d images\n\n", network,
             b->settings->batch_size, EPOCH_IMAGES);
    cli_print_wrapped(title, 2);
    const int is_narrow = cli_is_narrower((size_t)width + 66);
    if (is_narrow)
        printf("device %9s %12s %8s\n", "s/epoch", "images/s", "speed-up");
    else
        printf("device  %-*s  %-11s  %9s  %12s  %8s  %8s\n", width, "name", "type", "s/epoch",
               "images/s", "GFLOP/s", "speed-up");
    for (size_t i = 0; i < b->result_count; i++) {
        const result *r = &b->results[i];
        char rate[24], factor[24] = "-";
        cli_thousands(rate, sizeof rate, r->images_per_s);
        if (speedup(b, r) >= 0)
            snprintf(factor, sizeof factor, "%.1f", speedup(b, r));
        if (is_narrow)
            printf("%6d %9.3f %12s %8s\n", r->number, r->epoch_seconds, rate, factor);
        else
            printf("%6d  %-*s  %-11s  %9.3f  %12s  %8.1f  %8s\n", r->number, width, r->name,
                   fm_device_type_name(r->type), r->epoch_seconds, rate, r->gflops, factor);
    }
}

/* Measures the reference and the wanted devices, in the list's order. If devices fail, prints their
 * errors and continues; returns the status of the first failure. */
static int measure_all(bench *b, const fm_device_list *list, fm_error *error) {
    const char *device = b->settings->common.device;
    const char *wanted = device && strcmp(device, "all") != 0 ? device : NULL;
    const fm_device_info *only = NULL;
    int result_status = FM_OK;
    /* Without the reference, an OpenCL device is needed. If there is none, choosing one fails with
     * a hint how to install it. */
    if (wanted || b->settings->no_reference)
        result_status = fm_device_list_choose(&only, list, wanted, error);
    if (result_status)
        return result_status;
    if (!wanted)
        only = NULL;
    for (size_t i = 0; i < fm_device_list_count(list); i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        const int is_reference = info->type == FM_DEVICE_REFERENCE;
        if (info != only && (is_reference ? b->settings->no_reference : only != NULL))
            continue;
        fm_error failure = {0};
        int status = measure(b, list, info, &failure);
        if (status && !result_status) {
            result_status = status;
            *error = failure;
        } else if (status) {
            cli_error_print(&failure);
        }
        if (status == FM_E_INTERRUPTED)
            break;
    }
    return result_status;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    bench b = {.settings = value};
    fm_device_list *list = NULL;
    char network[512];
    int status = cli_settings_network(&b.architecture, &b.settings->given, arguments, error);
    if (!status && b.settings->gemm) {
        const cli_workload workload = {&b.architecture, b.settings->batch_size};
        return cli_bench_products(&workload, &b.settings->common, error);
    }
    if (!status)
        status = fm_device_list_create(&list, error);
    if (!status)
        status = cli_dataset_load(&b.dataset, &b.settings->common, error);
    if (!status)
        status = fm_memory_allocate(&b.results, fm_device_list_count(list), sizeof *b.results,
                                    "results", error);
    if (status)
        goto out;
    cli_interrupt_catch();
    fm_architecture_text(network, sizeof network, &b.architecture);
    status = measure_all(&b, list, error);
    if (status == FM_E_INTERRUPTED || b.result_count == 0)
        goto out;
    /* Prints the results even if one of the devices failed. */
    int printed = FM_OK;
    if (b.settings->common.json)
        printed = print_json(&b, network, status ? NULL : error);
    else
        print_text(&b, network);
    status = status ? status : printed;
out:
    free(b.results);
    fm_dataset_free(b.dataset);
    fm_device_list_free(list);
    return status;
}

const cli_command cli_bench = {
    .name = "bench",
    .operands = "",
    .summary = "Compares the training speed of the reference and every OpenCL device.",
    .about =
        "--device D measures that device and the reference; 'all' measures every device.\n"
        "GFLOP/s counts matrix products only. --json adds the mean loss of the last epoch and\n"
        "the time to predict the test set.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
