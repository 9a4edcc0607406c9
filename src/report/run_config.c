#include "report/run_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/count.h"
#include "fmnist_cl/run_folder.h"
#include "fmnist_cl/version.h"
#include "io/choices_json.h"
#include "io/file.h"
#include "io/json.h"

/* ---- Writing ---- */

/* As --hidden takes it. */
static json_t *hidden_json(const fm_architecture *architecture) {
    char text[FM_MAX_HIDDEN * 6 + 1] = "none";
    size_t at = 0;
    for (size_t i = 0; i < architecture->hidden_count && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%zu", i ? "," : "",
                               architecture->hidden[i]);
    return json_string(text);
}

static json_t *optimizer_json(const fm_optimizer *optimizer) {
    return json_pack("{s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "optimizer",
                     fm_optimizer_name(optimizer->kind), "lr", fm_json_real(optimizer->lr),
                     "momentum", fm_json_real(optimizer->momentum), "nesterov", optimizer->nesterov,
                     "weight-decay", fm_json_real(optimizer->weight_decay), "beta1",
                     fm_json_real(optimizer->beta1), "beta2", fm_json_real(optimizer->beta2), "eps",
                     fm_json_real(optimizer->eps), "alpha", fm_json_real(optimizer->alpha));
}

static json_t *device_json(const fm_device_info *device, const fm_device_kernels *kernels) {
    return json_pack("{s:i, s:o, s:o, s:s, s:o, s:o, s:s, s:b, s:o}", "number", device->number,
                     "platform", fm_json_text(device->platform), "name", fm_json_text(device->name),
                     "type", fm_device_type_name(device->type), "opencl_c",
                     fm_json_text(device->opencl_c), "driver", fm_json_text(device->driver),
                     "products", fm_gemm_name(kernels->products), "tuned", kernels->chosen,
                     "choices", fm_choices_json(kernels->choices));
}

static json_t *data_json(const fm_dataset *dataset) {
    json_t *files = json_object();
    for (size_t i = 0; i < FM_DATA_FILES; i++) {
        const fm_data_file *file = fm_dataset_file(dataset, i);
        if (json_object_set_new(files, file->name, json_string(file->sha256))) {
            json_decref(files);
            return NULL;
        }
    }
    return files;
}

json_t *fm_run_config_json(const char *run, const fm_run_basis *basis) {
    const fm_train_options *options = basis->options;
    const fm_architecture *architecture = basis->architecture;
    json_t *config = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:I, s:I, s:o, s:o, s:b, s:o, s:o, s:o, s:s}",
        "program", "fmnist-cl", "version", FM_VERSION, "command", "train", "run", fm_json_text(run),
        "hidden", hidden_json(architecture), "activation",
        fm_activation_name(architecture->activation), "loss", fm_loss_name(options->loss), "epochs",
        (json_int_t)options->epochs, "batch-size", (json_int_t)options->batch_size, "max-steps",
        options->max_steps ? fm_json_unsigned(options->max_steps) : json_null(), "val-fraction",
        fm_json_real(options->val_fraction), "no-shuffle", !options->shuffle, "seed",
        fm_json_unsigned(options->seed), "init", fm_json_text(basis->init), "tensorboard",
        fm_json_text(basis->tensorboard), "gemm", fm_gemm_name(basis->gemm));
    json_t *optimizer = optimizer_json(&options->optimizer);
    json_t *rest = json_pack("{s:o, s:o}", "device", device_json(basis->device, basis->kernels),
                             "data", data_json(basis->dataset));
    int failed = !config || !optimizer || !rest || json_object_update(config, optimizer) ||
                 json_object_update(config, rest);
    json_decref(optimizer);
    json_decref(rest);
    if (failed) {
        json_decref(config);
        return NULL;
    }
    return config;
}

/* ---- Reading ---- */

static int wrong(const char *path, const char *key, fm_error *error) {
    return fm_error_set(error, FM_E_FORMAT, path, "\"%s\" is missing or not what it should be",
                        key);
}

static int no_memory_for_settings(const char *path, fm_error *error) {
    return fm_error_set(error, FM_E_MEMORY, path, "no memory for its settings");
}

static int read_unsigned(uint64_t *out, const json_t *value) {
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = (uint64_t)json_integer_value(value);
        return 1;
    }
    const char *text = json_string_value(value);
    char *end;
    if (!text || !*text || strspn(text, "0123456789") != strlen(text))
        return 0;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0;
}

static int read_settings(fm_train_options *options, const json_t *config, const char *path,
                         fm_error *error) {
    const char *loss = json_string_value(json_object_get(config, "loss"));
    const json_t *fraction = json_object_get(config, "val-fraction");
    const json_t *in_order = json_object_get(config, "no-shuffle");
    if (!loss || fm_loss_parse(&options->loss, loss, NULL))
        return wrong(path, "loss", error);
    if (!json_is_number(fraction) || !(json_number_value(fraction) >= 0) ||
        !(json_number_value(fraction) < 1))
        return wrong(path, "val-fraction", error);
    if (!json_is_boolean(in_order))
        return wrong(path, "no-shuffle", error);
    if (!read_unsigned(&options->seed, json_object_get(config, "seed")))
        return wrong(path, "seed", error);
    options->val_fraction = json_number_value(fraction);
    options->shuffle = !json_is_true(in_order);
    return FM_OK;
}

/* A whole number; null is 0. */
static int read_count(size_t *out, const json_t *config, const char *key, const char *path,
                      fm_error *error) {
    uint64_t number = 0;
    const json_t *value = json_object_get(config, key);
    if (!json_is_null(value) && (!read_unsigned(&number, value) || number > SIZE_MAX))
        return wrong(path, key, error);
    *out = (size_t)number;
    return FM_OK;
}

