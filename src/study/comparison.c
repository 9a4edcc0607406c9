/* The model: the accuracy of a value with a seed is the value's mean, plus the seed's effect (its
 * split of the images and its initial weights, which all values share), plus a residual whose
 * variance differs between values.
 *
 * The variances of the residuals are estimated as in F. E. Grubbs, "On estimating precision of
 * measuring instruments and product variability", Journal of the American Statistical Association
 * 43 (1948), but the effect of a seed is a weighted mean over the values, so that a noisy value
 * does not blur the others. Pairs are then compared as in P. A. Games and J. F. Howell, "Pairwise
 * multiple comparison procedures with unequal n's and/or variances", Journal of Educational
 * Statistics 1 (1976).
 *
 * Estimates from few seeds may be far too small, even negative. Negative ones become 0; then each
 * estimate is moved towards the median of all, as if one further seed had shown the median; and
 * none is below a twentieth of the mean. tests/study/test_comparison.c measures the error rates. */
#include "study/comparison.h"

#include <math.h>
#include <string.h>

#include "base/statistics.h"
#include "base/studentized_range.h"

_Static_assert((int)FM_LOOK_NODES == (int)FM_RANGE_NODES,
               "a look stores the nodes of its quantiles");

/* ---- Variances ---- */

/* Replaces the results by their deviations from the value's mean. */
static void centre(fm_look *look, double *results) {
    for (size_t v = 0; v < look->count; v++) {
        double *of_value = results + v * look->seeds;
        look->mean[v] = fm_mean(of_value, look->seeds);
        for (size_t s = 0; s < look->seeds; s++)
            of_value[s] -= look->mean[v];
    }
}

/* The mean square of a value's residuals, given the weights with which values make up the effect of
 * a seed. */
static void find_squares(double *squares, const fm_look *look, const double *deviations,
                         const double *weight) {
    memset(squares, 0, look->count * sizeof *squares);
    for (size_t s = 0; s < look->seeds; s++) {
        double effect = 0;
        for (size_t v = 0; v < look->count; v++)
            effect += weight[v] * deviations[v * look->seeds + s];
        for (size_t v = 0; v < look->count; v++) {
            const double residual = deviations[v * look->seeds + s] - effect;
            squares[v] += residual * residual / (double)(look->seeds - 1);
        }
    }
}

/* The expected square of value v is variance[v] * (1 - 2 weight[v]) + c, where c is the sum of
 * weight^2 * variance. Solves that for the variances. With equal weights, this is Grubbs'
 * estimate. */
static void solve(double *variance, const double *squares, const double *weight, size_t count) {
    double above = 0, below = 1;
    for (size_t v = 0; v < count; v++) {
        const double share = weight[v] * weight[v] / (1 - 2 * weight[v]);
        above += share * squares[v];
        below += share;
    }
    for (size_t v = 0; v < count; v++)
        variance[v] = fmax(0, (squares[v] - above / below) / (1 - 2 * weight[v]));
}

static void shrink(double *variance, size_t count, size_t seeds) {
    const double least = 0.05;
    double sorted[FM_MAX_VALUES];
    const double mean = fm_mean(variance, count);
    memcpy(sorted, variance, count * sizeof *sorted);
    const double median = fm_median(sorted, count);
    for (size_t v = 0; v < count; v++) {
        const double moved = ((double)(seeds - 1) * variance[v] + median) / (double)seeds;
        variance[v] = fmax(moved, least * mean);
    }
}

/* Weights in inverse proportion to the variances, mixed with equal weights so that none is above a
 * limit: with a weight of a half, a value would lose its own residual. */
static void weigh(double *weight, const double *variance, size_t count) {
    const double equal = 1 / (double)count, limit = fmax(0.3, 1.2 * equal);
    double sum = 0, most = 0;
    for (size_t v = 0; v < count; v++)
        sum += 1 / variance[v];
    for (size_t v = 0; v < count; v++) {
        weight[v] = 1 / variance[v] / sum;
        most = fmax(most, weight[v]);
    }
    const double mix = most > limit ? (most - limit) / (most - equal) : 0;
    for (size_t v = 0; v < count; v++)
        weight[v] += mix * (equal - weight[v]);
}

static void find_variances(fm_look *look, const double *deviations) {
    enum { PASSES = 3 };
    double weight[FM_MAX_VALUES], squares[FM_MAX_VALUES];
    for (size_t v = 0; v < look->count; v++)
        weight[v] = 1 / (double)look->count;
    for (int pass = 1; pass <= PASSES; pass++) {
        find_squares(squares, look, deviations, weight);
        solve(look->variance, squares, weight, look->count);
        shrink(look->variance, look->count, look->seeds);
        if (pass == PASSES || !(look->variance[0] > 0)) /* all are 0: no residuals */
            return;
        weigh(weight, look->variance, look->count);
    }
}

/* Two values have one series of differences, and its variance. Each gets half of it. */
static void halve_variance(fm_look *look, const double *deviations) {
    double square = 0;
    for (size_t s = 0; s < look->seeds; s++) {
        const double difference = deviations[s] - deviations[look->seeds + s];
        square += difference * difference;
    }
    look->variance[0] = look->variance[1] = square / (double)(look->seeds - 1) / 2;
}

void fm_look_compare(fm_look *look, double *results) {
    centre(look, results);
    if (look->count == 2)
        halve_variance(look, results);
    else
        find_variances(look, results);
}

/* ---- Differences ---- */

/* Of the residuals, (count - 1)(seeds - 1) are free, which the values share; moving an estimate
 * towards the median counts like a further seed. The result is at least seeds - 1. Two values have
 * the freedom of the paired t-test. With two seeds, the estimates are too poor for any credit. */
static double freedom_of(size_t count, size_t seeds) {
    const double share = (double)(count - 1) / (double)count;
    if (count == 2 || seeds == 2)
        return (double)(seeds - 1) * share;
    return fmax((double)(seeds - 1), (double)seeds * share);
}

void fm_look_prepare(fm_look *out, size_t count, size_t seeds, double alpha) {
    out->count = count;
    out->seeds = seeds;
    out->alpha = alpha;
    out->freedom = freedom_of(count, seeds);
    /* The degrees of freedom of a pair are between that and twice that. */
    fm_range_quantiles_make(out->quantiles, alpha, count, out->freedom);
}

fm_difference fm_look_difference(const fm_look *look, size_t a, size_t b) {
    const double x = look->variance[a], y = look->variance[b], mean = look->mean[a] - look->mean[b];
    /* Differences that are the same with every seed, up to rounding, have no spread. */
    if (x + y <= 1e-28)
        return (fm_difference){mean, mean, mean};
    const double freedom = (x + y) * (x + y) / (x * x + y * y) * look->freedom;
    const double width = fm_range_quantiles_at(look->quantiles, freedom, look->freedom) / sqrt(2) *
                         sqrt((x + y) / (double)look->seeds);
    return (fm_difference){mean, mean - width, mean + width};
}
