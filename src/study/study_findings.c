/* Tests the author's claims on the study's results. Each claim becomes a statement about one
 * figure: a difference between accuracies. The claim is confirmed if the figure's whole interval
 * agrees with the statement, contradicted if none of it does, and otherwise undecided. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/studentized_range.h"
#include "study/study.h"

const char *fm_finding_verdict_name(enum fm_finding_verdict verdict) {
    static const char *const names[] = {[FM_FINDING_CONFIRMED] = "confirmed",
                                        [FM_FINDING_CONTRADICTED] = "contradicted",
                                        [FM_FINDING_UNDECIDED] = "undecided"};
    return names[verdict];
}

static size_t find_value(const fm_plan *plan, const char *value) {
    for (size_t v = 0; v < plan->value_count; v++)
        if (!strcmp(plan->value[v], value))
            return v;
    return FM_NO_VALUE;
}

static void print_figure(fm_finding *out, const char *format, ...) FM_PRINTF(2, 3);
static void print_figure(fm_finding *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->figure, sizeof out->figure, format, arguments);
    va_end(arguments);
}

/* The statement holds from low to high. */
static void decide(fm_finding *out, double low, double high) {
    const fm_difference *d = &out->difference;
    out->measured = 1;
    if (d->low >= low && d->high <= high)
        out->verdict = FM_FINDING_CONFIRMED;
    else if (d->low > high || d->high < low)
        out->verdict = FM_FINDING_CONTRADICTED;
}

/* ---- The best value ---- */

/* By how much the best of the other values, from `first`, is better than this one: the largest
 * difference, with bounds that hold for the largest true difference because the intervals are
 * simultaneous. Returns that other value, or FM_NO_VALUE. */
static size_t find_lead(fm_difference *out, const fm_conclusion *c, size_t value, size_t first) {
    size_t leader = FM_NO_VALUE;
    for (size_t v = first; v < c->value_count; v++) {
        fm_difference d;
        if (v == value || !fm_conclusion_difference(&d, c, v, value))
            continue;
        if (leader == FM_NO_VALUE)
            *out = d;
        leader = leader == FM_NO_VALUE || d.mean > out->mean ? v : leader;
        out->mean = fmax(out->mean, d.mean);
        out->low = fmax(out->low, d.low);
        out->high = fmax(out->high, d.high);
    }
    return leader;
}

/* No other value, from `first`, is better by more than the threshold. */
static void test_lead(fm_finding *out, const fm_study *study, enum fm_factor factor,
                      const char *name, int only_larger, double threshold) {
    const fm_plan *plan = fm_experiment_plan(study->experiment[factor]);
    const fm_conclusion *c = &study->conclusion[factor];
    const size_t value = find_value(plan, name);
    if (value == FM_NO_VALUE) {
        print_figure(out, "%s was not tried", name);
        return;
    }
    const fm_value_result *r = &c->value[value];
    if (r->verdict == FM_VERDICT_FAILED) {
        print_figure(out, "%s failed with %zu of %zu seeds", name, r->failed + r->at_chance,
                     r->seeds);
        if (r->failed + r->at_chance == r->seeds && c->best != FM_NO_VALUE)
            out->verdict = FM_FINDING_CONTRADICTED;
        return;
    }
    const size_t leader = find_lead(&out->difference, c, value, only_larger ? value + 1 : 0);
    if (leader == FM_NO_VALUE) {
        print_figure(out, "%s: %.2f %%, not compared", name, 100 * r->mean);
        return;
    }
    print_figure(out, "%s: %.2f %%; best other, %s: %+.2f points [%+.2f, %+.2f]", name,
                 100 * r->mean, plan->value[leader], 100 * out->difference.mean,
                 100 * out->difference.low, 100 * out->difference.high);
    decide(out, -1, threshold);
}

/* ---- The other claims ---- */

/* The base model after 10 epochs, from the first experiment. Uses validation data, because the test
 * set is used only once, at the end. */
static void test_base(fm_finding *out, const fm_study *study) {
    const double author = 0.878, near = 0.01;
    const fm_plan *plan = fm_experiment_plan(study->experiment[FM_FACTOR_EPOCHS]);
    const size_t v = find_value(plan, "10");
    if (v == FM_NO_VALUE) {
        print_figure(out, "10 was not tried");
        return;
    }
    const fm_value_result *r = &study->conclusion[FM_FACTOR_EPOCHS].value[v];
    if (r->verdict == FM_VERDICT_FAILED) {
        print_figure(out, "10 failed with %zu of %zu seeds", r->failed + r->at_chance, r->seeds);
        return;
    }
    if (study->options.quick || r->n < 2) {
        print_figure(out, "%.2f %% on validation images, after 10 epochs%s", 100 * r->mean,
                     study->options.quick ? " on fewer images" : " with one seed");
        return;
    }
    const double n = (double)r->n, mean = r->mean - author;
    const double width = fm_studentized_range_quantile(0.05, 2, n - 1) / sqrt(2) * r->sd / sqrt(n);
    out->difference = (fm_difference){mean, mean - width, mean + width};
    print_figure(out,
                 "%.2f %% on validation images; the author's figure is from the test images: "
                 "%+.2f points [%+.2f, %+.2f]",
                 100 * r->mean, 100 * mean, 100 * (mean - width), 100 * (mean + width));
    decide(out, -near, near);
}

