/* Draws the conclusion of an experiment: the best value, equally good values, and the choice. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/statistics.h"
#include "fmnist_cl/experiment.h"
#include "study/plan.h"

/* The results of a value's successful trials, by seed. */
typedef struct sample {
    size_t count;
    size_t seed[FM_MAX_SEEDS]; /* index of the seed in the plan */
    double accuracy[FM_MAX_SEEDS], loss[FM_MAX_SEEDS], seconds[FM_MAX_SEEDS];
} sample;

static void collect(sample *out, size_t *failed, const fm_experiment *e, size_t value) {
    const size_t seeds = fm_experiment_plan(e)->seed_count;
    out->count = *failed = 0;
    for (size_t s = 0; s < seeds; s++) {
        fm_result_row row;
        if (!fm_experiment_row(&row, e, value * seeds + s))
            continue;
        if (row.trial->failed) {
            ++*failed;
            continue;
        }
        out->seed[out->count] = s;
        out->accuracy[out->count] = row.val_accuracy;
        out->loss[out->count] = row.val_loss;
        out->seconds[out->count] = row.seconds;
        out->count++;
    }
}

/* Accuracies for the seeds that both samples have. */
static size_t pair(double a[FM_MAX_SEEDS], double b[FM_MAX_SEEDS], const sample *x,
                   const sample *y) {
    size_t pairs = 0;
    for (size_t i = 0; i < x->count; i++)
        for (size_t j = 0; j < y->count; j++)
            if (x->seed[i] == y->seed[j]) {
                a[pairs] = x->accuracy[i];
                b[pairs++] = y->accuracy[j];
            }
    return pairs;
}

static void judge(fm_value_result *r, const sample *best, const sample *other) {
    double a[FM_MAX_SEEDS], b[FM_MAX_SEEDS];
    r->pairs = pair(a, b, best, other);
    r->verdict = FM_VERDICT_UNTESTED;
    if (r->pairs < 2)
        return;
    r->t = fm_paired_t(a, b, r->pairs);
    r->verdict = r->t > fm_t_critical(r->pairs - 1) ? FM_VERDICT_WORSE : FM_VERDICT_SAME;
}

/* A value with failed trials is chosen only if there is no other. */
static int better(const fm_value_result *a, const fm_value_result *b) {
    if ((a->failed > 0) != (b->failed > 0))
        return a->failed == 0;
    return a->mean > b->mean;
}

/* "Not significantly worse" is not enough: with three seeds, the t test detects only large
 * differences, and the choice would be cheap but visibly less accurate. Therefore the mean must
 * also be within one standard error of the best (the one-standard-error rule of Breiman, Friedman,
 * Olshen and Stone, "Classification and Regression Trees", 1984). */
static size_t choose(const fm_conclusion *c, const fm_plan *plan) {
    const fm_value_result *best = &c->value[c->best];
    const double least = best->mean - best->sd / sqrt((double)best->n);
    size_t choice = c->best;
    if (!fm_factor_costs(plan->factor))
        return choice;
    for (size_t v = 0; v < c->value_count; v++) {
        const fm_value_result *r = &c->value[v];
        if (r->verdict == FM_VERDICT_SAME && r->failed == 0 && r->mean >= least &&
            r->seconds < c->value[choice].seconds)
            choice = v;
    }
    return choice;
}

void fm_experiment_conclude(fm_conclusion *out, const fm_experiment *e) {
    const fm_plan *plan = fm_experiment_plan(e);
    sample best, other;
    size_t ignored;
    *out = (fm_conclusion){.value_count = plan->value_count, .best = FM_NO_VALUE};
    for (size_t v = 0; v < plan->value_count; v++) {
        fm_value_result *r = &out->value[v];
        collect(&other, &r->failed, e, v);
        r->n = other.count;
        r->verdict = FM_VERDICT_FAILED;
        if (!r->n)
            continue;
        r->mean = fm_mean(other.accuracy, r->n);
        r->sd = fm_standard_deviation(other.accuracy, r->n);
        r->loss = fm_mean(other.loss, r->n);
        r->seconds = fm_mean(other.seconds, r->n);
        if (out->best == FM_NO_VALUE || better(r, &out->value[out->best]))
            out->best = v;
    }
    out->choice = out->best;
    if (out->best == FM_NO_VALUE)
        return;
    collect(&best, &ignored, e, out->best);
    for (size_t v = 0; v < plan->value_count; v++) {
        if (!out->value[v].n)
            continue;
        collect(&other, &ignored, e, v);
        judge(&out->value[v], &best, &other);
    }
    out->value[out->best].verdict = FM_VERDICT_BEST;
    out->choice = choose(out, plan);
}

