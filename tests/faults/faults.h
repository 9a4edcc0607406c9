/* A library that is loaded before the program (LD_PRELOAD) and stands between it and the system:
 * it counts the program's calls, and fails the one that it is told to. Calls that the OpenCL driver
 * or the C++ runtime make for themselves are let through and not counted.
 *
 *   FM_FAULTS=memory:12     the 12th allocation fails (memory, files, opencl; 0: none)
 *   FM_FAULTS=opencl:5+     the 5th OpenCL call and all after it, as when a device is lost
 *   FM_FAULTS=clock:3600    nothing fails, but whenever the date is asked for the clock has been
 *                           set back by another 3600 seconds
 *   FM_FAULTS_REPORT=FILE   where it writes, when the program ends: how many calls of each kind
 *                           there were, which failed, and what was not given back
 *
 * The children of the program run without it. */
#ifndef FM_TESTS_FAULTS_H
#define FM_TESTS_FAULTS_H

#include <stddef.h>

enum faults_kind { FAULTS_MEMORY, FAULTS_FILES, FAULTS_OPENCL, FAULTS_KINDS };

/* Counts a call that returns to `caller`, if that is the program's own. Whether it is to fail.
 * detail, such as a path, may be NULL. */
int faults_due(enum faults_kind kind, const char *name, const char *detail, const void *caller);
#define FAULTS_DUE(kind, name, detail) faults_due(kind, name, detail, __builtin_return_address(0))

/* What the program holds and has to give back: its blocks of memory, descriptors, objects of
 * OpenCL. Taking counts only what the program itself takes. */
void faults_take(enum faults_kind kind, const void *thing, const void *caller);
void faults_give_back(enum faults_kind kind, const void *thing);
#define FAULTS_TAKE(kind, thing) faults_take(kind, thing, __builtin_return_address(0))

/* Seconds by which the clock goes back at each look at it; how often the program looked. */
extern long faults_clock_step;
extern _Atomic long faults_clock_reads;

/* The function that this library's one stands before. */
void *faults_next(const char *name);

#endif
