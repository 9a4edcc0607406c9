/* Formula: H. L. Harter, "Tables of range and studentized range", Annals of Mathematical Statistics
 * 31 (1960), equations 2 and 8: the distribution of the range of normal values with known standard
 * deviation, averaged over the distribution of the estimated standard deviation.
 *
 * Both integrands are analytic and vanish quickly at both ends, so the trapezoidal rule converges
 * exponentially (L. N. Trefethen and J. A. C. Weideman, "The exponentially convergent trapezoidal
 * rule", SIAM Review 56, 2014). */
#include "base/studentized_range.h"

#include <math.h>

/* ---- The range ---- */

enum { POINTS = 97 };

/* The normal density and distribution at the points of the inner integral, from -9 to 9. */
typedef struct grid {
    double step, z[POINTS], density[POINTS], below[POINTS];
} grid;

static double normal_cdf(double z) {
    return erfc(-z / sqrt(2)) / 2;
}

static void make_grid(grid *out) {
    const double end = 9, pi = acos(-1);
    out->step = 2 * end / (POINTS - 1);
    for (int i = 0; i < POINTS; i++) {
        const double z = -end + out->step * i;
        out->z[i] = z;
        out->density[i] = exp(-z * z / 2) / sqrt(2 * pi);
        out->below[i] = normal_cdf(z);
    }
}

/* The probability that all values lie within w below the largest of them, which is z. */
static double range_cdf(double w, size_t count, const grid *g) {
    double sum = 0;
    for (int i = 0; i < POINTS; i++) {
        const double within = g->below[i] - normal_cdf(g->z[i] - w);
        sum += g->density[i] * pow(within, (double)(count - 1));
    }
    return fmin(1, (double)count * sum * g->step);
}

/* ---- The estimated standard deviation ---- */

/* The logarithm of the density of u = log(s / sigma), where freedom * (s / sigma)^2 has a
 * chi-squared distribution, relative to its maximum at u = 0. */
static double log_density(double u, double freedom) {
    return freedom * (u - expm1(2 * u) / 2);
}

static double cdf(double q, size_t count, double freedom, const grid *g) {
    const double step = 0.4 / sqrt(2 * freedom + 12), negligible = -36;
    double sum = 0, mass = 0;
    if (!(q > 0))
        return 0;
    /* From the mode, u = 0, to both ends. */
    for (int side = -1; side <= 1; side += 2)
        for (int i = side < 0 ? 1 : 0; log_density(side * i * step, freedom) > negligible; i++) {
            const double u = side * i * step, density = exp(log_density(u, freedom));
            mass += density;
            sum += density * range_cdf(q * exp(u), count, g);
        }
    return fmin(1, sum / mass);
}

double fm_studentized_range_cdf(double q, size_t count, double freedom) {
    grid g;
    make_grid(&g);
    return cdf(q, count, freedom, &g);
}

double fm_studentized_range_quantile(double alpha, size_t count, double freedom) {
    const double exact = 1e-10;
    double low = 0, high = 1;
    grid g;
    make_grid(&g);
    while (cdf(high, count, freedom, &g) < 1 - alpha) {
        low = high;
        high *= 2;
    }
    /* The Illinois variant of the false position: it keeps the bracket and converges fast. */
    double at_low = low > 0 ? cdf(low, count, freedom, &g) - (1 - alpha) : alpha - 1;
    double at_high = cdf(high, count, freedom, &g) - (1 - alpha);
    int last = 0;
    for (int i = 0; i < 100 && high - low > exact * high; i++) {
        const double q = high - at_high * (high - low) / (at_high - at_low);
        const double at = cdf(q, count, freedom, &g) - (1 - alpha);
        const int side = at < 0 ? -1 : 1;
        if (fabs(at) < exact * alpha)
            return q;
        *(side < 0 ? &low : &high) = q;
        *(side < 0 ? &at_low : &at_high) = at;
        if (side == last)
            *(side < 0 ? &at_high : &at_low) /= 2;
        last = side;
    }
    return high;
}

/* ---- Interpolation ---- */

/* Chebyshev points of the second kind in 1 / freedom, of which the logarithm of the quantile is a
 * nearly linear function; the barycentric formula (J.-P. Berrut and L. N. Trefethen, "Barycentric
 * Lagrange interpolation", SIAM Review 46, 2004). */
static double node(int i, double least) {
    const double pi = acos(-1), low = 0.5 / least, high = 1 / least;
    return (low + high) / 2 + (high - low) / 2 * cos(pi * i / (FM_RANGE_NODES - 1));
}

void fm_range_quantiles_make(double out[FM_RANGE_NODES], double alpha, size_t count, double least) {
    for (int i = 0; i < FM_RANGE_NODES; i++)
        out[i] = log(fm_studentized_range_quantile(alpha, count, 1 / node(i, least)));
}

double fm_range_quantiles_at(const double quantiles[FM_RANGE_NODES], double freedom, double least) {
    double above = 0, below = 0;
    for (int i = 0; i < FM_RANGE_NODES; i++) {
        const double distance = 1 / freedom - node(i, least);
        if (fabs(distance) < 1e-12)
            return exp(quantiles[i]);
        const int end = i == 0 || i == FM_RANGE_NODES - 1;
        const double weight = (i % 2 ? -1 : 1) * (end ? 0.5 : 1) / distance;
        above += weight * quantiles[i];
        below += weight;
    }
    return exp(above / below);
}
