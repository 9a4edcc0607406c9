/* A small data set, the devices and short trainings, for tests of experiments. */
#ifndef FM_TESTS_SMALL_EXPERIMENTS_H
#define FM_TESTS_SMALL_EXPERIMENTS_H

#include "fmnist_cl/experiment.h"

/* Set by small_experiments_setup. */
typedef struct small_experiments {
    char *folder; /* a temporary folder */
    fm_dataset *dataset;
    size_t images; /* of the training file */
    fm_device_list *list;
    const fm_device_info *reference, *opencl;
} small_experiments;
extern small_experiments small;

/* Group setup and teardown. */
int small_experiments_setup(void **state);
int small_experiments_teardown(void **state);

/* One hidden layer, and batches of 32. */
fm_settings small_settings(size_t nodes, size_t epochs);

/* Opens an experiment in a folder of this name. */
fm_experiment *small_experiment(const char *name, const fm_device_info *device,
                                enum fm_factor factor, const char *values, size_t seeds,
                                const fm_settings *fixed);

#endif
