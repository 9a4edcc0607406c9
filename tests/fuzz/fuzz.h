/* Fuzzing. Each fuzz_NAME.c has one target, which passes any bytes to one reader of the library and
 * checks the result. libFuzzer runs it (run.sh). In the test suite, replay.c runs it on the seeds
 * in seeds/NAME and on earlier failures in found/NAME. */
#ifndef FM_TESTS_FUZZ_H
#define FM_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

/* The target, with the name that libFuzzer expects. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Helps a target to get past a checksum or a length: libFuzzer calls this to change the bytes, and
 * LLVMFuzzerMutate changes them at random. Only with FM_FUZZ. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);

/* Writes a file with these bytes, always at the same path; it is deleted when the process ends. */
const char *fuzz_file(const uint8_t *bytes, size_t size);
/* The folder in which fuzz_file writes its file, and the name of the file from then on. */
const char *fuzz_folder(void);
void fuzz_name(const char *name);

/* Prints `what` and ends the process if `holds` is 0, which is a failure for the fuzzer. */
void fuzz_require(int holds, const char *what);
/* Requires that the error has this status and complete texts. */
void fuzz_require_error(int status, const fm_error *error);

#endif
