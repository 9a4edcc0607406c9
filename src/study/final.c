/* The network of the final run's first seed. A trial keeps no weights; but the same settings, seed
 * and device give the same bits, so it can be had again, and is kept then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
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

static int same_architecture(const fm_architecture *a, const fm_architecture *b) {
    return a->inputs == b->inputs && a->outputs == b->outputs &&
           a->hidden_count == b->hidden_count && a->activation == b->activation &&
           !memcmp(a->hidden, b->hidden, a->hidden_count * sizeof *a->hidden);
}

int fm_study_final_weights(fm_weights **out, const fm_study *study, fm_pool *pool,
                           fm_error *error) {
    const size_t size = strlen(study->folder) + sizeof "/final.safetensors";
    char *path = NULL;
    *out = NULL;
    int status = fm_memory_allocate(&path, size, 1, "a file's name", error);
    if (status)
        return status;
    snprintf(path, size, "%s/final.safetensors", study->folder);
    int kept = access(path, F_OK) == 0 && fm_weights_load(out, path, NULL) == FM_OK;
    if (kept && !same_architecture(fm_weights_architecture(*out), &study->best.architecture)) {
        fm_weights_free(*out);
        *out = NULL;
        kept = 0;
    }
    if (!kept) {
        status = train_again(out, study, pool, error);
        if (!status)
            status = fm_weights_save(*out, path, error);
    }
    if (status) {
        fm_weights_free(*out);
        *out = NULL;
    }
    free(path);
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
