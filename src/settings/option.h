/* A row of a table of options or training settings. It describes how a value is parsed, checked,
 * stored, printed and explained. The functions work for every row. */
#ifndef FM_SETTINGS_OPTION_H
#define FM_SETTINGS_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

/* The type of the member that holds the value, and its range. */
enum fm_option_kind {
    FM_OPTION_HELP,     /* no value: prints the help text */
    FM_OPTION_FLAG,     /* int, no argument: `value` if on, !value if off */
    FM_OPTION_SIZE,     /* size_t: a whole number in [low, high] */
    FM_OPTION_UNSIGNED, /* uint64_t: the same; high 0: no upper limit */
    FM_OPTION_REAL,     /* double in [low, high]; low_open and high_open exclude an end */
    FM_OPTION_CHOICE,   /* an enum: the index of one of `names` */
    FM_OPTION_SIZES,    /* a list: size_t count, then size_t[most], each in the range */
    FM_OPTION_REALS,    /* a list: size_t count, then double[most], each in the range */
    FM_OPTION_COUNT,    /* alias of a list of sizes: sets the count; each value equals the first */
    FM_OPTION_EACH,     /* alias of a list of sizes: sets all values */
    FM_OPTION_TEXT,     /* const char *: not empty */
};

/* Whether a resumed run may change the value. */
enum fm_option_resume {
    FM_RESUME_SAME, /* no */
    FM_RESUME_MORE, /* only to a larger value */
};

/* How an experiment varies the setting. */
typedef struct fm_option_explore {
    const char *values; /* default values, "1,2,3"; NULL: cannot be varied */
    int log_axis;       /* plot values on a logarithmic axis */
} fm_option_explore;

typedef struct fm_option {
    const char *name; /* without its dashes; NULL ends a table */
    enum fm_option_kind kind;
    char letter;          /* 'q' for -q; 0: none */
    const char *argument; /* name in the help, "N"; NULL: takes no argument */
    const char *standard; /* the default, parsed like an argument; NULL: none, or off */
    const char *help;
    size_t offset; /* of the value in its struct */
    int value;
    double low, high;
    int low_open, high_open;
    int or_none;              /* whole numbers: 0 is written as "none" */
    size_t most;              /* maximum length of a list */
    const char *const *names; /* ended by NULL */
    const char *omitted;      /* parsed if the argument is left out; NULL: it must be given */

    /* ---- Only for training settings (settings/settings.h) ---- */

    unsigned groups;      /* of enum fm_settings_group */
    const char *label;    /* name in a report: "Learning rate" */
    const char *unit;     /* after the value; NULL for none */
    const char *words[2]; /* a flag's values in a report: off, on */
    unsigned used_by;     /* 1u << enum fm_optimizer_kind of each optimizer that uses it; 0: all */
    int only_training;    /* a trained network computes the same whatever the value was */
    enum fm_option_resume resume;
    fm_option_explore explore;
} fm_option;

/* In these functions, base is the struct to which the row's offset refers. */

/* Parses and stores a value. NULL and "on" turn a flag on, "off" turns it off; "none" is an empty
 * list, or 0 if or_none is set. On failure *base is unchanged. For TEXT, stores the pointer.
 * FM_E_ARGUMENT, with the row's name as what. */
int fm_option_parse(void *base, const fm_option *option, const char *text, fm_error *error);

/* Stores the default; turns a flag off. FM_E_ARGUMENT if the default is invalid. */
int fm_option_reset(void *base, const fm_option *option, fm_error *error);

/* Large enough for any value, such as a list of 64 numbers. */
enum { FM_OPTION_TEXT_SIZE = 2048 };

/* Prints the value in the normal form, which fm_option_parse reads back. Not for HELP and TEXT,
 * like the functions below. */
void fm_option_print(char out[FM_OPTION_TEXT_SIZE], const void *base, const fm_option *option);

/* FM_E_ARGUMENT when the value is out of its range. */
int fm_option_check(const void *base, const fm_option *option, fm_error *error);
/* The value must be in its range. */
void fm_option_copy(void *out, const void *from, const fm_option *option);
int fm_option_same(const void *a, const void *b, const fm_option *option);

/* Whether a flag is on. */
int fm_option_is_on(const void *base, const fm_option *option);
/* Whether the row is another way to set a list that has its own row. */
int fm_option_is_alias(const fm_option *option);

#endif
