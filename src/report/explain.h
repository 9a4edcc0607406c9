/* Explanations of terms, for readers who have never trained a network. */
#ifndef FM_REPORT_EXPLAIN_H
#define FM_REPORT_EXPLAIN_H

#include <stddef.h>

#include "report/html.h"

typedef struct fm_explanation {
    const char *name;  /* as on the command line: "batch-size" */
    const char *title; /* "Batch size" */
    const char *text;  /* a sentence or two */
} fm_explanation;

/* Finds an explanation by name; NULL if there is none. */
const fm_explanation *fm_explain_find(const char *name);

/* Adds all of them, in a collapsed section. */
void fm_explain_add(fm_html *page);

#endif
