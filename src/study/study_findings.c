/* Compares the study's results with the author's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/study.h"

static const char *const verdicts[] = {[FM_FINDING_CONFIRMED] = "confirmed",
                                       [FM_FINDING_NOT_CONFIRMED] = "not confirmed",
                                       [FM_FINDING_NOT_TRIED] = "not tried",
                                       [FM_FINDING_OPEN] = "open"};

const char *fm_finding_verdict_name(enum fm_finding_verdict verdict) {
    return verdicts[verdict];
}

static size_t find_value(const fm_plan *plan, const char *value) {
    for (size_t v = 0; v < plan->value_count; v++)
        if (!strcmp(plan->value[v], value))
            return v;
    return FM_NO_VALUE;
}

/* "88.41 % +- 0.12" */
static void print_accuracy(char out[48], double mean, double sd, size_t n) {
    if (n > 1)
        snprintf(out, 48, "%.2f %% +- %.2f", 100 * mean, 100 * sd);
    else
        snprintf(out, 48, "%.2f %%", 100 * mean);
}

/* The author's value is confirmed if no other value is significantly better. */
static void judge_value(fm_finding *out, const fm_study *study, enum fm_factor factor,
                        const char *value) {
    const fm_plan *plan = fm_experiment_plan(study->experiment[factor]);
    const fm_conclusion *c = &study->conclusion[factor];
    const size_t v = find_value(plan, value);
    char best[48], theirs[48] = "not tried";
    const fm_value_result *b = &c->value[c->best];
    print_accuracy(best, b->mean, b->sd, b->n);
    out->verdict = FM_FINDING_NOT_TRIED;
    if (v != FM_NO_VALUE && c->value[v].n) {
        const fm_value_result *r = &c->value[v];
        print_accuracy(theirs, r->mean, r->sd, r->n);
        out->verdict = r->verdict == FM_VERDICT_WORSE      ? FM_FINDING_NOT_CONFIRMED
                       : r->verdict == FM_VERDICT_UNTESTED ? FM_FINDING_OPEN
                                                           : FM_FINDING_CONFIRMED;
    }
    if (v == c->best)
        snprintf(out->ours, sizeof out->ours, "%s best: %s; chosen: %s", value, best,
                 plan->value[c->choice]);
    else
        snprintf(out->ours, sizeof out->ours, "%s best: %s; %s: %s; chosen: %s",
                 plan->value[c->best], best, value, theirs, plan->value[c->choice]);
}

/* The base model after 10 epochs, from the first experiment. Uses validation data, because the test
 * set is used only once, at the end. */
static void judge_base(fm_finding *out, const fm_study *study) {
    const double near = 0.01;
    const fm_plan *plan = fm_experiment_plan(study->experiment[FM_FACTOR_EPOCHS]);
    const size_t v = find_value(plan, "10");
    out->verdict = FM_FINDING_NOT_TRIED;
    snprintf(out->ours, sizeof out->ours, "not trained for 10 epochs");
    if (v == FM_NO_VALUE || !study->conclusion[FM_FACTOR_EPOCHS].value[v].n)
        return;
    const fm_value_result *r = &study->conclusion[FM_FACTOR_EPOCHS].value[v];
    char accuracy[48];
    print_accuracy(accuracy, r->mean, r->sd, r->n);
    snprintf(out->ours, sizeof out->ours, "%s on validation data after 10 epochs", accuracy);
    out->verdict = study->options.quick                               ? FM_FINDING_OPEN
                   : r->mean > 0.878 - near && r->mean < 0.878 + near ? FM_FINDING_CONFIRMED
                                                                      : FM_FINDING_NOT_CONFIRMED;
}

/* "Accuracy falls drastically" means: significantly worse, by at least five percentage points. */
static void judge_depth(fm_finding *out, const fm_study *study) {
    const double drastic = 0.05;
    const fm_plan *plan = fm_experiment_plan(study->experiment[FM_FACTOR_LAYERS]);
    const fm_conclusion *c = &study->conclusion[FM_FACTOR_LAYERS];
    const size_t deepest = plan->value_count - 1; /* values are sorted */
    const fm_value_result *r = &c->value[deepest];
    char accuracy[48];
    out->verdict = FM_FINDING_NOT_TRIED;
    if (!r->n) {
        snprintf(out->ours, sizeof out->ours, "%s layers failed", plan->value[deepest]);
        return;
    }
    const double fall = c->value[c->best].mean - r->mean;
    print_accuracy(accuracy, r->mean, r->sd, r->n);
    snprintf(out->ours, sizeof out->ours, "%s layers: %s, %.2f points below the best",
             plan->value[deepest], accuracy, 100 * fall);
    out->verdict = r->verdict == FM_VERDICT_UNTESTED                   ? FM_FINDING_OPEN
                   : r->verdict == FM_VERDICT_WORSE && fall >= drastic ? FM_FINDING_CONFIRMED
                                                                       : FM_FINDING_NOT_CONFIRMED;
}

static void judge_final(fm_finding *out, const fm_study *study) {
    fm_test_result test;
    char accuracy[48];
    fm_study_test(&test, study);
    print_accuracy(accuracy, test.mean, test.sd, test.n);
    snprintf(out->ours, sizeof out->ours, "%s on the test set over %zu seeds", accuracy, test.n);
    out->verdict = FM_FINDING_OPEN;
}

void fm_study_findings(fm_finding out[FM_FINDINGS], const fm_study *study) {
    static const struct {
        const char *author;
        enum fm_factor factor;
        const char *value; /* NULL: has its own rule */
    } found[FM_FINDINGS] = {
        {"base model: 87.8 % on the test set after 10 epochs", FM_FACTOR_EPOCHS, NULL},
        {"no real gain after about 10 epochs", FM_FACTOR_EPOCHS, "10"},
        {"2 layers are best", FM_FACTOR_LAYERS, "2"},
        {"with many layers accuracy falls drastically", FM_FACTOR_LAYERS, NULL},
        {"2048 nodes are best, but slow; stays with 256", FM_FACTOR_NODES, "2048"},
        {"batches of 128 are best for accuracy and time", FM_FACTOR_BATCH_SIZE, "128"},
        {"0.0007 is best", FM_FACTOR_LR, "0.0007"},
        {"takes ReLU", FM_FACTOR_ACTIVATION, "relu"},
        {"takes cross-entropy", FM_FACTOR_LOSS, "ce"},
        {"takes Adam", FM_FACTOR_OPTIMIZER, "adam"},
        {"the best of each, trained once and tested (no figure)", FM_FACTOR_FINAL, NULL},
    };
    for (size_t i = 0; i < FM_FINDINGS; i++) {
        fm_finding *f = &out[i];
        *f = (fm_finding){.step = fm_factor_name(found[i].factor), .author = found[i].author};
        if (found[i].value)
            judge_value(f, study, found[i].factor, found[i].value);
        else if (found[i].factor == FM_FACTOR_EPOCHS)
            judge_base(f, study);
        else if (found[i].factor == FM_FACTOR_LAYERS)
            judge_depth(f, study);
        else
            judge_final(f, study);
    }
}
