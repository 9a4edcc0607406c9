/* Every tolerance of the test suite, with its reason. FLT_EPSILON is 1.2e-7. */
#ifndef FM_TESTS_TOLERANCES_H
#define FM_TESTS_TOLERANCES_H

#include <float.h>
#include <math.h>

/* A sum of `length` products in float against the same in double, relative to the largest element
 * of the result. Rounding errors of a long sum add up like a random walk, so they grow with the
 * root of the length; 4 leaves room for the unluckiest of some thousand elements. */
#define TOLERANCE_PRODUCT(length) (4 * FLT_EPSILON * sqrt((double)(length) + 1))

/* One operation that a device's library rounds in its own way (exp, log, expm1, a division: OpenCL
 * 1.2 allows up to 4 units in the last place each, and the loss chains a few), relative to the
 * largest element. */
#define TOLERANCE_ELEMENTWISE (32 * FLT_EPSILON)

/* A parameter after one update whose gradient is itself a sum of `length` products, relative to the
 * largest: the step is small beside the parameter, its error smaller still. */
#define TOLERANCE_UPDATE(length) (TOLERANCE_PRODUCT(length) + TOLERANCE_ELEMENTWISE)

/* Losses after a few steps on two implementations: each step's rounding goes on into the next, and
 * Adam divides it by the gradient's own size; ten times an operation's tolerance. */
#define TOLERANCE_TRAINING (10 * TOLERANCE_ELEMENTWISE)

/* A central difference with DIFFERENCE_STEP against the derivative, relative to the largest
 * derivative of its layer. Activations are stored as floats: their rounding, some 1e-7 of the loss,
 * is divided by twice the step; what the difference itself leaves out grows with the step's square.
 * Both stay well below 1 % at this step. */
#define DIFFERENCE_STEP      2e-3
#define TOLERANCE_DIFFERENCE 1e-2
/* A ReLU's kink between the two sides puts the central difference off by up to half of what the
 * one-sided ones differ. Where that could use up half of the tolerance the parameter says nothing
 * and is skipped. */
#define DIFFERENCE_KINK TOLERANCE_DIFFERENCE
/* If more than this share had to be skipped, the test would prove too little. */
#define DIFFERENCE_MOST_SKIPPED 0.2

#endif
