#include "study/cost.h"

#include <math.h>

static double parameters_of(const fm_settings *settings) {
    return (double)fm_architecture_parameter_count(&settings->architecture);
}

static double training_images(const fm_settings *settings, size_t images) {
    return (double)images - round((double)images * settings->options.val_fraction);
}

/* The number of updates. */
static double steps_of(const fm_settings *settings, size_t images) {
    const fm_train_options *o = &settings->options;
    const double steps =
        ceil(training_images(settings, images) / (double)o->batch_size) * (double)o->epochs;
    return o->max_steps ? fmin(steps, (double)o->max_steps) : steps;
}

double fm_cost_step_flops(const fm_settings *settings) {
    /* Forward, gradient of the input, gradient of the weights: a multiplication and an addition
     * each. */
    return 6.0 * parameters_of(settings) * (double)settings->options.batch_size;
}

double fm_cost_estimate(const fm_settings *settings, size_t images) {
    /* Roughly the speed of two cores. Each update also has a cost that does not depend on the batch
     * size: launches, and the optimizer's pass over all parameters. */
    const double flops_per_s = 1e11, per_layer = 1e-5, per_parameter = 1e-10;
    return steps_of(settings, images) *
           (fm_cost_step_flops(settings) / flops_per_s +
            per_layer * (double)(settings->architecture.hidden_count + 1) +
            per_parameter * parameters_of(settings));
}

/* Numbers that the optimizer keeps per parameter. */
static double optimizer_state(const fm_optimizer *optimizer) {
    const double momentum = optimizer->momentum > 0;
    return optimizer->kind == FM_ADAM ? 2 : momentum + (optimizer->kind == FM_RMSPROP);
}

fm_cost fm_cost_training(const fm_settings *settings, size_t images) {
    const fm_architecture *a = &settings->architecture;
    const double parameters = parameters_of(settings), steps = steps_of(settings, images);
    const double seen = fmin(steps * (double)settings->options.batch_size,
                             training_images(settings, images) * (double)settings->options.epochs);
    double outputs = (double)a->outputs;
    for (size_t i = 0; i < a->hidden_count; i++)
        outputs += (double)a->hidden[i];
    /* Per update: the parameters are read forward and backward; they, their gradients and the
     * optimizer's state are read and written. */
    const double per_step = 2 + 2 * (2 + optimizer_state(&settings->options.optimizer));
    /* Per image: a byte per pixel forward and for the gradient of the weights; each layer's outputs
     * and their gradients are written and read. */
    const double per_image = 2 * (double)a->inputs + sizeof(float) * 4 * outputs;
    return (fm_cost){6 * parameters * seen,
                     steps * per_step * sizeof(float) * parameters + seen * per_image};
}

double fm_cost_total(double flops, double bytes) {
    return flops + 10 * bytes;
}
