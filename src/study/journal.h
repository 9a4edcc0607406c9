/* The journal of an experiment: a file with a line per finished or failed trial. If a trial that
 * failed without diverging is repeated, its new line replaces the old one. The first line contains
 * the settings. */
#ifndef FM_STUDY_JOURNAL_H
#define FM_STUDY_JOURNAL_H

#include <jansson.h>

#include "fmnist_cl/error.h"

typedef struct fm_journal fm_journal;

/* Opens or creates FOLDER/journal.jsonl, and locks it against other processes. *lines is an array
 * of the objects in the file; free with json_decref. An incomplete last line, from a killed
 * program, is removed. FM_E_ARGUMENT if the file has other settings; the error names the first
 * difference. FM_E_FORMAT if the file is not a journal or is damaged; FM_E_FILE, FM_E_MEMORY. Close
 * with fm_journal_close. */
int fm_journal_open(fm_journal **out, json_t **lines, const char *folder, const json_t *settings,
                    fm_error *error);
void fm_journal_close(fm_journal *journal);

/* Adds the object as a line, steals its reference, and flushes the file to the disk. On failure, a
 * partly written line is removed. FM_E_FILE, FM_E_MEMORY. */
int fm_journal_add(fm_journal *journal, json_t *line, fm_error *error);

#endif
