/* A preloaded library (LD_PRELOAD) between the program and the system. It counts the program's
 * calls and makes the requested one fail. Calls that the OpenCL driver or the C++ runtime make for
 * themselves pass through uncounted.
 *
 *     FM_FAULTS=memory:12     the 12th allocation fails (memory, files, opencl; 0: none)
 *     FM_FAULTS=opencl:5+     the 5th OpenCL call and all later ones fail, as on a lost device
 *     FM_FAULTS=clock:3600    nothing fails, but each reading of the date is set back by another
 *                             3600 seconds
 *     FM_FAULTS_REPORT=FILE   file for the report, written when the program ends: the number of
 *                             calls of each kind, which one failed, and what was not released
 *
 * Child processes of the program run without the library. */
#ifndef FM_TESTS_FAULTS_H
#define FM_TESTS_FAULTS_H

#include <stddef.h>

enum faults_kind { FAULTS_MEMORY, FAULTS_FILES, FAULTS_OPENCL, FAULTS_KINDS };

/* Counts a call that returns to `caller`, if it is the program's own. Returns whether it must fail.
 * detail, such as a path, may be NULL. */
int faults_due(enum faults_kind kind, const char *name, const char *detail, const void *caller);
#define FAULTS_DUE(kind, name, detail) faults_due(kind, name, detail, __builtin_return_address(0))

/* Tracks what the program must release: memory blocks, descriptors, OpenCL objects. faults_take
 * counts only what the program itself acquires. */
void faults_take(enum faults_kind kind, const void *thing, const void *caller);
void faults_give_back(enum faults_kind kind, const void *thing);
#define FAULTS_TAKE(kind, thing) faults_take(kind, thing, __builtin_return_address(0))

/* The seconds by which each reading of the date is set back, and the number of readings. */
extern long faults_clock_step;
extern _Atomic long faults_clock_reads;

/* The real function of this name. */
void *faults_next(const char *name);
/* Declares it as `real`. Include <string.h>. */
#define REAL(name)                                                                                 \
    __typeof__(&name) real;                                                                        \
    void *function = faults_next(#name);                                                           \
    memcpy(&real, &function, sizeof real)

#endif
