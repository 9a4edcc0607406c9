#include "support/trainings.h"

#include <string.h>

#include "base/random.h"
#include "support/check.h"

static uint8_t pixels[TRAIN_IMAGES * TRAIN_PIXELS], labels[TRAIN_IMAGES];
const fm_images train_images = {TRAIN_IMAGES, TRAIN_PIXELS, pixels, labels};
fm_device *train_devices[2];

int try_open_device(fm_device **out, const char *wanted, enum fm_gemm gemm, fm_error *error) {
    fm_device_list *list = NULL;
    const fm_device_info *info = NULL;
    *out = NULL;
    int status = fm_device_list_create(&list, error);
    if (!status)
        status = fm_device_list_choose(&info, list, wanted, error);
    if (!status)
        status = fm_device_open(out, list, info->number, gemm, error);
    fm_device_list_free(list);
    return status;
}

fm_device *open_device(const char *wanted, enum fm_gemm gemm) {
    fm_error error = {0};
    fm_device *device = NULL;
    CHECK_OK(try_open_device(&device, wanted, gemm, &error), &error);
    return device;
}

int trainings_set_up(void **state) {
    (void)state;
    fm_random random;
    fm_random_seed(&random, 9, 99);
    for (size_t i = 0; i < TRAIN_IMAGES; i++) {
        labels[i] = (uint8_t)(i % FM_CLASSES);
        for (size_t p = 0; p < TRAIN_PIXELS; p++)
            pixels[i * TRAIN_PIXELS + p] =
                (uint8_t)((p / 3 == labels[i] ? 120 : 0) + fm_random_below(&random, 120));
    }
    train_devices[0] = open_device(NULL, FM_GEMM_AUTO);
    train_devices[1] = open_device("reference", FM_GEMM_AUTO);
    return 0;
}

int trainings_tear_down(void **state) {
    (void)state;
    fm_device_close(train_devices[0]);
    fm_device_close(train_devices[1]);
    return 0;
}

fm_weights *make_weights(const fm_architecture *architecture) {
    fm_error error = {0};
    fm_weights *weights = NULL;
    CHECK_OK(fm_weights_create(&weights, architecture, &error), &error);
    fm_weights_randomize(weights, 1);
    return weights;
}

int same_weights(fm_weights *a, fm_weights *b) {
    if (!a || !b)
        return a == b;
    const size_t count = fm_architecture_parameter_count(fm_weights_architecture(a));
    return !memcmp(fm_weights_values(a), fm_weights_values(b), count * sizeof(float));
}
