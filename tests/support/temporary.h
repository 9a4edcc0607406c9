/* A temporary folder for a test, and helpers to fill and read it. Failures here fail the test. */
#ifndef FM_TESTS_TEMPORARY_H
#define FM_TESTS_TEMPORARY_H

#include <stddef.h>

/* Creates an empty folder. temporary_remove deletes it with its content. */
char *temporary_create(void);
void temporary_remove(char *folder);

/* "FOLDER/NAME". The 64th call after this one reuses the memory. */
const char *temporary_path(const char *folder, const char *name);

/* Writes a file of size bytes. */
void temporary_write(const char *path, const void *bytes, size_t size);
/* Reads a whole file; free the result with free(). */
unsigned char *temporary_read(const char *path, size_t *size);
/* Number of entries of a folder, without "." and "..". */
size_t temporary_count(const char *folder);
/* The path of the folder's only entry, as temporary_path returns it. */
const char *temporary_only(const char *folder);

/* cmocka setup and teardown for tests that use a folder as *state. */
int temporary_setup(void **state);
int temporary_teardown(void **state);

#endif
