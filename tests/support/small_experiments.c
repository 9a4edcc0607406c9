#include "support/small_experiments.h"

#include <sys/stat.h>

#include "support/check.h"
#include "support/idx_files.h"
#include "support/temporary.h"

small_experiments small;

int small_experiments_setup(void **state) {
    (void)state;
    fm_error error = {0};
    small.folder = temporary_create();
    const char *data = temporary_path(small.folder, "data");
    assert_int_equal(mkdir(data, 0777), 0);
    idx_write_learnable(data, 250, 50);
    CHECK_OK(fm_dataset_load(&small.dataset, data, &error), &error);
    small.images = fm_dataset_train(small.dataset).count;
    CHECK_OK(fm_device_list_create(&small.list, &error), &error);
    CHECK_OK(fm_device_list_choose(&small.reference, small.list, "reference", &error), &error);
    CHECK_OK(fm_device_list_choose(&small.opencl, small.list, NULL, &error), &error);
    return 0;
}

int small_experiments_teardown(void **state) {
    (void)state;
    fm_device_list_free(small.list);
    fm_dataset_free(small.dataset);
    temporary_remove(small.folder);
    return 0;
}

fm_settings small_settings(size_t nodes, size_t epochs) {
    fm_settings settings;
    fm_settings_init(&settings);
    settings.architecture.hidden_count = 1;
    settings.architecture.hidden[0] = nodes;
    settings.options.epochs = epochs;
    settings.options.batch_size = 32;
    return settings;
}

fm_experiment *small_experiment(const char *name, const fm_device_info *device,
                                enum fm_factor factor, const char *values, size_t seeds,
                                const fm_settings *fixed) {
    fm_error error = {0};
    fm_plan plan;
    fm_experiment *experiment;
    CHECK_OK(fm_plan_create(&plan, factor, values, fixed, seeds, small.images, &error), &error);
    CHECK_OK(fm_experiment_open(&experiment, temporary_path(small.folder, name), &plan,
                                small.dataset, small.images, device, FM_GEMM_AUTO, &error),
             &error);
    return experiment;
}
