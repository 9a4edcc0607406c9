/* Runs fmnist-cl with the library of tests/faults preloaded, which makes its calls fail. */
#ifndef FM_TESTS_FAULTY_PROGRAM_H
#define FM_TESTS_FAULTY_PROGRAM_H

#include <jansson.h>

#include "support/program.h"

typedef struct faulty_program {
    program p;
    json_t *report;     /* the counts that the library wrote */
    const char *failed; /* the failed call, such as "open out/run/x"; "" if none failed */
} faulty_program;

/* The library is not built with sanitizers, which intercept the same calls. */
#ifdef FM_FAULTS_LIBRARY
/* Runs the program once without faults, so that kernels are compiled and the device is checked.
 * Keeps the result in a cache within the folder. */
void faulty_prepare(const char *folder, const char *const *arguments);
/* Runs the program with a fault such as "memory:12" (tests/faults/faults.h); "none" fails nothing.
 * PATH is empty, because running gnuplot would take most of the time. */
void faulty_run(faulty_program *out, const char *folder, const char *fault,
                const char *const *arguments);
/* The report's number of calls of a kind, or of unreleased objects, by its name in the report. */
long faulty_count(const faulty_program *faulty, const char *name);
void faulty_free(faulty_program *faulty);
#endif

#endif
