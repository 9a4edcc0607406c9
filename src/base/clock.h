/* Elapsed time, and the date. */
#ifndef FM_BASE_CLOCK_H
#define FM_BASE_CLOCK_H

/* Seconds since some fixed moment; never goes back, whatever is done to the machine's clock. */
double fm_clock_seconds(void);

/* Seconds since 1970, as the machine's clock says. */
double fm_clock_date(void);

#endif