/* ---- Text ---- */

typedef struct text {
    char *out;
    size_t size, at;
} text;

static void say(text *t, const char *format, ...) FM_PRINTF(2, 3);
static void say(text *t, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length =
        t->at < t->size ? vsnprintf(t->out + t->at, t->size - t->at, format, arguments) : 0;
    va_end(arguments);
    t->at += length > 0 ? (size_t)length : 0;
}

/* Selects the values of a sentence. */
typedef int (*filter)(const fm_value_result *r);

static int is_same(const fm_value_result *r) {
    return r->verdict == FM_VERDICT_SAME;
}
static int is_worse(const fm_value_result *r) {
    return r->verdict == FM_VERDICT_WORSE;
}
static int is_untested(const fm_value_result *r) {
    return r->verdict == FM_VERDICT_UNTESTED;
}
static int failed_wholly(const fm_value_result *r) {
    return r->failed && !r->n;
}
static int failed_partly(const fm_value_result *r) {
    return r->failed && r->n;
}

/* Prints "1, 2 and 3"; returns the number of values. */
static size_t list(text *t, const fm_conclusion *c, const fm_plan *plan, filter wanted) {
    size_t count = 0;
    for (size_t v = 0; v < c->value_count; v++)
        count += wanted(&c->value[v]) != 0;
    size_t left = count;
    for (size_t v = 0; v < c->value_count; v++) {
        if (!wanted(&c->value[v]))
            continue;
        left--;
        say(t, "%s%s", plan->value[v], left > 1 ? ", " : left == 1 ? " and " : "");
    }
    return count;
}

static void say_differences(text *t, const fm_conclusion *c, const fm_plan *plan) {
    size_t same = list(t, c, plan, is_same);
    if (same)
        say(t, " %s not worse beyond the noise between seeds; ", same == 1 ? "is" : "are");
    size_t worse = list(t, c, plan, is_worse);
    if (worse)
        say(t, same ? " %s" : " %s worse beyond the noise between seeds",
            worse == 1 ? "is" : "are");
    else if (same)
        say(t, "none is worse");
    if (same || worse)
        say(t, " (paired t test over the %zu seeds, 5 %%, two-sided: |t| above %.3f).\n",
            plan->seed_count, fm_t_critical(plan->seed_count - 1));
    size_t untested = list(t, c, plan, is_untested);
    if (untested)
        say(t, " %s not tested: two seeds in common with the best are needed.\n",
            untested == 1 ? "was" : "were");
}

static void say_failures(text *t, const fm_conclusion *c, const fm_plan *plan) {
    if (list(t, c, plan, failed_wholly))
        say(t, " failed with every seed.\n");
    if (list(t, c, plan, failed_partly))
        say(t, " failed with some seeds.\n");
}

const char *fm_conclusion_verdict(const fm_conclusion *c, size_t value) {
    switch (c->value[value].verdict) {
    case FM_VERDICT_BEST:
        return value == c->choice ? "best, chosen" : "best";
    case FM_VERDICT_SAME:
        return value == c->choice ? "not worse, chosen" : "not worse";
    case FM_VERDICT_WORSE:
        return "worse";
    case FM_VERDICT_UNTESTED:
        return "";
    case FM_VERDICT_FAILED:
        break;
    }
    return "failed";
}

void fm_conclusion_text(char *out, size_t size, const fm_conclusion *c, const fm_plan *plan) {
    text t = {out, size, 0};
    const char *name = fm_factor_name(plan->factor);
    out[0] = '\0';
    if (c->best == FM_NO_VALUE) {
        say(&t, "Every trial failed: there is no result for %s.\n", name);
        return;
    }
    const fm_value_result *best = &c->value[c->best], *choice = &c->value[c->choice];
    say(&t, "Best: %s %s, %.2f %% of the validation images right", name, plan->value[c->best],
        100 * best->mean);
    if (best->n > 1)
        say(&t, " (s.d. %.2f over %zu seeds)", 100 * best->sd, best->n);
    say(&t, ".\n");
    if (c->value_count > 1)
        say_differences(&t, c, plan);
    say_failures(&t, c, plan);
    if (c->choice == c->best)
        say(&t, "Choice: %s.\n", plan->value[c->choice]);
    else
        say(&t,
            "Choice: %s, within one standard error of the best and cheaper: %.1f s where %s takes "
            "%.1f s.\n",
            plan->value[c->choice], choice->seconds, plan->value[c->best], best->seconds);
}
