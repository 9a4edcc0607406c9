/* All tolerances of the tests, with reasons. FLT_EPSILON is 1.2e-7. */
#ifndef FM_TESTS_TOLERANCES_H
#define FM_TESTS_TOLERANCES_H

#include <float.h>
#include <math.h>

/* A sum of `length` products in float compared with the sum in double, relative to the largest
 * element of the result. Rounding errors of a long sum behave like a random walk, so they grow with
 * the square root of the length. The factor 4 covers the worst of a thousand elements. */
#define TOLERANCE_PRODUCT(length) (4 * FLT_EPSILON * sqrt((double)(length) + 1))

/* One elementwise operation (exp, log, expm1, division), relative to the largest element. Each
 * device's library rounds differently: OpenCL 1.2 allows errors up to 4 ulp, and the loss chains a
 * few. */
#define TOLERANCE_ELEMENTWISE (32 * FLT_EPSILON)

/* A parameter after one update with a gradient that is a sum of `length` products, relative to the
 * largest parameter. The step is small relative to the parameter, so its error is smaller still. */
#define TOLERANCE_UPDATE(length) (TOLERANCE_PRODUCT(length) + TOLERANCE_ELEMENTWISE)

/* x / (1 - p) of dropout, relative to itself. 1 / (1 - p) is rounded once or twice and the product
 * once more; a device may divide with an error of 2.5 ulp. */
#define TOLERANCE_SCALED (4 * FLT_EPSILON)

/* How far the count of something of this probability may be from its mean in so many independent
 * trials: Bernstein's bound for a chance of one in a million, about 5.4 standard deviations, which
 * also holds where the mean is small. Never and always are exact. */
static inline double binomial_slack(double trials, double probability) {
    const double logarithm = log(2e6), variance = trials * probability * (1 - probability);
    return variance > 0 ? logarithm / 3 + sqrt(logarithm * logarithm / 9 + 2 * logarithm * variance)
                        : 0;
}

/* Losses after a few steps on two implementations: ten times the tolerance of one operation,
 * because rounding errors accumulate and Adam divides them by the gradient's magnitude. */
#define TOLERANCE_TRAINING (10 * TOLERANCE_ELEMENTWISE)

/* A central difference with DIFFERENCE_STEP compared with the derivative, relative to the largest
 * derivative of the layer. Activations are floats; their rounding, about 1e-7 of the loss, is
 * divided by twice the step. The truncation error of the difference grows with the square of the
 * step. Both errors stay well below 1 % with this step. */
#define DIFFERENCE_STEP      2e-3
#define TOLERANCE_DIFFERENCE 1e-2
/* A ReLU kink inside the interval makes the central difference wrong by up to half of the
 * difference of the two one-sided differences. If that exceeds half of the tolerance, the parameter
 * is skipped. */
#define DIFFERENCE_KINK TOLERANCE_DIFFERENCE
/* If a larger share of parameters were skipped, the test would prove too little. */
#define DIFFERENCE_MOST_SKIPPED 0.2

/* 50 steps of a small network compared with PyTorch, relative to the largest value. In the worst
 * case, PyTorch's float32 differs from its float64 by 4e-7 in logits, 2e-7 in losses and 1.3e-6 in
 * weights (printed by tests/golden/make_golden.py). The tolerance is ten times that, because our
 * float32 may differ in the other direction, sums in another order and uses less precise exp and
 * log. The worst weights come from Adam and RMSprop, which divide a gradient close to zero by its
 * own magnitude. */
#define TOLERANCE_GOLDEN_LOSS    2e-6
#define TOLERANCE_GOLDEN_LOGITS  4e-6
#define TOLERANCE_GOLDEN_WEIGHTS 2e-5
/* The base network's logits after 50 steps: the tolerance that the project promises. Rounding alone
 * causes 1e-6 as long as it does not change the sign of a ReLU's input. With the initial weights in
 * the golden file every input is at least 1.9e-6 away from 0, but other devices may round worse. */
#define TOLERANCE_GOLDEN_BASE 1e-3

#endif
