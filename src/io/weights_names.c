#include "io/weights_names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/count.h"

static const struct {
    const char *word;
    enum fm_tensor_role role;
} words[] = {
    {"weight", FM_ROLE_WEIGHT}, {"weights", FM_ROLE_WEIGHT}, {"w", FM_ROLE_WEIGHT},
    {"kernel", FM_ROLE_KERNEL}, {"bias", FM_ROLE_BIAS},      {"biases", FM_ROLE_BIAS},
    {"b", FM_ROLE_BIAS},
};

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int is_separator(char c) {
    return c && strchr("._/:-", c) != NULL;
}

/* The role that the last word of the first `length` bytes tells; *begin is where it begins. */
static enum fm_tensor_role role_of_word(size_t *begin, const char *name, size_t length) {
    *begin = length;
    while (*begin > 0 && !is_separator(name[*begin - 1]))
        (*begin)--;
    for (size_t i = 0; i < FM_COUNT(words); i++)
        if (strlen(words[i].word) == length - *begin &&
            !strncasecmp(name + *begin, words[i].word, length - *begin))
            return words[i].role;
    return FM_ROLE_NONE;
}

enum fm_tensor_role fm_tensor_role_of(char module[FM_MODULE_SIZE], const char *name) {
    size_t length = strlen(name), begin;
    if (length >= FM_MODULE_SIZE)
        return FM_ROLE_NONE;
    if (length > 2 && !strcmp(name + length - 2, ":0")) /* TensorFlow's first output */
        length -= 2;
    size_t word_end = length; /* of "weight" in "weight_1", "weights.1" or "W1" */
    while (word_end > 0 && is_digit(name[word_end - 1]))
        word_end--;
    const size_t number = word_end;
    if (number < length && word_end > 0 && is_separator(name[word_end - 1]))
        word_end--;
    const enum fm_tensor_role role = role_of_word(&begin, name, word_end);
    const size_t stem = begin > 0 ? begin - 1 : 0;
    snprintf(module, FM_MODULE_SIZE, "%.*s%s%.*s", (int)stem, name,
             stem && number < length ? "." : "", (int)(length - number), name + number);
    return role;
}

int fm_tensor_name_is_ours(const char *name) {
    const char *word = name;
    while (is_digit(*word))
        word++;
    return word > name && (!strcmp(word, ".weight") || !strcmp(word, ".bias"));
}

/* Compares two numbers of any length and skips them; 0 also for "1" and "01". */
static int compare_numbers(const char **a, const char **b) {
    while (**a == '0')
        (*a)++;
    while (**b == '0')
        (*b)++;
    int difference = 0;
    for (; is_digit(**a) && is_digit(**b); (*a)++, (*b)++)
        if (!difference)
            difference = **a - **b;
    if (is_digit(**a))
        difference = 1;
    else if (is_digit(**b))
        difference = -1;
    while (is_digit(**a))
        (*a)++;
    while (is_digit(**b))
        (*b)++;
    return difference;
}

int fm_module_compare(int *is_same_series, const char *a, const char *b) {
    int by_number = 0;
    for (;;) {
        if (is_digit(*a) && is_digit(*b)) {
            const int difference = compare_numbers(&a, &b);
            by_number = by_number ? by_number : difference;
        } else if (*a != *b) {
            *is_same_series = 0;
            return by_number ? by_number : *a - *b;
        } else if (!*a) {
            *is_same_series = 1;
            return by_number;
        } else {
            a++;
            b++;
        }
    }
}
