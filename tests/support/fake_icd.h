/* What tests/support/fake_icd.c, a driver that only pretends, can be told to be. */
#ifndef FM_TESTS_FAKE_ICD_H
#define FM_TESTS_FAKE_ICD_H

/* A list of words with commas between them; each is a platform "Fake WORD" that behaves as the
 * table in fake_icd.c says. Unset or empty: the driver fails, since it finds nothing to drive;
 * FAKE_ICD_NOTHING: it says so without failing. */
#define FAKE_ICD_VARIABLE "FM_TEST_FAKE_ICD"
#define FAKE_ICD_NOTHING  "nothing"

#endif
