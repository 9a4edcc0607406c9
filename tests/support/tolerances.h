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

/* 50 steps of a small network against PyTorch, relative to the largest. PyTorch's own float32 is
 * up to 4e-7 away from float64 in the logits, 2e-7 in the losses and 1.3e-6 in the weights, worst
 * of all cases (tests/golden/make_golden.py prints it); ours may be as far on the other side, and
 * sums in another order through exp and log of lesser precision: ten times that. The weights' worst
 * come from Adam and RMSprop, which divide a gradient that nearly cancels out by its own size. */
#define TOLERANCE_GOLDEN_LOSS    2e-6
#define TOLERANCE_GOLDEN_LOGITS  4e-6
#define TOLERANCE_GOLDEN_WEIGHTS 2e-5
/* The base network's logits after 50 steps: what the product promises. Rounding alone makes 1e-6 of
 * it, as long as it does not decide on which side of 0 a ReLU's input lies; the start in the golden
 * file keeps every one 1.9e-6 away, but another device may round a little worse. */
#define TOLERANCE_GOLDEN_BASE 1e-3

#endif
