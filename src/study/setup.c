#include "study/setup.h"

#include <math.h>
#include <stdio.h>

#include "io/json.h"

static json_t *hidden_json(const fm_architecture *architecture) {
    char text[FM_MAX_HIDDEN * 6 + 1] = "none";
    size_t at = 0;
    for (size_t i = 0; i < architecture->hidden_count && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%zu", i ? "," : "",
                               architecture->hidden[i]);
    return json_string(text);
}

json_t *fm_setup_json(const fm_setup *setup) {
    const fm_train_options *o = &setup->options;
    const fm_optimizer *p = &o->optimizer;
    return json_pack(
        "{s:o, s:s, s:s, s:I, s:I, s:o, s:o, s:b, s:o, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o, "
        "s:o}",
        "hidden", hidden_json(&setup->architecture), "activation",
        fm_activation_name(setup->architecture.activation), "loss", fm_loss_name(o->loss), "epochs",
        (json_int_t)o->epochs, "batch-size", (json_int_t)o->batch_size, "max-steps",
        o->max_steps ? fm_json_unsigned(o->max_steps) : json_null(), "val-fraction",
        fm_json_real(o->val_fraction), "no-shuffle", !o->shuffle, "seed", fm_json_unsigned(o->seed),
        "optimizer", fm_optimizer_name(p->kind), "lr", fm_json_real(p->lr), "momentum",
        fm_json_real(p->momentum), "nesterov", p->nesterov, "weight-decay",
        fm_json_real(p->weight_decay), "beta1", fm_json_real(p->beta1), "beta2",
        fm_json_real(p->beta2), "eps", fm_json_real(p->eps), "alpha", fm_json_real(p->alpha));
}

int fm_setup_check(const fm_setup *setup, size_t images, fm_error *error) {
    const fm_train_options *o = &setup->options;
    int status = fm_architecture_check(&setup->architecture, error);
    if (!status)
        status = fm_train_options_check(o, images, error);
    if (!status && o->epochs < 1)
        status = fm_error_set(error, FM_E_ARGUMENT, "epochs", "0 leave nothing to compare");
    if (!status && round((double)images * o->val_fraction) < 1)
        status = fm_error_set(error, FM_E_ARGUMENT, "val-fraction",
                              "%g of %zu images leaves none to judge by", o->val_fraction, images);
    return status;
}

double fm_setup_step_flops(const fm_setup *setup) {
    /* Forward, gradient of the input, gradient of the weights: a product and a sum each. */
    return 6.0 * (double)fm_architecture_parameter_count(&setup->architecture) *
           (double)setup->options.batch_size;
}

double fm_setup_cost(const fm_setup *setup, size_t images) {
    /* Of the order of what two cores do; an update costs something whatever its size: the launches,
     * and the optimiser's pass over all parameters. */
    const double flops_per_s = 1e11, per_layer = 1e-5, per_parameter = 1e-10;
    const fm_train_options *o = &setup->options;
    double count = (double)images - round((double)images * o->val_fraction);
    double steps = ceil(count / (double)o->batch_size) * (double)o->epochs;
    if (o->max_steps && (double)o->max_steps < steps)
        steps = (double)o->max_steps;
    return steps * (fm_setup_step_flops(setup) / flops_per_s +
                    per_layer * (double)(setup->architecture.hidden_count + 1) +
                    per_parameter * (double)fm_architecture_parameter_count(&setup->architecture));
}
