/* A small data set in a temporary folder, and trainings on it: cmocka's *state for the tests of the
 * commands. */
#ifndef FM_TESTS_SMALL_RUNS_H
#define FM_TESTS_SMALL_RUNS_H

#include <jansson.h>

#include "support/program.h"

enum { SMALL_TRAIN = 250, SMALL_TEST = 50 };

/* Setup and teardown of a group: *state is a folder, in which data/ holds the data set. */
int small_runs_setup(void **state);
int small_runs_teardown(void **state);

/* Starts fmnist-cl train --device reference on the small data set, in the folder: a network of 8
 * nodes, 3 epochs in batches of 32, with further arguments (at most 20, NULL-terminated) that may
 * say otherwise. */
void small_train_start(program *p, const char *folder, const char *const *arguments);

/* Starts it and waits for its end. */
#define small_train(p, folder, ...)                                                                \
    do {                                                                                           \
        small_train_start((p), (folder), (const char *[]){__VA_ARGS__, NULL});                     \
        program_wait(p);                                                                           \
    } while (0)

/* Whether two runs, folders by name in the folder, ended with the same bits: last and best weights,
 * and the history but for its times. The name of a file that is another, or NULL; the second one
 * fails the test. */
const char *runs_differ_in(const char *folder, const char *a, const char *b);
void same_runs(const char *folder, const char *a, const char *b);

/* history.csv of a run folder, each row cut before its seconds; free() it. */
char *history_of(const char *run);

/* The JSON document that a text or a file holds; the test fails when it is none. */
json_t *parse_json(const char *text);
json_t *load_json(const char *path);

/* Whether two files have the same bytes. */
int same_files(const char *a, const char *b);
int file_exists(const char *path);

#endif
