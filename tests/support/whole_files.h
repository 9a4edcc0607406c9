/* Whether the files that a command left are whole. */
#ifndef FM_TESTS_WHOLE_FILES_H
#define FM_TESTS_WHOLE_FILES_H

/* Looks through a folder and all below it: weights that can be read, JSON that ends, tables without
 * a half row, journals of whole lines, pictures, pages with an end; and no file aside. What is
 * wrong and where, in memory that the next call takes again; NULL: nothing. careless: the system
 * let nothing be cleaned up, so files aside and half lines at an end may be there. */
const char *whole_files_find_torn(const char *folder, int careless);

/* A small picture. */
void whole_files_write_png(const char *path);

#endif
