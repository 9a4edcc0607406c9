#include "tune/search.h"

#include <string.h>

enum { MOST_TRIED = 512, PATIENCE = 2 };

typedef struct search {
    const fm_search_calls *calls;
    fm_choices *best; /* so far */
    fm_choices tried[MOST_TRIED];
    size_t tried_count;
    int found; /* this pass has found something faster */
} search;

static int was_tried(const search *s, const fm_choices *candidate) {
    for (size_t i = 0; i < s->tried_count; i++)
        if (!memcmp(&s->tried[i], candidate, sizeof *candidate))
            return 1;
    return 0;
}

static int compare(int *is_faster, search *s, const fm_choices *candidate, fm_error *error) {
    *is_faster = 0;
    if (was_tried(s, candidate) || !s->calls->fits(s->calls->user, candidate))
        return FM_OK;
    if (s->tried_count < MOST_TRIED)
        s->tried[s->tried_count++] = *candidate;
    int status = s->calls->compare(is_faster, s->calls->user, candidate, error);
    if (!status && *is_faster) {
        *s->best = *candidate;
        s->found = 1;
    }
    return status;
}

static size_t place_of(const fm_choice *choice, int value) {
    size_t place = 0;
    while (choice->values[place] && choice->values[place] != value)
        place++;
    return place;
}

/* Tries the values above or below the best one of a tuning parameter. */
static int climb(search *s, size_t index, int up, fm_error *error) {
    const fm_choice *choice = fm_choice_get(index);
    size_t at = place_of(choice, fm_choice_value(s->best, index));
    int status = FM_OK;
    for (int misses = 0; !status && misses < PATIENCE && !s->calls->is_over(s->calls->user);) {
        fm_choices candidate = *s->best;
        int is_faster = 0;
        if (up ? !choice->values[at] || !choice->values[at + 1] : at == 0)
            break;
        at = up ? at + 1 : at - 1;
        fm_choice_set(&candidate, index, choice->values[at]);
        status = compare(&is_faster, s, &candidate, error);
        misses = is_faster ? 0 : misses + 1;
    }
    return status;
}

int fm_search(fm_choices *best, int *complete, int in_groups, const fm_search_calls *calls,
              fm_error *error) {
    search s = {.calls = calls, .best = best, .tried = {*best}, .tried_count = 1, .found = 1};
    int status = FM_OK;
    while (!status && s.found && !calls->is_over(calls->user)) {
        s.found = 0;
        for (size_t i = 0; !status && i < FM_CHOICES; i++) {
            if (fm_choice_get(i)->in_groups != in_groups)
                continue;
            status = climb(&s, i, 1, error);
            if (!status)
                status = climb(&s, i, 0, error);
        }
    }
    *complete = !status && !s.found && !calls->is_over(calls->user);
    return status;
}
