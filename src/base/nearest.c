#include "base/nearest.h"

#include <string.h>

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b. */
static size_t distance(const char *a, const char *b) {
    enum { LONGEST = 32 };
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    size_t d[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= n; i++) {
        for (size_t j = 0; j <= m; j++) {
            if (!i || !j) {
                d[i][j] = i + j;
                continue;
            }
            size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[n][m];
}

const char *fm_nearest(const char *text, const char *const *candidates, size_t count) {
    size_t length = strlen(text);
    const char *nearest = NULL;
    size_t least = length > 5 ? 3 : length > 2 ? 2 : 1; /* this many changes are no typing error */
    for (size_t i = 0; i < count; i++) {
        /* The start of a name is meant as that name, however much is missing. */
        if (length > 2 && !strncmp(candidates[i], text, length))
            return candidates[i];
        size_t changes = distance(text, candidates[i]);
        if (changes < least) {
            least = changes;
            nearest = candidates[i];
        }
    }
    return nearest;
}
