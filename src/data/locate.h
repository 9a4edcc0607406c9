/* Finds the data set's files. */
#ifndef FM_DATA_LOCATE_H
#define FM_DATA_LOCATE_H

#include <stddef.h>

#include "fmnist_cl/dataset.h"

enum { FM_PATH_SIZE = 4096 };

/* Names of the files without .gz, in the order of fm_dataset_file. */
extern const char *const fm_data_stems[FM_DATA_FILES];

/* Writes the path of the file that exists: "FOLDER/STEM", "FOLDER/STEM.gz", or one of these with a
 * dot before "idx". Returns whether one does; 0 as well if the path does not fit into size bytes.
 */
int fm_locate_file(char *out, size_t size, const char *folder, const char *stem);

#endif
