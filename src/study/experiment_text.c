/* The conclusion of an experiment as text. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fmnist_cl/experiment.h"
#include "study/cost.h"
#include "study/plan.h"

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

/* ---- Values by verdict ---- */

/* Selects the values of a sentence. */
typedef int (*filter)(const fm_value_result *r);

static int is_equivalent(const fm_value_result *r) {
    return r->verdict == FM_VERDICT_EQUIVALENT;
}
static int is_undecided(const fm_value_result *r) {
    return r->verdict == FM_VERDICT_UNDECIDED;
}
static int is_worse(const fm_value_result *r) {
    return r->verdict == FM_VERDICT_WORSE;
}
static int stopped_every_time(const fm_value_result *r) {
    return r->failed && !r->n;
}
static int stopped_sometimes(const fm_value_result *r) {
    return r->failed && r->n;
}
static int is_at_chance(const fm_value_result *r) {
    return r->at_chance && !r->failed;
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

static const char *verb(size_t count) {
    return count == 1 ? "is" : "are";
}

static void say_verdicts(text *t, const fm_conclusion *c, const fm_plan *plan) {
    size_t count = list(t, c, plan, is_equivalent);
    if (count)
        say(t, " %s equivalent: within %g points of the best.\n", verb(count), 100 * plan->margin);
    count = list(t, c, plan, is_worse);
    if (count)
        say(t, " %s worse.\n", verb(count));
    count = list(t, c, plan, is_undecided);
    if (count)
        say(t, " %s undecided.\n", verb(count));
    if (c->look_count)
        say(t, "Values are compared within seeds, with simultaneous 95 %% intervals of the "
               "differences (Games-Howell).\n");
    if (c->look_count > 1)
        say(t, "The error rate of 5 %% is kept over %zu looks, at %zu to %zu seeds.\n",
            c->look_count, c->look[0].seeds, c->look[c->look_count - 1].seeds);
    if (count && plan->seed_count == 1 && plan->most_seeds == 1)
        say(t, "One seed says nothing about chance: use --seeds 3 or more.\n");
}

static void say_failures(text *t, const fm_conclusion *c, const fm_plan *plan) {
    if (list(t, c, plan, stopped_every_time))
        say(t, " failed with every seed.\n");
    if (list(t, c, plan, stopped_sometimes))
        say(t, " failed with some seeds.\n");
    if (list(t, c, plan, is_at_chance))
        say(t, " failed: with some or all seeds no better than guessing (10 %%).\n");
}

/* ---- Warnings ---- */

/* A smaller or larger value may be still better, unless there is none. */
static void warn_of_edge(text *t, const fm_conclusion *c, const fm_plan *plan) {
    const int first = c->best == 0, last = c->best + 1 == c->value_count;
    if (!fm_factor_is_number(plan->factor) || c->value_count < 2 || !(first || last))
        return;
    const fm_option *option = fm_factor_option(plan->factor);
    const double value = strtod(plan->value[c->best], NULL);
    const double end = first ? option->low : option->high;
    if (value > end || value < end)
        say(t, "Warning: the best value is the %s that was tried; try %s ones.\n",
            first ? "smallest" : "largest", first ? "smaller" : "larger");
}

/* The standard deviation of the values' means against that over seeds. */
static void warn_of_noise(text *t, const fm_conclusion *c) {
    double sum = 0, squares = 0, seeds = 0, count = 0;
    for (size_t v = 0; v < c->value_count; v++) {
        const fm_value_result *r = &c->value[v];
        if (r->verdict == FM_VERDICT_FAILED || r->n < 2)
            continue;
        count++;
        sum += r->mean;
        squares += r->mean * r->mean;
        seeds += r->sd * r->sd;
    }
    if (count < 2)
        return;
    const double values = sqrt(fmax(0, squares - sum * sum / count) / (count - 1));
    if (values < sqrt(seeds / count))
        say(t,
            "Warning: values differ by less than seeds do (s.d. %.2f points between values, %.2f "
            "between seeds).\n",
            100 * values, 100 * sqrt(seeds / count));
}

/* ---- Choice ---- */

static void say_choice(text *t, const fm_conclusion *c, const fm_plan *plan) {
    const fm_value_result *best = &c->value[c->best], *choice = &c->value[c->choice];
    if (c->choice == c->best)
        say(t, "Choice: %s.\n", plan->value[c->choice]);
    else
        say(t,
            "Choice: %s, the cheapest within one standard error of the best: a training costs "
            "%.3g Tflop and %.3g GB, with %s %.3g Tflop and %.3g GB.\n",
            plan->value[c->choice], choice->flops / 1e12, choice->bytes / 1e9, plan->value[c->best],
            best->flops / 1e12, best->bytes / 1e9);
    if (c->tie)
        say(t, "The choice is a tie that more seeds would settle%s.\n",
            plan->most_seeds > plan->seed_count ? "" : " (--until-decided)");
}

void fm_conclusion_text(char *out, size_t size, const fm_conclusion *c, const fm_plan *plan) {
    text t = {out, size, 0};
    out[0] = '\0';
    if (c->best == FM_NO_VALUE) {
        say_failures(&t, c, plan);
        say(&t, "Every value of %s failed: nothing is chosen.\n", fm_factor_name(plan->factor));
        return;
    }
    const fm_value_result *best = &c->value[c->best];
    say(&t, "Best: %s %s, %.2f %% of the validation images correct", fm_factor_name(plan->factor),
        plan->value[c->best], 100 * best->mean);
    if (best->n > 1)
        say(&t, " (s.d. %.2f over %zu seeds)", 100 * best->sd, best->n);
    say(&t, ".\n");
    say_verdicts(&t, c, plan);
    say_failures(&t, c, plan);
    if (c->value_count > 1)
        say_choice(&t, c, plan);
    warn_of_edge(&t, c, plan);
    warn_of_noise(&t, c);
}
