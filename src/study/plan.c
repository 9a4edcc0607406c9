/* What an experiment varies: a row a factor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/number.h"
#include "fmnist_cl/experiment.h"
#include "study/plan.h"
#include "study/setup.h"

enum kind { WHOLE, REAL, NAME };

typedef struct factor {
    const char *name;
    const char *values; /* the study's */
    enum kind kind;
    int costs; /* the value decides what a training costs, by what it computes */
    /* Puts a value into the settings. */
    int (*apply)(fm_setup *setup, const char *text, double number, fm_error *error);
} factor;

static int apply_epochs(fm_setup *s, const char *text, double number, fm_error *error) {
    if (number < 1)
        return fm_error_set(error, FM_E_ARGUMENT, text, "a number of epochs is 1 or more");
    s->options.epochs = (size_t)number;
    return FM_OK;
}

static int apply_layers(fm_setup *s, const char *text, double number, fm_error *error) {
    if (number > FM_MAX_HIDDEN)
        return fm_error_set(error, FM_E_ARGUMENT, text, "more than %d hidden layers",
                            FM_MAX_HIDDEN);
    for (size_t i = 1; i < FM_MAX_HIDDEN; i++)
        s->architecture.hidden[i] = s->architecture.hidden[0];
    s->architecture.hidden_count = (size_t)number;
    return FM_OK;
}

static int apply_nodes(fm_setup *s, const char *text, double number, fm_error *error) {
    if (number < 1 || number > FM_MAX_WIDTH)
        return fm_error_set(error, FM_E_ARGUMENT, text, "a layer has 1 to %d nodes", FM_MAX_WIDTH);
    for (size_t i = 0; i < s->architecture.hidden_count; i++)
        s->architecture.hidden[i] = (size_t)number;
    return FM_OK;
}

static int apply_batch_size(fm_setup *s, const char *text, double number, fm_error *error) {
    if (number < 1)
        return fm_error_set(error, FM_E_ARGUMENT, text, "a batch has 1 image or more");
    s->options.batch_size = (size_t)number;
    return FM_OK;
}

static int apply_lr(fm_setup *s, const char *text, double number, fm_error *error) {
    s->options.optimizer.lr = number;
    return number > 0 ? FM_OK
                      : fm_error_set(error, FM_E_ARGUMENT, text, "a learning rate is above 0");
}

static int apply_activation(fm_setup *s, const char *text, double number, fm_error *error) {
    (void)number;
    return fm_activation_parse(&s->architecture.activation, text, error);
}

static int apply_loss(fm_setup *s, const char *text, double number, fm_error *error) {
    (void)number;
    return fm_loss_parse(&s->options.loss, text, error);
}

static int apply_optimizer(fm_setup *s, const char *text, double number, fm_error *error) {
    (void)number;
    return fm_optimizer_parse(&s->options.optimizer.kind, text, error);
}

static int apply_nothing(fm_setup *s, const char *text, double number, fm_error *error) {
    (void)s, (void)text, (void)number, (void)error;
    return FM_OK;
}

static const factor factors[] = {
    [FM_FACTOR_EPOCHS] = {"epochs",
                          "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,"
                          "28,29,30",
                          WHOLE, 1, apply_epochs},
    [FM_FACTOR_LAYERS] = {"layers", "1,2,3,4,5,6,7,8", WHOLE, 1, apply_layers},
    [FM_FACTOR_NODES] = {"nodes", "256,512,1024,2048", WHOLE, 1, apply_nodes},
    [FM_FACTOR_BATCH_SIZE] = {"batch-size", "1,8,16,32,64,128,256,512,1024", WHOLE, 1,
                              apply_batch_size},
    [FM_FACTOR_LR] = {"lr", "0.0001,0.0003,0.0007,0.001,0.003,0.01,0.03", REAL, 0, apply_lr},
    [FM_FACTOR_ACTIVATION] = {"activation", "relu,prelu,elu", NAME, 0, apply_activation},
    [FM_FACTOR_LOSS] = {"loss", "ce,nll,mse", NAME, 0, apply_loss},
    [FM_FACTOR_OPTIMIZER] = {"optimizer", "adam,sgd,rmsprop", NAME, 0, apply_optimizer},
    [FM_FACTOR_FINAL] = {"final", "final", NAME, 0, apply_nothing},
};

const char *fm_factor_name(enum fm_factor which) {
    return factors[which].name;
}

const char *fm_factor_values(enum fm_factor which) {
    return factors[which].values;
}

int fm_factor_parse(enum fm_factor *out, const char *name, fm_error *error) {
    const char *names[FM_FACTORS];
    size_t index = 0;
    for (size_t i = 0; i < FM_FACTORS; i++)
        names[i] = factors[i].name;
    int status = fm_names_find(&index, names, FM_FACTORS, "experiment", name, error);
    if (!status)
        *out = (enum fm_factor)index;
    return status;
}

int fm_factor_costs(enum fm_factor which) {
    return factors[which].costs;
}

int fm_factor_is_number(enum fm_factor which) {
    return factors[which].kind != NAME;
}

/* ---- Values ---- */

