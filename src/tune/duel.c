#include "tune/duel.h"

#include <string.h>

#include "base/statistics.h"

/* So many rounds before the challenger can win; and so few before it has lost, when it was that
 * much slower in each of them. */
enum { LEAST_ROUNDS = 7, EARLY_ROUNDS = 3 };
static const double much_slower = 1.03, least_gain = 0.01;

int fm_duel_round(fm_duel *duel, fm_stepper *champion, fm_stepper *challenger, fm_error *error) {
    fm_stepper *const both[] = {champion, challenger};
    const size_t first = duel->rounds % 2;
    double seconds[2] = {0};
    int status = fm_stepper_run(&seconds[first], both[first], duel->steps, error);
    if (!status)
        status = fm_stepper_run(&seconds[!first], both[!first], duel->steps, error);
    if (!status)
        duel->ratio[duel->rounds++] = seconds[1] / seconds[0];
    return status;
}

double fm_duel_ratio(const fm_duel *duel) {
    double sorted[FM_DUEL_MOST_ROUNDS];
    memcpy(sorted, duel->ratio, duel->rounds * sizeof *sorted);
    return fm_median(sorted, duel->rounds);
}

enum fm_duel_verdict fm_duel_verdict(const fm_duel *duel) {
    size_t faster = 0, much = 0;
    for (size_t i = 0; i < duel->rounds; i++) {
        faster += duel->ratio[i] < 1;
        much += duel->ratio[i] > much_slower;
    }
    if (duel->rounds >= EARLY_ROUNDS && much == duel->rounds)
        return FM_DUEL_LOST;
    if (duel->rounds < LEAST_ROUNDS)
        return FM_DUEL_OPEN;
    if (2 * faster <= duel->rounds)
        return FM_DUEL_LOST;
    if (fm_duel_ratio(duel) <= 1 - least_gain && 6 * faster >= 5 * duel->rounds)
        return FM_DUEL_WON;
    return duel->rounds < FM_DUEL_MOST_ROUNDS ? FM_DUEL_OPEN : FM_DUEL_LOST;
}
