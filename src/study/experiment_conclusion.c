/* Draws the conclusion of an experiment: the comparison of its values, the best, and the choice.
 *
 * The comparison proceeds in looks. With a fixed number of seeds, there is one. If seeds are added
 * until no value is undecided, there is one after each addition, and the look at n seeds may err
 * with probability 5 % * (n - seeds at the previous look) / (most seeds), so that all looks
 * together err in at most 5 % of experiments (Bonferroni; the spending is linear, as in D. L.
 * DeMets and K. K. G. Lan, "Interim analysis: the alpha spending function approach", Statistics in
 * Medicine 13, 1994). The intervals of all looks hold at the same time, so each value's difference
 * is taken from the last look that included both it and the best. */
#include <math.h>

#include "base/statistics.h"
#include "study/comparison.h"
#include "study/cost.h"
#include "study/experiment.h"
#include "study/plan.h"

/* ---- The results of a value ---- */

/* A network that guesses classifies a tenth of the images correctly; with three standard deviations
 * more, it has learnt something. */
static double chance_level(const fm_experiment *e, const fm_settings *settings) {
    const double images = round((double)e->images.count * settings->options.val_fraction);
    const double chance = 1.0 / FM_CLASSES;
    return chance + 3 * sqrt(chance * (1 - chance) / fmax(1, images));
}

/* Sets what depends on the value alone, from its first r->seeds seeds. */
static void collect(fm_value_result *r, const fm_experiment *e, size_t value) {
    double accuracy[FM_MAX_SEEDS], loss = 0, seconds = 0;
    fm_settings settings;
    fm_plan_apply(&settings, &e->plan, value);
    const fm_cost cost = fm_cost_training(&settings, e->images.count);
    *r = (fm_value_result){.seeds = r->seeds, .flops = cost.flops, .bytes = cost.bytes};
    for (size_t s = 0; s < r->seeds; s++) {
        fm_result_row row;
        if (!fm_experiment_result(&row, e, value, s))
            continue;
        if (row.trial->failed) {
            r->failed++;
            continue;
        }
        accuracy[r->n++] = row.val_accuracy;
        r->at_chance += row.val_accuracy <= chance_level(e, &settings);
        loss += row.val_loss;
        seconds += row.seconds;
    }
    r->verdict = r->failed || r->at_chance || !r->n ? FM_VERDICT_FAILED : FM_VERDICT_UNDECIDED;
    if (!r->n)
        return;
    r->mean = fm_mean(accuracy, r->n);
    r->sd = fm_standard_deviation(accuracy, r->n);
    r->loss = loss / (double)r->n;
    r->seconds = seconds / (double)r->n;
}

/* ---- Looks ---- */

static size_t place_in(const fm_look *look, size_t value) {
    size_t place = 0;
    while (place < look->count && look->value[place] != value)
        place++;
    return place;
}

int fm_conclusion_difference(fm_difference *out, const fm_conclusion *c, size_t a, size_t b) {
    for (size_t i = c->look_count; i-- > 0;) {
        const fm_look *look = &c->look[i];
        const size_t x = place_in(look, a), y = place_in(look, b);
        if (x == look->count || y == look->count)
            continue;
        *out = fm_look_difference(look, x, y);
        return 1;
    }
    return 0;
}

/* The accuracies of the members with the first n seeds, [count][n]. */
static void gather(double *out, const fm_experiment *e, const fm_look *look) {
    for (size_t m = 0; m < look->count; m++)
        for (size_t s = 0; s < look->seeds; s++) {
            fm_result_row row = {0};
            (void)fm_experiment_result(&row, e, look->value[m], s);
            *out++ = row.val_accuracy;
        }
}

/* Compares the values that are open: those that did not fail and have all `seeds` results. */
static int take_look(fm_conclusion *c, const fm_experiment *e, const int *open, size_t seeds,
                     double *results) {
    fm_look *look = &c->look[c->look_count];
    const size_t before = c->look_count ? look[-1].seeds : 0;
    size_t count = 0;
    for (size_t v = 0; v < c->value_count; v++)
        if (open[v] && c->value[v].n == seeds)
            look->value[count++] = v;
    if (count < 2 || seeds < 2 || c->look_count == FM_MAX_LOOKS)
        return 0;
    const double alpha = 0.05 * (double)(seeds - before) / (double)e->plan.most_seeds;
    fm_look_prepare(look, count, seeds, alpha);
    gather(results, e, look);
    fm_look_compare(look, results);
    c->look_count++;
    return 1;
}

static void find_best(fm_conclusion *c, const int *open) {
    c->best = FM_NO_VALUE;
    for (int all = 0; c->best == FM_NO_VALUE && all < 2; all++)
        for (size_t v = 0; v < c->value_count; v++) {
            if (c->value[v].verdict == FM_VERDICT_FAILED || !(all || open[v]))
                continue;
            if (c->best == FM_NO_VALUE || c->value[v].mean > c->value[c->best].mean)
                c->best = v;
        }
}

