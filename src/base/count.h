#ifndef FM_BASE_COUNT_H
#define FM_BASE_COUNT_H

/* The number of elements of an array (not of a pointer). */
#define FM_COUNT(array) (sizeof(array) / sizeof *(array))

#endif
