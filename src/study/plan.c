#include "study/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"

const fm_option *fm_factor_option(enum fm_factor which) {
    static const char *const steps[FM_FACTORS] = {
        [FM_FACTOR_EPOCHS] = "epochs", [FM_FACTOR_LAYERS] = "layers",
        [FM_FACTOR_NODES] = "nodes",   [FM_FACTOR_BATCH_SIZE] = "batch-size",
        [FM_FACTOR_LR] = "lr",         [FM_FACTOR_ACTIVATION] = "activation",
        [FM_FACTOR_LOSS] = "loss",     [FM_FACTOR_OPTIMIZER] = "optimizer",
    };
    if (which < FM_FACTOR_FINAL)
        return fm_settings_find(steps[which]);
    return which == FM_FACTOR_FINAL ? NULL : &fm_settings_table[which - FM_FACTOR_FINAL - 1];
}

const char *fm_factor_name(enum fm_factor which) {
    const fm_option *row = fm_factor_option(which);
    return row ? row->name : "final";
}

static const char *values_of(enum fm_factor which) {
    const fm_option *row = fm_factor_option(which);
    return row ? row->explore.values : "final";
}

int fm_factor_parse(enum fm_factor *out, const char *name, fm_error *error) {
    enum { MOST = 64 };
    const char *names[MOST];
    size_t count = 0;
    int which;
    for (const fm_option *row = fm_settings_table; row->name && count < MOST - 1; row++)
        if (row->explore.values)
            names[count++] = row->name;
    names[count] = NULL;
    int status = fm_names_find(&which, names, "experiment", name, error);
    if (status)
        return status;
    const fm_option *row = fm_settings_find(name);
    *out = (enum fm_factor)(FM_FACTOR_FINAL + 1 + (row - fm_settings_table));
    for (int step = 0; step < FM_FACTORS; step++)
        if (fm_factor_option((enum fm_factor)step) == row)
            *out = (enum fm_factor)step;
    return FM_OK;
}

int fm_factor_is_number(enum fm_factor which) {
    return which != FM_FACTOR_FINAL && fm_factor_option(which)->kind != FM_OPTION_CHOICE;
}

/* ---- Values ---- */

/* Converts the text to the value's normal form. */
static int read_value(char out[FM_VALUE_SIZE], const fm_plan *plan, const char *text,
                      fm_error *error) {
    char value[FM_OPTION_TEXT_SIZE];
    fm_settings settings = plan->fixed;
    const fm_option *option = fm_factor_option(plan->factor);
    int status = option ? fm_option_parse(&settings, option, text, error) : FM_OK;
    if (!status && option)
        fm_option_print(value, &settings, option);
    snprintf(out, FM_VALUE_SIZE, "%.*s", FM_VALUE_SIZE - 1, option && !status ? value : text);
    return status;
}

static int add_value(fm_plan *plan, const char *text, fm_error *error) {
    char value[FM_VALUE_SIZE] = "";
    if (!text[0])
        return fm_error_set(error, FM_E_ARGUMENT, "values", "a value is empty");
    if (strlen(text) >= FM_VALUE_SIZE)
        return fm_error_set(error, FM_E_ARGUMENT, "values", "'%s' is too long", text);
    int status = read_value(value, plan, text, error);
    for (size_t i = 0; !status && i < plan->value_count; i++) {
        if (!strcmp(plan->value[i], value))
            status = fm_error_set(error, FM_E_ARGUMENT, "values", "%s is listed twice", value);
    }
    if (!status && plan->value_count == FM_MAX_VALUES)
        status = fm_error_set(error, FM_E_ARGUMENT, "values", "more than %d values", FM_MAX_VALUES);
    if (!status)
        memcpy(plan->value[plan->value_count++], value, sizeof value);
    return status;
}

static int read_values(fm_plan *plan, const char *list, fm_error *error) {
    for (const char *at = list;; at++) {
        char text[64];
        size_t length = strcspn(at, ",");
        snprintf(text, sizeof text, "%.*s", (int)(length < 63 ? length : 63), at);
        int status = add_value(plan, text, error);
        if (status && error) /* the parser has named the setting */
            snprintf(error->what, sizeof error->what, "values");
        if (status || !at[length])
            return status;
        at += length;
    }
}

