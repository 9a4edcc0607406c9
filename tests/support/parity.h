/* Group setup for tests that compare every implementation of the operations with the reference. */
#ifndef FM_TESTS_PARITY_H
#define FM_TESTS_PARITY_H

#include "support/implementations.h"

extern fm_ops *reference;
extern implementation implementations[MOST_IMPLEMENTATIONS];
extern size_t implementation_count;

int parity_set_up(void **state);
int parity_tear_down(void **state);

#endif
