#include "study/cost.h"

#include <math.h>

double fm_cost_step_flops(const fm_settings *settings) {
    /* Forward, gradient of the input, gradient of the weights: a multiplication and an addition
     * each. */
    return 6.0 * (double)fm_architecture_parameter_count(&settings->architecture) *
           (double)settings->options.batch_size;
}

double fm_cost_estimate(const fm_settings *settings, size_t images) {
    /* Roughly the speed of two cores. Each update also has a cost that does not depend on the batch
     * size: launches, and the optimizer's pass over all parameters. */
    const double flops_per_s = 1e11, per_layer = 1e-5, per_parameter = 1e-10;
    const fm_train_options *o = &settings->options;
    double count = (double)images - round((double)images * o->val_fraction);
    double steps = ceil(count / (double)o->batch_size) * (double)o->epochs;
    if (o->max_steps && (double)o->max_steps < steps)
        steps = (double)o->max_steps;
    return steps *
           (fm_cost_step_flops(settings) / flops_per_s +
            per_layer * (double)(settings->architecture.hidden_count + 1) +
            per_parameter * (double)fm_architecture_parameter_count(&settings->architecture));
}