static int read_optimizer(fm_optimizer *out, const json_t *config, const char *path,
                          fm_error *error) {
    const struct {
        const char *key;
        double *value;
    } numbers[] = {
        {"lr", &out->lr},       {"momentum", &out->momentum}, {"weight-decay", &out->weight_decay},
        {"beta1", &out->beta1}, {"beta2", &out->beta2},       {"eps", &out->eps},
        {"alpha", &out->alpha},
    };
    const char *name = json_string_value(json_object_get(config, "optimizer"));
    const json_t *nesterov = json_object_get(config, "nesterov");
    if (!name || fm_optimizer_parse(&out->kind, name, NULL))
        return wrong(path, "optimizer", error);
    if (!json_is_boolean(nesterov))
        return wrong(path, "nesterov", error);
    out->nesterov = json_is_true(nesterov);
    for (size_t i = 0; i < FM_COUNT(numbers); i++) {
        const json_t *value = json_object_get(config, numbers[i].key);
        if (!json_is_number(value))
            return wrong(path, numbers[i].key, error);
        *numbers[i].value = json_number_value(value);
    }
    return FM_OK;
}

/* A text that may be missing, cut at the size. */
static void read_text(char *out, size_t size, const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    snprintf(out, size, "%s", text ? text : "");
}

static void read_device(fm_run_settings *out, const json_t *config) {
    const json_t *device = json_object_get(config, "device");
    const char *products = json_string_value(json_object_get(device, "products"));
    /* Before it was written down auto was always native. */
    if (!products || fm_gemm_parse(&out->products, products, NULL))
        out->products = out->gemm == FM_GEMM_CLBLAST ? FM_GEMM_CLBLAST : FM_GEMM_NATIVE;
    read_text(out->device, sizeof out->device, device, "name");
    read_text(out->device_type, sizeof out->device_type, device, "type");
    read_text(out->platform, sizeof out->platform, device, "platform");
    read_text(out->driver, sizeof out->driver, device, "driver");
}

static int read_data(fm_run_settings *out, const json_t *config, const char *path,
                     fm_error *error) {
    json_t *files = json_object_get(config, "data"), *value;
    const char *name;
    size_t count = 0;
    json_object_foreach(files, name, value) {
        const char *sum = json_string_value(value);
        if (!sum || count == FM_DATA_FILES || strlen(sum) >= sizeof out->sha256[0])
            return wrong(path, "data", error);
        memcpy(out->sha256[count++], sum, strlen(sum) + 1);
    }
    return count == FM_DATA_FILES ? FM_OK : wrong(path, "data", error);
}

static int read_run(fm_run_settings *out, const json_t *config, const char *path, fm_error *error) {
    const char *gemm = json_string_value(json_object_get(config, "gemm"));
    size_t max_steps = 0;
    int status = read_settings(&out->options, config, path, error);
    if (!status)
        status = read_count(&out->options.epochs, config, "epochs", path, error);
    if (!status)
        status = read_count(&out->options.batch_size, config, "batch-size", path, error);
    if (!status)
        status = read_count(&max_steps, config, "max-steps", path, error);
    if (!status)
        status = read_optimizer(&out->options.optimizer, config, path, error);
    if (!status && (!gemm || fm_gemm_parse(&out->gemm, gemm, NULL)))
        status = wrong(path, "gemm", error);
    if (!status)
        status = read_data(out, config, path, error);
    out->options.max_steps = max_steps;
    read_device(out, config);
    read_text(out->version, sizeof out->version, config, "version");
    read_text(out->init, sizeof out->init, config, "init");
    return status;
}

int fm_run_config_read(fm_run_settings *out, const char *text, const char *path, fm_error *error) {
    json_error_t problem;
    int no_memory, status;
    *out = (fm_run_settings){0};
    json_t *config = fm_json_parse(&no_memory, text, strlen(text), &problem);
    if (config)
        status = read_run(out, config, path, error);
    else if (no_memory)
        status = no_memory_for_settings(path, error);
    else
        status = fm_error_set(error, FM_E_FORMAT, path, "its settings are broken JSON");
    json_decref(config);
    return status;
}

static int is_nothing(int number) {
    return number == ENOENT || number == ENOTDIR;
}

int fm_run_folder_read_settings(fm_train_options *options, int *found, const char *folder,
                                fm_error *error) {
    enum { PATH_SIZE = 4096, MOST_BYTES = 1 << 20 };
    char path[PATH_SIZE];
    unsigned char *text = NULL;
    size_t size;
    struct stat info;
    *found = 0;
    int length = snprintf(path, sizeof path, "%s/config.json", folder);
    if (length < 0 || length >= PATH_SIZE || (stat(path, &info) && is_nothing(errno)))
        return FM_OK;
    int status = fm_file_read(&text, &size, path, MOST_BYTES, error);
    if (status == FM_E_FORMAT) /* too large: another program's */
        return FM_OK;
    if (status)
        return status;
    json_error_t problem;
    int no_memory;
    json_t *config = fm_json_parse(&no_memory, (const char *)text, size, &problem);
    free(text);
    if (no_memory)
        return no_memory_for_settings(path, error);
    const char *program = json_string_value(json_object_get(config, "program"));
    /* Other programs keep a config.json beside their weights too. */
    if (program && !strcmp(program, "fmnist-cl")) {
        status = read_settings(options, config, path, error);
        *found = !status;
    }
    json_decref(config);
    return status;
}