static void judge(fm_conclusion *c, size_t value, double margin) {
    fm_value_result *r = &c->value[value];
    const fm_difference *d = &r->difference;
    if (r->verdict == FM_VERDICT_FAILED)
        return;
    const double mean = r->mean - c->value[c->best].mean;
    r->difference = (fm_difference){mean, (double)-INFINITY, (double)INFINITY};
    if (value == c->best)
        r->difference = (fm_difference){0, 0, 0};
    else
        r->compared = fm_conclusion_difference(&r->difference, c, value, c->best);
    if (value == c->best)
        r->verdict = FM_VERDICT_BEST;
    else if (r->compared && d->low >= -margin && d->high <= margin)
        r->verdict = FM_VERDICT_EQUIVALENT;
    else if (r->compared && d->high < 0)
        r->verdict = FM_VERDICT_WORSE;
    else
        r->verdict = FM_VERDICT_UNDECIDED;
}

/* Half as many seeds again, and one. */
static size_t more_seeds(size_t seeds, size_t most) {
    const size_t more = seeds + seeds / 2 + 1;
    return more < most ? more : most;
}

/* Whether all trials of the open values are finished. */
static int complete(const fm_conclusion *c, const int *open) {
    for (size_t v = 0; v < c->value_count; v++)
        if (open[v] && c->value[v].n + c->value[v].failed < c->value[v].seeds)
            return 0;
    return 1;
}

/* Leaves the undecided values and the best open; returns how many are undecided. */
static size_t close_decided(const fm_conclusion *c, int *open) {
    size_t undecided = 0;
    for (size_t v = 0; v < c->value_count; v++) {
        const enum fm_verdict verdict = c->value[v].verdict;
        undecided += verdict == FM_VERDICT_UNDECIDED;
        open[v] = verdict == FM_VERDICT_UNDECIDED || verdict == FM_VERDICT_BEST;
    }
    return undecided;
}

static void compare(fm_conclusion *c, const fm_experiment *e, double *results) {
    const fm_plan *plan = &e->plan;
    int open[FM_MAX_VALUES];
    for (size_t v = 0; v < FM_MAX_VALUES; v++)
        open[v] = 1;
    for (size_t seeds = plan->seed_count;; seeds = more_seeds(seeds, plan->most_seeds)) {
        for (size_t v = 0; v < c->value_count; v++) {
            if (!open[v])
                continue;
            c->value[v].seeds = seeds;
            collect(&c->value[v], e, v);
            open[v] = c->value[v].verdict != FM_VERDICT_FAILED ||
                      c->value[v].n + c->value[v].failed < seeds;
        }
        const int finished = complete(c, open);
        if (finished)
            (void)take_look(c, e, open, seeds, results);
        find_best(c, open);
        for (size_t v = 0; v < c->value_count; v++)
            judge(c, v, plan->margin);
        if (!finished || !close_decided(c, open) || seeds >= plan->most_seeds)
            return;
    }
}

/* ---- Choice ---- */

/* The one-standard-error rule: L. Breiman, J. H. Friedman, R. A. Olshen and C. J. Stone,
 * "Classification and Regression Trees", 1984, section 3.4.3. */
static size_t choose(const fm_conclusion *c) {
    const fm_value_result *best = &c->value[c->best];
    const double least = best->mean - best->sd / sqrt((double)best->n);
    size_t choice = c->best;
    for (size_t v = 0; v < c->value_count; v++) {
        const fm_value_result *r = &c->value[v], *cheapest = &c->value[choice];
        if (r->verdict != FM_VERDICT_FAILED && r->verdict != FM_VERDICT_WORSE && r->mean >= least &&
            fm_cost_total(r->flops, r->bytes) < fm_cost_total(cheapest->flops, cheapest->bytes))
            choice = v;
    }
    return choice;
}

void fm_experiment_conclude(fm_conclusion *out, const fm_experiment *e) {
    double results[FM_MAX_VALUES * FM_MAX_SEEDS];
    *out = (fm_conclusion){.value_count = e->plan.value_count};
    compare(out, e, results);
    out->choice = out->best;
    if (out->best == FM_NO_VALUE)
        return;
    out->choice = choose(out);
    for (size_t v = 0; v < out->value_count; v++)
        out->tie |= out->value[v].verdict == FM_VERDICT_UNDECIDED;
}

const char *fm_verdict_name(enum fm_verdict verdict) {
    static const char *const names[] = {[FM_VERDICT_BEST] = "best",
                                        [FM_VERDICT_EQUIVALENT] = "equivalent",
                                        [FM_VERDICT_UNDECIDED] = "undecided",
                                        [FM_VERDICT_WORSE] = "worse",
                                        [FM_VERDICT_FAILED] = "failed"};
    return names[verdict];
}
