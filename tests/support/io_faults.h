/* File faults. A fault holds the number of the call that fails, counted from 1; 0: none fails. */
#ifndef FM_TESTS_IO_FAULTS_H
#define FM_TESTS_IO_FAULTS_H

enum io_call { IO_CALLOC, IO_READ, IO_WRITE, IO_FSYNC, IO_RENAME, IO_CLOSE, IO_CALLS };

/* Arms one fault. errno is ENOSPC for write, else EIO. */
void io_faults_arm(enum io_call call, int number);
/* Whether the armed fault has occurred; disarms all faults. */
int io_faults_struck(enum io_call call);
/* Whether the armed fault has occurred; disarms it. Fails the test unless the status fits: FM_OK if
 * it did not occur, FM_E_MEMORY for calloc, FM_E_FILE for another call. */
int io_faults_failed(enum io_call call, int status);
/* Makes reads and writes transfer a few bytes at a time, with EINTR in between. */
void io_faults_short(int are_short);

#endif
