/* What the words of this program mean, for who has never trained a network. */
#ifndef FM_REPORT_EXPLAIN_H
#define FM_REPORT_EXPLAIN_H

#include <stddef.h>

#include "report/html.h"

typedef struct fm_explanation {
    const char *name;  /* as the command line has it: "batch-size" */
    const char *title; /* "Batch size" */
    const char *text;  /* a sentence or two */
} fm_explanation;

/* By its name; NULL when there is none. */
const fm_explanation *fm_explain_find(const char *name);

/* All of them, folded away. */
void fm_explain_add(fm_html *page);

#endif
