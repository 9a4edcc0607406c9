/* A network on a back end, trained for a few batches on random images, and the values it leaves
 * behind. */
#ifndef FM_TESTS_TRAINING_H
#define FM_TESTS_TRAINING_H

#include "backend/backend.h"
#include "support/graphs.h"

enum { TRAINING_IMAGES = 90, TRAINING_RULES = 3 };

typedef struct training {
    const network *network;
    fm_backend *backend;
    fm_samples *samples;
    fm_outcomes *outcomes;
    fm_parameters *parameters[2 * MOST_LAYERS];
    size_t parameter_count;
    fm_graph *graph[GRAPHS];
    tensors tensors;
    fm_plan *plan;
} training;

/* SGD, Adam and RMSprop, each with all that it can do. */
extern const fm_update training_rules[TRAINING_RULES];

/* Creates all of it with the same random values for the same network, but no plan. */
void training_open(training *out, fm_backend *backend, const network *n);
void training_close(training *t);

/* (Re)creates the samples. */
void training_open_samples(training *t);

/* Compiles the first `graphs` of STEP, SCORE, FORWARD, GRADIENTS. */
int training_compile(training *t, size_t graphs, enum fm_compile how, fm_error *error);

int training_run(training *t, size_t graph, const fm_update *update, size_t first, size_t rows,
                 fm_error *error);

/* Values of tensors, one after the other: a part for each. */
enum { MOST_VALUES = 1 << 18, MOST_PARTS = 128 };
typedef struct record {
    float value[MOST_VALUES];
    size_t end[MOST_PARTS];  /* of each part */
    int is_loss[MOST_PARTS]; /* that part is losses */
    size_t count;            /* parts */
} record;

/* Compiles all graphs, runs them on batches of many sizes, and records outcomes, logits, gradients
 * and the parameters with their state. */
void training_record(record *out, fm_backend *backend, const network *n, enum fm_compile how,
                     const fm_update *update);
/* The same for a training that is open and compiled. */
void training_go_on(record *out, training *t, const fm_update *update);

/* Both name the part that differs. Losses are for reports alone: a compiler may round their sums in
 * two ways in two kernels (Intel's does), so they are held to a tolerance in either case. */
void record_assert_same_bits(const record *actual, const record *expected, const char *what);
void record_assert_close(const record *actual, const record *expected, double tolerance,
                         const char *what);

#endif
