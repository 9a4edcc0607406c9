/* A temporary folder for a test, with what a test needs to fill it and look at it. A failure here
 * fails the test that asked. */
#ifndef FM_TESTS_TEMPORARY_H
#define FM_TESTS_TEMPORARY_H

#include <stddef.h>

/* Makes an empty folder. Give it back with temporary_remove, which removes all that is in it. */
char *temporary_create(void);
void temporary_remove(char *folder);

/* "FOLDER/NAME", in memory that the 64th call after this one takes again. */
const char *temporary_path(const char *folder, const char *name);

/* Writes a file of size bytes. */
void temporary_write(const char *path, const void *bytes, size_t size);
/* Reads a file whole; free() the result. */
unsigned char *temporary_read(const char *path, size_t *size);
/* How many entries a folder holds, "." and ".." apart. */
size_t temporary_count(const char *folder);
/* The path of the only one, as temporary_path gives it. */
const char *temporary_only(const char *folder);

/* cmocka setup and teardown for tests that want a folder as *state. */
int temporary_setup(void **state);
int temporary_teardown(void **state);

#endif
