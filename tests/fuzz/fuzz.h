/* Fuzzing. Each fuzz_NAME.c has one target, which takes any bytes, hands them to one reader of the
 * library and looks at what comes out. libFuzzer runs it (run.sh), and so does replay.c over the
 * seeds in seeds/NAME and over what once failed in found/NAME, in the ordinary test suite. */
#ifndef FM_TESTS_FUZZ_H
#define FM_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

/* The target; its name is libFuzzer's. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Where a target needs help to get past a sum or a length: libFuzzer calls this to change the
 * bytes, and LLVMFuzzerMutate changes them at random. Built with FM_FUZZ alone. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);

/* A file with these bytes, the same path at each call; it goes when the process ends. */
const char *fuzz_file(const uint8_t *bytes, size_t size);
/* The folder that fuzz_file makes its file in, and the name that the file gets from then on. */
const char *fuzz_folder(void);
void fuzz_name(const char *name);

/* Says what and ends the process, which is how a fuzzer knows of a failure. */
void fuzz_require(int holds, const char *what);
/* Every failure leaves its status and a whole line in the error; what came out is empty. */
void fuzz_require_error(int status, const fm_error *error);

#endif