/* ---- The plan ---- */

void fm_plan_apply(fm_settings *out, const fm_plan *plan, size_t value) {
    const fm_option *option = fm_factor_option(plan->factor);
    *out = plan->fixed;
    if (option) /* the plan contains only valid values */
        (void)fm_option_parse(out, option, plan->value[value], NULL);
}

/* Checks that the training can run with this many images, and that there is a validation set. */
static int check_trial(const fm_settings *settings, size_t images, fm_error *error) {
    const fm_train_options *o = &settings->options;
    int status = fm_architecture_check(&settings->architecture, error);
    if (!status)
        status = fm_train_options_check(o, images, error);
    if (!status && o->epochs < 1)
        status = fm_error_set(error, FM_E_ARGUMENT, "epochs", "must be at least 1");
    if (!status && round((double)images * o->val_fraction) < 1)
        status =
            fm_error_set(error, FM_E_ARGUMENT, "val-fraction",
                         "%g of %zu images leaves no validation images", o->val_fraction, images);
    return status;
}

static int check_fixed(const fm_plan *plan, fm_error *error) {
    const fm_architecture *a = &plan->fixed.architecture;
    if (plan->factor == FM_FACTOR_NODES && a->hidden_count == 0)
        return fm_error_set(error, FM_E_ARGUMENT, "hidden",
                            "without hidden layers there are no nodes to vary");
    if (plan->factor != FM_FACTOR_LAYERS)
        return FM_OK;
    if (a->hidden_count == 0)
        return fm_error_set(error, FM_E_ARGUMENT, "hidden",
                            "the layers have no width; set it with --nodes N");
    for (size_t i = 1; i < a->hidden_count; i++) {
        if (a->hidden[i] != a->hidden[0])
            return fm_error_set(error, FM_E_ARGUMENT, "hidden",
                                "all layers must have the same width; set it with --nodes N");
    }
    return FM_OK;
}

/* Sorts numeric values for tables and plots; names keep their order. */
static int by_size(const void *a, const void *b) {
    double x = strtod(a, NULL), y = strtod(b, NULL);
    return (x > y) - (x < y);
}

int fm_plan_create(fm_plan *out, enum fm_factor which, const char *values, const fm_settings *fixed,
                   size_t seeds, size_t images, fm_error *error) {
    *out = (fm_plan){.factor = which,
                     .fixed = *fixed,
                     .seed_count = seeds,
                     .most_seeds = seeds,
                     .margin = FM_DEFAULT_MARGIN};
    int status = FM_OK;
    if (seeds < 1 || seeds > FM_MAX_SEEDS)
        status = fm_error_set(error, FM_E_ARGUMENT, "seeds", "%zu is not between 1 and %d", seeds,
                              FM_MAX_SEEDS);
    if (!status && fixed->options.seed > UINT64_MAX - seeds)
        status = fm_error_set(error, FM_E_ARGUMENT, "seed", "too large for %zu seeds", seeds);
    if (!status)
        status = check_fixed(out, error);
    if (!status)
        status = read_values(out, values ? values : values_of(which), error);
    if (!status && fm_factor_is_number(which))
        qsort(out->value, out->value_count, sizeof *out->value, by_size);
    for (size_t v = 0; !status && v < out->value_count; v++) {
        fm_settings settings;
        fm_plan_apply(&settings, out, v);
        status = check_trial(&settings, images, error);
        if (status && error && !strcmp(error->what, fm_factor_name(which)))
            snprintf(error->what, sizeof error->what, "values");
    }
    return status;
}

size_t fm_plan_trials(const fm_plan *plan) {
    return plan->most_seeds * (plan->factor == FM_FACTOR_EPOCHS ? 1 : plan->value_count);
}

size_t fm_plan_trial_value(const fm_plan *plan, size_t index) {
    return plan->factor == FM_FACTOR_EPOCHS ? plan->value_count - 1 : index / plan->most_seeds;
}

uint64_t fm_plan_trial_seed(const fm_plan *plan, size_t index) {
    return plan->fixed.options.seed + index % plan->most_seeds;
}
