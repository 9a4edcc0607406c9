/* Runs fmnist-cl as a child process, as a user does. */
#ifndef FM_TESTS_PROGRAM_H
#define FM_TESTS_PROGRAM_H

#include <stdio.h>
#include <sys/types.h>

typedef struct program {
    const char *path;               /* path of the program; NULL: fmnist-cl */
    const char *folder;             /* working folder; NULL: the current one */
    const char *const *environment; /* NULL-terminated: "NAME=VALUE" sets, "NAME" removes */
    size_t file_limit;              /* maximum file size in bytes; 0: unlimited */
    size_t memory_limit;            /* maximum address space in bytes; 0: unlimited */
    size_t time_limit;              /* maximum processor time in seconds; 0: unlimited */
    int unprivileged;               /* run as user nobody if the tests run as root */
    const char *out_path;           /* file for stdout; NULL: into .out; "": closed */

    pid_t pid;
    FILE *out_file, *err_file;

    int status; /* exit status; -N if signal N ended the program */
    char *out;  /* captured output */
    char *err;
    size_t resident; /* peak resident memory in bytes */
} program;

/* Starts the program with NULL-terminated arguments. */
void program_start(program *program, const char *const *arguments);
/* Waits until stderr contains the text. Fails the test if the program ends first, or after 30
 * minutes. */
void program_wait_for(program *program, const char *text);
/* Waits for the end of the program; fails the test after 30 minutes. Free with program_free. */
void program_wait(program *program);
void program_free(program *program);

/* Starts a program, whose first members the caller has set, and waits for its end. */
#define program_run(p, ...)                                                                        \
    do {                                                                                           \
        program_start((p), (const char *[]){__VA_ARGS__, NULL});                                   \
        program_wait(p);                                                                           \
    } while (0)

#endif
