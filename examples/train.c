/* Trains a small network on Fashion-MNIST with fmnist-cl's library, tests it, and classifies one
 * image.
 *
 *     train [DATA_FOLDER]      default: where the data set is usually installed
 *
 * It is written as your program could be: every call can fail, and one place reports and frees. */
#include <stdio.h>
#include <stdlib.h>

#include <fmnist_cl/dataset.h>
#include <fmnist_cl/device.h>
#include <fmnist_cl/evaluation.h>
#include <fmnist_cl/network.h>
#include <fmnist_cl/settings.h>
#include <fmnist_cl/trainer.h>
#include <fmnist_cl/weights.h>

/* Called by the trainer; a result other than 0 would stop the training. */
static int print_progress(void *user, const fm_progress *progress) {
    (void)user;
    fprintf(stderr, "\repoch %zu of %zu: %zu of %zu images", progress->epoch, progress->epochs,
            progress->images_done, progress->images);
    return 0;
}

static int print_epoch(void *user, const fm_epoch *epoch, fm_error *error) {
    (void)user, (void)error;
    fprintf(stderr, "\n");
    printf("epoch %zu: training loss %.4f, validation accuracy %.2f %%\n", epoch->number,
           epoch->train.loss, 100 * epoch->val.accuracy);
    return FM_OK;
}

/* Opens the best device there is: a GPU, else a CPU with an OpenCL driver, else the plain C
 * reference. */
static int open_device(fm_device **out, fm_error *error) {
    fm_device_list *list = NULL;
    const fm_device_info *chosen = NULL;
    int status = fm_device_list_create(&list, error);
    if (status == FM_OK && fm_device_list_choose(&chosen, list, NULL, NULL) != FM_OK) {
        status = fm_device_list_choose(&chosen, list, "reference", error);
    }
    if (status == FM_OK) {
        printf("device: %s\n", chosen->name);
        status = fm_device_open(out, list, chosen->number, FM_GEMM_AUTO, error);
    }
    fm_device_list_free(list);
    return status;
}

static int test(fm_device *device, const fm_weights *weights, const fm_images *images,
                fm_error *error) {
    fm_network *network = NULL;
    fm_evaluation evaluation;
    float logits[FM_CLASSES];
    fm_images first = *images;
    first.count = 1;
    int status = fm_network_create(&network, device, weights, FM_NETWORK_PREDICTIONS, NULL, error);
    if (status == FM_OK) {
        status = fm_evaluation_run(&evaluation, network, images, FM_CROSS_ENTROPY, error);
    }
    if (status == FM_OK) {
        status = fm_network_predict(logits, network, &first, error);
    }
    if (status == FM_OK) {
        unsigned predicted = 0;
        for (unsigned class = 1; class < FM_CLASSES; class ++) {
            predicted = logits[class] > logits[predicted] ? class : predicted;
        }
        printf("test accuracy: %.2f %%\n", 100 * evaluation.score.accuracy);
        printf("the first test image is: %s\n", fm_dataset_class_name(predicted));
    }
    fm_network_free(network);
    return status;
}

int main(int argc, char **argv) {
    fm_error error = {0};
    fm_dataset *data = NULL;
    fm_device *device = NULL;
    fm_weights *weights = NULL;
    char folder[4096];

    fm_settings settings;
    fm_settings_init(&settings);
    settings.architecture.hidden_count = 1;
    settings.architecture.hidden[0] = 64;
    settings.options.epochs = 2;

    int status = fm_dataset_find(folder, sizeof folder, argc > 1 ? argv[1] : NULL,
                                 getenv("FMNIST_DATA"), NULL, &error);
    if (status == FM_OK && (status = fm_dataset_load(&data, folder, &error)) == FM_OK &&
        (status = open_device(&device, &error)) == FM_OK &&
        (status = fm_weights_create(&weights, &settings.architecture, &error)) == FM_OK) {
        const fm_observer observer = {.progress = print_progress, .epoch = print_epoch};
        const fm_images train = fm_dataset_train(data), held_out = fm_dataset_test(data);
        fm_train_result result;
        fm_weights_randomize(weights, settings.options.seed);
        status = fm_train(&result, weights, device, &train, &settings.options, &observer, &error);
        if (status == FM_OK) {
            status = test(device, weights, &held_out, &error);
        }
        if (status == FM_OK) {
            status = fm_weights_save(weights, "trained.safetensors", &error);
        }
    }
    if (status != FM_OK) {
        fprintf(stderr, "%s: %s\n%s\n", error.what, error.why, error.hint);
    }
    fm_weights_free(weights);
    fm_device_close(device);
    fm_dataset_free(data);
    return status == FM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
