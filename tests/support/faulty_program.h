/* Runs fmnist-cl with the library of tests/faults before all others, which fails its calls. */
#ifndef FM_TESTS_FAULTY_PROGRAM_H
#define FM_TESTS_FAULTY_PROGRAM_H

#include <jansson.h>

#include "support/program.h"

typedef struct faulty_program {
    program p;
    json_t *report;     /* what the library counted */
    const char *failed; /* "open out/run/x", of the report; "" when nothing did */
} faulty_program;

/* Where the library is not built its tests have nothing to do: sanitizers stand between the program
 * and the system themselves. */
#ifdef FM_FAULTS_LIBRARY
/* Runs it in the folder as it is, so that kernels are compiled and the device is checked: what it
 * remembers of devices is kept in the folder. */
void faulty_prepare(const char *folder, const char *const *arguments);
/* Runs it to its end, with "memory:12" or what else tests/faults/faults.h says; "none" fails
 * nothing. No other programs are found: gnuplot would take most of the time. */
void faulty_run(faulty_program *out, const char *folder, const char *fault,
                const char *const *arguments);
/* How many calls there were of a kind, or what was not given back, by its name in the report. */
long faulty_count(const faulty_program *faulty, const char *name);
void faulty_free(faulty_program *faulty);
#endif

#endif
