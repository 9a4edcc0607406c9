/* Configures the fake OpenCL driver of tests/support/fake_icd.c. */
#ifndef FM_TESTS_FAKE_ICD_H
#define FM_TESTS_FAKE_ICD_H

/* A comma-separated list of words; each creates a platform "Fake WORD" that behaves as the table in
 * fake_icd.c says. Unset or empty: the driver returns an error because it has no platform.
 * FAKE_ICD_NOTHING: it returns success with no platform. */
#define FAKE_ICD_VARIABLE "FM_TEST_FAKE_ICD"
#define FAKE_ICD_NOTHING  "nothing"

#endif
