/* Philox4x32-10, a random number generator without state: the numbers are a function of a counter
 * and a key (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
 * 2011). The kernels' version is kernels/common/dropout.cl. */
#ifndef FM_BASE_PHILOX_H
#define FM_BASE_PHILOX_H

#include <stdint.h>

void fm_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2]);

#endif
