/* The command that trains the same again. */
#ifndef FM_REPORT_RUN_COMMAND_H
#define FM_REPORT_RUN_COMMAND_H

#include "base/text.h"
#include "fmnist_cl/run_report.h"

/* As it is typed into a shell, with every setting that matters named, so that it stays the same
 * when a default changes. */
void fm_run_command_add(fm_text *out, const fm_run_report *report);

#endif
