/* Reads input files. Accepts only regular files. */
#ifndef FM_BASE_INPUT_H
#define FM_BASE_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "fmnist_cl/error.h"

typedef struct fm_input {
    const char *path; /* for messages; owned by the caller */
    int descriptor;
    uint64_t size; /* when the file was opened */
} fm_input;

/* path must outlive the input. Close with fm_input_close. FM_E_FILE. */
int fm_input_open(fm_input *out, const char *path, fm_error *error);
/* Reads size bytes, or fewer at the end of the file; *got is the number read. FM_E_FILE. */
int fm_input_read(void *out, size_t *got, fm_input *input, size_t size, fm_error *error);
/* Reads the first bytes of the file, at most size, wherever the next read continues. FM_E_FILE. */
int fm_input_begin(void *out, size_t *got, const fm_input *input, size_t size, fm_error *error);
void fm_input_close(fm_input *input);

#endif
