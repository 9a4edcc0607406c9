/* cmocka, and the checks that many tests share. */
#ifndef FM_TESTS_CHECK_H
#define FM_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fmnist_cl/error.h"

/* The call must succeed; otherwise the test fails with what the error says. */
#define CHECK_OK(call, error) check_ok((call), (error), __FILE__, __LINE__)
void check_ok(int status, const fm_error *error, const char *file, int line);

/* The largest |actual - expected|, divided by the largest |expected|, must not exceed the
 * tolerance; a NaN on either side fails. what, formatted, says which case this is. */
void check_close(const float *actual, const float *expected, size_t count, double tolerance,
                 const char *what, ...) FM_PRINTF(5, 6);

#endif
