#include "tune/ab_timing.h"

#include <string.h>

#include "base/statistics.h"

/* B can be found faster after LEAST_ROUNDS. EARLY_ROUNDS are enough to find it slower if it was
 * much slower in each of them. */
enum { LEAST_ROUNDS = 7, EARLY_ROUNDS = 3 };
static const double much_slower = 1.03, least_gain = 0.01;

int fm_ab_round(fm_ab_timing *timing, fm_stepper *a, fm_stepper *b, fm_error *error) {
    fm_stepper *const both[] = {a, b};
    const size_t first = timing->rounds % 2;
    double seconds[2] = {0};
    int status = fm_stepper_run(&seconds[first], both[first], timing->steps, error);
    if (!status)
        status = fm_stepper_run(&seconds[!first], both[!first], timing->steps, error);
    if (!status)
        timing->ratio[timing->rounds++] = seconds[1] / seconds[0];
    return status;
}

double fm_ab_ratio(const fm_ab_timing *timing) {
    double sorted[FM_AB_MOST_ROUNDS];
    memcpy(sorted, timing->ratio, timing->rounds * sizeof *sorted);
    return fm_median(sorted, timing->rounds);
}

enum fm_ab_verdict fm_ab_verdict(const fm_ab_timing *timing) {
    const size_t rounds = timing->rounds;
    size_t faster = 0, much = 0;
    for (size_t i = 0; i < rounds; i++) {
        faster += timing->ratio[i] < 1;
        much += timing->ratio[i] > much_slower;
    }
    if (rounds >= EARLY_ROUNDS && much == rounds)
        return FM_AB_SLOWER;
    if (rounds < LEAST_ROUNDS)
        return FM_AB_OPEN;
    if (2 * faster <= rounds)
        return FM_AB_SLOWER;
    if (fm_ab_ratio(timing) <= 1 - least_gain && 6 * faster >= 5 * rounds)
        return FM_AB_FASTER;
    return rounds < FM_AB_MOST_ROUNDS ? FM_AB_OPEN : FM_AB_SLOWER;
}
