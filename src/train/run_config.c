#include "train/run_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "fmnist_cl/run_folder.h"
#include "fmnist_cl/version.h"
#include "io/choices_json.h"
#include "io/json.h"
#include "io/settings_json.h"

/* ---- Writing ---- */

static json_t *device_json(const fm_device_info *device, const fm_device_kernels *kernels) {
    return json_pack("{s:i, s:o, s:o, s:s, s:o, s:o, s:s, s:b, s:o}", "number", device->number,
                     "platform", fm_json_text(device->platform), "name", fm_json_text(device->name),
                     "type", fm_device_type_name(device->type), "opencl_c",
                     fm_json_text(device->opencl_c), "driver", fm_json_text(device->driver),
                     "products", fm_gemm_name(kernels->products), "tuned", kernels->chosen,
                     "choices", fm_choices_json(kernels->choices));
}

/* SHA-256 sums by file name: of the files on disk, or of their content after decompression. */
static json_t *sums_json(const fm_dataset *dataset, int of_content) {
    json_t *files = json_object();
    for (size_t i = 0; i < FM_DATA_FILES; i++) {
        const fm_data_file *file = fm_dataset_file(dataset, i);
        fm_json_set(&files, file->name,
                    json_string(of_content ? file->content_sha256 : file->sha256));
    }
    return files;
}

json_t *fm_run_config_json(const char *run, const fm_run_basis *basis) {
    const fm_settings settings = {*basis->architecture, *basis->options};
    json_t *config = json_pack("{s:s, s:s, s:s, s:o}", "program", "fmnist-cl", "version",
                               FM_VERSION, "command", "train", "run", fm_json_text(run));
    fm_json_update(&config, fm_settings_json(&settings));
    fm_json_update(&config,
                   json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "init", fm_json_text(basis->init),
                             "tensorboard", fm_json_text(basis->tensorboard), "gemm",
                             fm_gemm_name(basis->gemm), "device",
                             device_json(basis->device, basis->kernels), "data",
                             sums_json(basis->dataset, 0), "data_content",
                             sums_json(basis->dataset, 1)));
    return config;
}

/* ---- Reading ---- */

static int wrong(const char *path, const char *key, fm_error *error) {
    return fm_error_set(error, FM_E_FORMAT, path, "\"%s\" is missing or invalid", key);
}

static void read_device(fm_run_settings *out, const json_t *config) {
    const json_t *device = json_object_get(config, "device");
    const char *products = json_string_value(json_object_get(device, "products"));
    /* Older files do not have it: then "auto" always meant native. */
    if (!products || fm_gemm_parse(&out->products, products, NULL))
        out->products = out->gemm == FM_GEMM_CLBLAST ? FM_GEMM_CLBLAST : FM_GEMM_NATIVE;
    fm_json_read_text(out->device, sizeof out->device, device, "name");
    fm_json_read_text(out->device_type, sizeof out->device_type, device, "type");
    fm_json_read_text(out->platform, sizeof out->platform, device, "platform");
    fm_json_read_text(out->driver, sizeof out->driver, device, "driver");
}

static int read_sums(char out[FM_DATA_FILES][65], const json_t *config, const char *key,
                     const char *path, fm_error *error) {
    json_t *files = json_object_get(config, key), *value;
    const char *name;
    size_t count = 0;
    json_object_foreach(files, name, value) {
        const char *sum = json_string_value(value);
        if (!sum || count == FM_DATA_FILES || strlen(sum) >= sizeof out[0])
            return wrong(path, key, error);
        memcpy(out[count++], sum, strlen(sum) + 1);
    }
    return count == FM_DATA_FILES ? FM_OK : wrong(path, key, error);
}

/* The sessions so far; none in older files. */
static void read_sessions(fm_run_settings *out, const json_t *config) {
    const json_t *sessions = json_object_get(config, "sessions"), *session;
    size_t i;
    out->sessions = json_array_size(sessions);
    json_array_foreach(sessions, i, session) {
        double seconds = json_number_value(json_object_get(session, "seconds"));
        out->seconds += seconds > 0 ? seconds : 0;
    }
}

static int read_run(fm_run_settings *out, const json_t *config, const char *path, fm_error *error) {
    const json_t *gemm = json_object_get(config, "gemm");
    fm_settings settings;
    fm_settings_init(&settings); /* the defaults of settings that the file is too old to have */
    int status = fm_settings_json_read(&settings, config, path, error);
    out->options = settings.options;
    if (!status && gemm &&
        (!json_is_string(gemm) || fm_gemm_parse(&out->gemm, json_string_value(gemm), NULL)))
        status = wrong(path, "gemm", error);
    if (!status && json_object_get(config, "data"))
        status = read_sums(out->sha256, config, "data", path, error);
    if (!status && json_object_get(config, "data_content")) /* older files do not have it */
        status = read_sums(out->content_sha256, config, "data_content", path, error);
    read_device(out, config);
    read_sessions(out, config);
    fm_json_read_text(out->version, sizeof out->version, config, "version");
    fm_json_read_text(out->init, sizeof out->init, config, "init");
    fm_json_read_text(out->tensorboard, sizeof out->tensorboard, config, "tensorboard");
    return status;
}

int fm_run_config_read(fm_run_settings *out, json_t **sessions, const char *text, const char *path,
                       fm_error *error) {
    json_error_t problem;
    int no_memory, status;
    *out = (fm_run_settings){0};
    *sessions = NULL;
    json_t *config = fm_json_parse(&no_memory, text, strlen(text), &problem);
    if (config && !json_object_get(config, "gemm"))
        status = wrong(path, "gemm", error);
    else if (config && !json_object_get(config, "data"))
        status = wrong(path, "data", error);
    else if (config)
        status = read_run(out, config, path, error);
    else if (no_memory)
        status = fm_error_set(error, FM_E_MEMORY, path, "not enough memory for its settings");
    else
        status = fm_error_set(error, FM_E_FORMAT, path, "invalid JSON");
    if (!status)
        *sessions = json_incref(json_object_get(config, "sessions"));
    json_decref(config);
    return status;
}

int fm_run_folder_read_settings(fm_run_settings *out, int *found, const char *folder,
                                fm_error *error) {
    char path[FM_PATH_SIZE];
    json_t *config;
    struct stat info;
    fm_run_settings read = {0};
    *found = 0;
    if (fm_path_join(path, folder, "config.json", NULL) ||
        (stat(path, &info) && (errno == ENOENT || errno == ENOTDIR)))
        return FM_OK;
    int status = fm_json_read_file(&config, path, error);
    const char *program = json_string_value(json_object_get(config, "program"));
    /* Other programs also write a config.json beside their weights. */
    if (status == FM_E_FORMAT || (!status && (!program || strcmp(program, "fmnist-cl") != 0))) {
        json_decref(config);
        return FM_OK;
    }
    if (!status)
        status = read_run(&read, config, path, error);
    json_decref(config);
    *found = !status;
    if (!status)
        *out = read;
    return status;
}
