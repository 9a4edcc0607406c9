/* The network of the final run's first seed. Trials do not keep weights. The same settings, seed
 * and device give the same bits, so the network is trained again when it is first needed, and
 * saved. */
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "io/json.h"
#include "io/settings_json.h"
#include "io/weights_tensors.h"
#include "study/experiment.h"
#include "study/pool.h"
#include "study/study.h"

static int train_again(fm_weights **out, const fm_study *study, fm_pool *pool, fm_error *error) {
    const fm_experiment *final = study->experiment[FM_FACTOR_FINAL];
    fm_train_options options = study->best.options;
    fm_device *const *devices;
    fm_train_result result;
    size_t count;
    options.seed = fm_experiment_trial(final, 0)->seed;
    int status = fm_pool_devices(&devices, &count, pool, 0, error);
    if (!status)
        status = fm_weights_create(out, &study->best.architecture, error);
    if (!status) {
        fm_weights_randomize(*out, options.seed);
        status = fm_train(&result, *out, devices[0], &final->images, &options, NULL, error);
    }
    return status;
}

/* The metadata key of the saved weights. Its value is the settings of the final run, with data,
 * device and driver, to detect weights of another run. */
static const char note_key[] = "experiment";

/* Free *out with free(). FM_E_MEMORY. */
static int make_note(char **out, const fm_study *study, const char *device, const char *driver,
                     fm_error *error) {
    json_t *note = json_deep_copy(study->experiment[FM_FACTOR_FINAL]->settings);
    fm_json_update(&note, json_pack("{s:o, s:o}", "device", fm_json_text(device), "driver",
                                    fm_json_text(driver)));
    return fm_json_write(out, note, error);
}

/* *out is NULL if the file contains the weights of another run or cannot be read. */
static int load_kept(fm_weights **out, const char *path, const char *settings, fm_error *error) {
    fm_safetensors *file = NULL;
    *out = NULL;
    int status = fm_safetensors_read(&file, path, NULL);
    if (!status) {
        const char *note = fm_safetensors_metadata(file, note_key);
        if (note && fm_settings_text_agree(note, settings))
            status = fm_weights_read(out, file, path, NULL);
    }
    fm_safetensors_free(file);
    return status == FM_E_MEMORY ? fm_error_set(error, status, path, "out of memory") : FM_OK;
}

int fm_study_final_weights(fm_weights **out, const fm_study *study, fm_pool *pool,
                           fm_error *error) {
    const fm_experiment *final = study->experiment[FM_FACTOR_FINAL];
    const fm_trial *trial = fm_experiment_trial(final, 0);
    char path[FM_PATH_SIZE], *there = NULL, *here = NULL;
    *out = NULL;
    int status = fm_path_join(path, study->folder, "final.safetensors", error);
    if (!status)
        status = make_note(&there, study, trial->device, trial->driver, error);
    if (!status)
        status = make_note(&here, study, final->device, final->driver, error);
    if (!status)
        status = load_kept(out, path, there, error);
    /* Weights trained on the current device are the best replacement if the trial's device is not
     * available. */
    if (!status && !*out)
        status = load_kept(out, path, here, error);
    if (status || *out)
        goto out;
    status = train_again(out, study, pool, error);
    if (!status)
        status = fm_weights_write(*out, &(fm_metadata){note_key, here}, path, error);
out:
    if (status) {
        fm_weights_free(*out);
        *out = NULL;
    }
    free(here);
    free(there);
    return status;
}

int fm_study_final_evaluate(fm_evaluation *out, float *logits, const fm_study *study,
                            const fm_weights *weights, fm_pool *pool, const fm_images *test,
                            fm_error *error) {
    fm_network *network = NULL;
    fm_device *const *devices;
    size_t count;
    int status = fm_pool_devices(&devices, &count, pool, 0, error);
    if (!status)
        status =
            fm_network_create(&network, devices[0], weights, FM_NETWORK_PREDICTIONS, NULL, error);
    if (!status)
        status = fm_network_predict(logits, network, test, error);
    if (!status)
        fm_evaluation_count(out, logits, test->label, test->count, study->best.options.loss);
    fm_network_free(network);
    return status;
}
