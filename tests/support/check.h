/* cmocka, and checks that many tests use. */
#ifndef FM_TESTS_CHECK_H
#define FM_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fmnist_cl/error.h"

/* Fails the test with the error's text unless the call succeeds. */
#define CHECK_OK(call, error) check_ok((call), (error), __FILE__, __LINE__)
void check_ok(int status, const fm_error *error, const char *file, int line);

/* Fails unless the text contains the part. */
#define CHECK_SAYS(text, part) check_says((text), (part), __FILE__, __LINE__)
void check_says(const char *text, const char *part, const char *file, int line);

/* Fails unless the largest |actual - expected|, divided by the largest |expected|, is at most
 * tolerance. A NaN on either side fails. what, formatted like printf, names the case. */
void check_close(const float *actual, const float *expected, size_t count, double tolerance,
                 const char *what, ...) FM_PRINTF(5, 6);

#endif