static void test_depth(fm_finding *out, const fm_study *study) {
    const double drastic = 0.05;
    const fm_plan *plan = fm_experiment_plan(study->experiment[FM_FACTOR_LAYERS]);
    const fm_conclusion *c = &study->conclusion[FM_FACTOR_LAYERS];
    const size_t deepest = plan->value_count - 1; /* values are sorted */
    const fm_value_result *r = &c->value[deepest];
    if (r->verdict == FM_VERDICT_FAILED) {
        print_figure(out, "%s layers: non-finite or no better than guessing with %zu of %zu seeds",
                     plan->value[deepest], r->failed + r->at_chance, r->seeds);
        if (r->failed + r->at_chance == r->seeds && c->best != FM_NO_VALUE)
            out->verdict = FM_FINDING_CONFIRMED;
        return;
    }
    const size_t leader = find_lead(&out->difference, c, deepest, 0);
    if (leader == FM_NO_VALUE) {
        print_figure(out, "%s layers: %.2f %%, not compared", plan->value[deepest], 100 * r->mean);
        return;
    }
    print_figure(out, "%s layers: %.2f %%; best other, %s: %+.2f points [%+.2f, %+.2f]",
                 plan->value[deepest], 100 * r->mean, plan->value[leader],
                 100 * out->difference.mean, 100 * out->difference.low, 100 * out->difference.high);
    decide(out, drastic, 1);
}

/* ---- The table ---- */

#define NO_OTHER "no other value is better by more than the threshold"

static const struct {
    const char *claim;
    enum fm_factor factor;
    const char *value; /* whose lead is tested; NULL: the claim has its own test */
    const char *statement;
    const char *threshold; /* NULL: the margin */
} claims[FM_FINDINGS] = {
    {"base model: 87.8 % on the test set after 10 epochs", FM_FACTOR_EPOCHS, NULL,
     "validation accuracy after 10 epochs differs from 87.8 % by at most the threshold",
     "1 point: other images than the author's (10,000 have a standard error of 0.3 points), and a "
     "single training of his"},
    {"no real gain after about 10 epochs", FM_FACTOR_EPOCHS, "10",
     "no longer training is better by more than the threshold",
     "0.5 points: about the standard error of a difference between two trainings on 12,000 "
     "images, which is all that single trainings can show"},
    {"2 layers are best", FM_FACTOR_LAYERS, "2", NO_OTHER, NULL},
    {"with many layers accuracy falls drastically", FM_FACTOR_LAYERS, NULL,
     "the deepest network is below the best by at least the threshold",
     "5 points: our reading of drastically; the author gives no number"},
    {"2048 nodes are best, but slow; stays with 256", FM_FACTOR_NODES, "2048",
     NO_OTHER "; time is not tested", NULL},
    {"batches of 128 are best for accuracy and time", FM_FACTOR_BATCH_SIZE, "128",
     NO_OTHER "; time is not tested", NULL},
    {"0.0007 is best", FM_FACTOR_LR, "0.0007", NO_OTHER, NULL},
    {"takes ReLU", FM_FACTOR_ACTIVATION, "relu", NO_OTHER, NULL},
    {"takes cross-entropy", FM_FACTOR_LOSS, "ce", NO_OTHER, NULL},
    {"takes Adam", FM_FACTOR_OPTIMIZER, "adam", NO_OTHER, NULL},
};

void fm_study_findings(fm_finding out[FM_FINDINGS], const fm_study *study) {
    const double real_gain = 0.005;
    for (size_t i = 0; i < FM_FINDINGS; i++) {
        const enum fm_factor factor = claims[i].factor;
        const int epochs = factor == FM_FACTOR_EPOCHS;
        fm_finding *f = &out[i];
        *f = (fm_finding){.step = fm_factor_name(factor),
                          .claim = claims[i].claim,
                          .statement = claims[i].statement,
                          .verdict = FM_FINDING_UNDECIDED};
        if (claims[i].threshold)
            snprintf(f->threshold, sizeof f->threshold, "%s", claims[i].threshold);
        else
            snprintf(f->threshold, sizeof f->threshold,
                     "%g points (--margin): smaller differences do not matter",
                     100 * study->options.margin);
        if (claims[i].value)
            test_lead(f, study, factor, claims[i].value, epochs,
                      epochs ? real_gain : study->options.margin);
        else if (epochs)
            test_base(f, study);
        else
            test_depth(f, study);
    }
}
