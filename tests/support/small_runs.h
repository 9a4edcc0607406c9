/* A small data set and short trainings in a temporary folder, which is cmocka's *state, for tests
 * of commands. */
#ifndef FM_TESTS_SMALL_RUNS_H
#define FM_TESTS_SMALL_RUNS_H

#include <jansson.h>

#include "support/program.h"

enum { SMALL_TRAIN = 250, SMALL_TEST = 50 };

/* Group setup and teardown. *state is a folder with the data set in data/. */
int small_runs_setup(void **state);
int small_runs_teardown(void **state);

/* Starts fmnist-cl train --device reference in the folder: one hidden layer of 8 nodes, 3 epochs,
 * batches of 32. Up to 20 further arguments (NULL-terminated) may override this. */
void small_train_start(program *p, const char *folder, const char *const *arguments);

/* Starts a training and waits for its end. */
#define small_train(p, folder, ...)                                                                \
    do {                                                                                           \
        small_train_start((p), (folder), (const char *[]){__VA_ARGS__, NULL});                     \
        program_wait(p);                                                                           \
    } while (0)

/* Compares two runs, named by their folders within the folder, bit for bit: last and best weights,
 * and the history without times. Returns the name of the first file that differs, or NULL. The
 * macro fails the test instead. */
const char *runs_differ_in(const char *folder, const char *a, const char *b);
void same_runs(const char *folder, const char *a, const char *b);

/* history.csv of a run folder, each row cut before its seconds; free() it. */
char *history_of(const char *run);

/* The JSON document that a text or a file holds; the test fails when it is none. */
json_t *parse_json(const char *text);
json_t *load_json(const char *path);

/* Whether two files have equal bytes. */
int same_files(const char *a, const char *b);
int file_exists(const char *path);

#endif
