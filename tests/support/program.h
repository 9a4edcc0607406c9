/* Runs fmnist-cl as a child process, as a user would. */
#ifndef FM_TESTS_PROGRAM_H
#define FM_TESTS_PROGRAM_H

#include <stdio.h>
#include <sys/types.h>

typedef struct program {
    const char *path;               /* of the program; NULL: fmnist-cl */
    const char *folder;             /* to run in; NULL: here */
    const char *const *environment; /* NULL-terminated: "NAME=VALUE" sets, "NAME" removes */
    size_t file_limit;              /* bytes that a file may have; 0: as many as it likes */
    size_t memory_limit;            /* bytes of address space that it may have; 0: no limit */
    size_t time_limit;              /* seconds of processor time that it may take; 0: no limit */
    int unprivileged;               /* nobody runs it when the tests are run by root */
    const char *out_path;           /* where stdout goes; NULL: into .out; "": it is closed */

    pid_t pid;
    FILE *out_file, *err_file;

    int status; /* exit status; -N when signal N ended it */
    char *out;  /* what it printed */
    char *err;
    size_t resident; /* bytes of memory that it had at most */
} program;

/* Starts the program with the arguments, NULL-terminated. */
void program_start(program *program, const char *const *arguments);
/* Waits until stderr shows the text; fails the test when the program ends before, or after a
 * minute. */
void program_wait_for(program *program, const char *text);
/* Waits until it ends; fails the test when it does not within five minutes. Free with program_free.
 */
void program_wait(program *program);
void program_free(program *program);

/* Start and wait, of a program whose first members the caller has set. */
#define program_run(p, ...)                                                                        \
    do {                                                                                           \
        program_start((p), (const char *[]){__VA_ARGS__, NULL});                                   \
        program_wait(p);                                                                           \
    } while (0)

#endif