/* The shortest decimal that reads back as the same number, without an exponent where that does. */
static void print_real(char out[FM_VALUE_SIZE], double number) {
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, FM_VALUE_SIZE, "%.*g", digits, number);
        if (strtod(out, NULL) == number && (!strchr(out, 'e') || number < 1e-4 || number >= 1e6))
            return;
    }
}

/* Writes the text in the one way that a value is written in. */
static int read_value(char out[FM_VALUE_SIZE], const factor *f, const char *text, fm_error *error) {
    uint64_t whole = 0;
    double real = 0;
    int below = 0, status = FM_OK;
    snprintf(out, FM_VALUE_SIZE, "%s", text);
    if (f->kind == WHOLE) {
        status = fm_number_whole(&whole, &below, text, error);
        if (!status && (below || whole > 1000000000))
            status = fm_error_set(error, FM_E_ARGUMENT, text, "%s is %s", text,
                                  below ? "below 0" : "above 1000000000");
        snprintf(out, FM_VALUE_SIZE, "%llu", (unsigned long long)whole);
    } else if (f->kind == REAL) {
        status = fm_number_real(&real, text, error);
        if (!status)
            print_real(out, real);
    }
    return status;
}

static int add_value(fm_plan *plan, const char *text, fm_error *error) {
    const factor *f = &factors[plan->factor];
    fm_setup ignored = plan->fixed;
    char value[FM_VALUE_SIZE];
    if (!text[0])
        return fm_error_set(error, FM_E_ARGUMENT, "values", "one of them is empty");
    if (strlen(text) >= FM_VALUE_SIZE)
        return fm_error_set(error, FM_E_ARGUMENT, "values", "'%s' is too long for one", text);
    int status = read_value(value, f, text, error);
    if (!status)
        status = f->apply(&ignored, value, strtod(value, NULL), error);
    for (size_t i = 0; !status && i < plan->value_count; i++) {
        if (!strcmp(plan->value[i], value))
            status = fm_error_set(error, FM_E_ARGUMENT, "values", "%s is there twice", value);
    }
    if (!status && plan->value_count == FM_MAX_VALUES)
        status = fm_error_set(error, FM_E_ARGUMENT, "values", "more than %d", FM_MAX_VALUES);
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
        if (status && error) /* whatever it is that reads a value */
            snprintf(error->what, sizeof error->what, "values");
        if (status || !at[length])
            return status;
        at += length;
    }
}

/* ---- The plan ---- */

void fm_plan_apply(fm_setup *out, const fm_plan *plan, size_t value) {
    *out = plan->fixed;
    /* It went well when the plan was made. */
    factors[plan->factor].apply(out, plan->value[value], strtod(plan->value[value], NULL), NULL);
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
                            "no width is given for the layers: say --nodes");
    for (size_t i = 1; i < a->hidden_count; i++) {
        if (a->hidden[i] != a->hidden[0])
            return fm_error_set(error, FM_E_ARGUMENT, "hidden",
                                "layers of one width are wanted: say --nodes");
    }
    return FM_OK;
}

/* The values in order of size, so that tables and plots read well; names stay as they are. */
static int by_size(const void *a, const void *b) {
    double x = strtod(a, NULL), y = strtod(b, NULL);
    return (x > y) - (x < y);
}

int fm_plan_create(fm_plan *out, enum fm_factor which, const char *values, const fm_setup *fixed,
                   size_t seeds, size_t images, fm_error *error) {
    *out = (fm_plan){.factor = which, .fixed = *fixed, .seed_count = seeds};
    int status = FM_OK;
    if (seeds < 1 || seeds > FM_MAX_SEEDS)
        status =
            fm_error_set(error, FM_E_ARGUMENT, "seeds", "%zu is not 1 to %d", seeds, FM_MAX_SEEDS);
    if (!status && fixed->options.seed > UINT64_MAX - seeds)
        status = fm_error_set(error, FM_E_ARGUMENT, "seed", "there are no %zu seeds from there on",
                              seeds);
    if (!status)
        status = check_fixed(out, error);
    if (!status)
        status = read_values(out, values ? values : factors[which].values, error);
    if (!status && factors[which].kind != NAME)
        qsort(out->value, out->value_count, sizeof *out->value, by_size);
    for (size_t v = 0; !status && v < out->value_count; v++) {
        fm_setup setup;
        fm_plan_apply(&setup, out, v);
        status = fm_setup_check(&setup, images, error);
        if (status && error && !strcmp(error->what, factors[which].name))
            snprintf(error->what, sizeof error->what, "values");
    }
    return status;
}

size_t fm_plan_trials(const fm_plan *plan) {
    return plan->seed_count * (plan->factor == FM_FACTOR_EPOCHS ? 1 : plan->value_count);
}

size_t fm_plan_trial_value(const fm_plan *plan, size_t index) {
    return plan->factor == FM_FACTOR_EPOCHS ? plan->value_count - 1 : index / plan->seed_count;
}

uint64_t fm_plan_trial_seed(const fm_plan *plan, size_t index) {
    return plan->fixed.options.seed + index % plan->seed_count;
}
