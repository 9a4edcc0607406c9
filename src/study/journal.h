/* The journal of an experiment: a file to which a line is added for each finished trial, and for
 * each that failed; of one that did not diverge a later line takes the place. The first line holds
 * the settings in force. */
#ifndef FM_STUDY_JOURNAL_H
#define FM_STUDY_JOURNAL_H

#include <jansson.h>

#include "fmnist_cl/error.h"

typedef struct fm_journal fm_journal;

/* Opens FOLDER/journal.jsonl, for one process at a time, or begins it. *lines is an array of the
 * objects that were added before (json_decref it). A last line that was cut when the program was
 * killed is taken away. FM_E_ARGUMENT when the settings in force are others: the error says which;
 * FM_E_FORMAT when the file is no journal, or is damaged; FM_E_FILE, FM_E_MEMORY.
 * Close with fm_journal_close. */
int fm_journal_open(fm_journal **out, json_t **lines, const char *folder, const json_t *settings,
                    fm_error *error);
void fm_journal_close(fm_journal *journal);

/* Adds the object, whose reference it takes, and waits until it is on the disk. What could be
 * written of it is taken away again when it fails. FM_E_FILE, FM_E_MEMORY. */
int fm_journal_add(fm_journal *journal, json_t *line, fm_error *error);

#endif
