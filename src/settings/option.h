/* An option of the command line, or a training setting, as one row of a table: how it is written,
 * read, checked, printed and explained. The functions here serve every row alike. */
#ifndef FM_SETTINGS_OPTION_H
#define FM_SETTINGS_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

/* The type of the member that holds the value, and its range. */
enum fm_option_kind {
    FM_OPTION_HELP,     /* no value: asks for the help text */
    FM_OPTION_FLAG,     /* int, without an argument: `value` when it is on, !value when it is off */
    FM_OPTION_SIZE,     /* size_t: a whole number in [low, high] */
    FM_OPTION_UNSIGNED, /* uint64_t: the same; any from low on where high is 0 */
    FM_OPTION_REAL,     /* double in [low, high], without the ends where low_open or high_open */
    FM_OPTION_CHOICE,   /* an enum: the index of one of `names` */
    FM_OPTION_SIZES,    /* a list: size_t count, then size_t[most], each in the range */
    FM_OPTION_REALS,    /* a list: size_t count, then double[most], each in the range */
    FM_OPTION_COUNT,    /* of a list of sizes: how many, each like its first; most is the list's */
    FM_OPTION_EACH,     /* of a list of sizes: all of them alike; most is the list's */
    FM_OPTION_TEXT,     /* const char *: not empty */
};

/* Whether a resumed run may have another value than it had so far. */
enum fm_option_resume {
    FM_RESUME_SAME, /* no: the results would be those of another run */
    FM_RESUME_MORE, /* a larger one */
};

/* What an experiment may try. */
typedef struct fm_option_explore {
    const char *values; /* "1,2,3", where the user names none; NULL: it cannot be varied */
    int costs;          /* the value decides what a training costs, by what it computes */
    int log_axis;       /* the values are spread over decades */
} fm_option_explore;

typedef struct fm_option {
    const char *name; /* without its dashes; NULL ends a table */
    enum fm_option_kind kind;
    char letter;          /* -q; 0 for none */
    const char *argument; /* its name in the help: "N"; NULL when there is none */
    const char *standard; /* the default, read like an argument; NULL: as it is, or off */
    const char *help;
    size_t offset; /* of the value, in a struct */
    int value;
    double low, high;
    int low_open, high_open;
    int or_none;              /* of a whole number: 0 is none, and written so */
    size_t most;              /* values in a list */
    const char *const *names; /* ended by NULL */

    /* ---- Of training settings (settings/settings.h) ---- */

    unsigned groups;      /* of enum fm_settings_group */
    const char *label;    /* in a report: "Learning rate" */
    const char *unit;     /* after the value; NULL for none */
    const char *words[2]; /* of a flag that is off, and on */
    unsigned used_by;     /* 1u << enum fm_optimizer_kind of those that use it; 0: all */
    int only_training;    /* what a trained network computes does not depend on it */
    enum fm_option_resume resume;
    fm_option_explore explore;
} fm_option;

/* In the following, base is the struct that the row's offset counts from. */

/* Reads a value: NULL and "on" turn a flag on, "off" turns it off; "none" is an empty list, or none
 * where the row has that. *base stays as it is when it fails. A text is kept as it is, not copied.
 * FM_E_ARGUMENT, with the row's name as what. */
int fm_option_parse(void *base, const fm_option *option, const char *text, fm_error *error);

/* Stores the default; a flag is off. FM_E_ARGUMENT when the row's default is none. */
int fm_option_reset(void *base, const fm_option *option, fm_error *error);

/* Room for any value: 64 numbers and more in a list. */
enum { FM_OPTION_TEXT_SIZE = 2048 };

/* The value in the one way that fm_option_parse reads back. Not of HELP and TEXT; the same holds
 * for the functions below. */
void fm_option_print(char out[FM_OPTION_TEXT_SIZE], const void *base, const fm_option *option);

/* FM_E_ARGUMENT when the value is out of its range. */
int fm_option_check(const void *base, const fm_option *option, fm_error *error);
/* The value must be in its range. */
void fm_option_copy(void *out, const void *from, const fm_option *option);
int fm_option_same(const void *a, const void *b, const fm_option *option);

/* Whether a flag is on. */
int fm_option_is_on(const void *base, const fm_option *option);
/* Whether the row is another way to write a list that has a row of its own. */
int fm_option_is_alias(const fm_option *option);

#endif
