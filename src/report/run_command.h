/* The command that repeats a training. */
#ifndef FM_REPORT_RUN_COMMAND_H
#define FM_REPORT_RUN_COMMAND_H

#include "base/text.h"
#include "fmnist_cl/run_report.h"

/* Appends the command for a shell. It names every setting that matters, so that it stays valid if a
 * default changes. */
void fm_run_command_add(fm_text *out, const fm_run_report *report);

#endif
