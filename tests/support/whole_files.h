/* Checks that the files a command left behind are complete. */
#ifndef FM_TESTS_WHOLE_FILES_H
#define FM_TESTS_WHOLE_FILES_H

/* Checks a folder and its subfolders: weights load, JSON parses, tables and journals end with a
 * complete line, images and pages are complete, no temporary file is left. Returns a description of
 * the first problem, in memory that the next call reuses; NULL if there is none. careless: the
 * program could not clean up, so temporary files and a partial last line are allowed. */
const char *whole_files_find_torn(const char *folder, int careless);

/* Writes a small PNG image. */
void whole_files_write_png(const char *path);

#endif
