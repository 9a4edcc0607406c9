/* Faults for tests of files. A test that uses them has the line
 *   wrap: calloc read write fsync rename close
 * (as a comment of its own, see tests/CMakeLists.txt). Each fault counts calls from 1; the call
 * whose number it holds fails, 0: none does. */
#ifndef FM_TESTS_IO_FAULTS_H
#define FM_TESTS_IO_FAULTS_H

enum io_call { IO_CALLOC, IO_READ, IO_WRITE, IO_FSYNC, IO_RENAME, IO_CLOSE, IO_CALLS };

/* Arms one fault. The error is ENOSPC for write and EIO otherwise. */
void io_faults_arm(enum io_call call, int number);
/* Whether the armed call has come; disarms all. */
int io_faults_struck(enum io_call call);
/* Reads and writes take a few bytes at a time and are interrupted in between. */
void io_faults_short(int are_short);

#endif
