/* Monotonic and wall-clock time. */
#ifndef FM_BASE_CLOCK_H
#define FM_BASE_CLOCK_H

/* Seconds since an arbitrary fixed moment (CLOCK_MONOTONIC): never goes backwards. */
double fm_clock_seconds(void);

/* Seconds since 1970 (CLOCK_REALTIME). */
double fm_clock_date(void);

#endif
