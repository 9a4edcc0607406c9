#include "cl/warnings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cl/clean_text.h"

static int reserve_one(fm_warnings *warnings, fm_error *error) {
    if (warnings->count < warnings->capacity)
        return FM_OK;
    size_t capacity = warnings->capacity ? 2 * warnings->capacity : 8;
    char **lines;
    int status = fm_memory_allocate(&lines, capacity, sizeof *lines, "warnings", error);
    if (status)
        return status;
    if (warnings->count)
        memcpy(lines, warnings->lines, warnings->count * sizeof *lines);
    free(warnings->lines);
    warnings->lines = lines;
    warnings->capacity = capacity;
    return FM_OK;
}

int fm_warnings_add(fm_warnings *warnings, fm_error *error, const char *line, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, line);
    vsnprintf(text, sizeof text, line, arguments);
    va_end(arguments);
    fm_cl_text_clean(text, sizeof text, text);

    int status = reserve_one(warnings, error);
    if (status)
        return status;
    char *copy;
    status = fm_memory_allocate(&copy, strlen(text) + 1, 1, "a warning", error);
    if (status)
        return status;
    memcpy(copy, text, strlen(text) + 1);
    warnings->lines[warnings->count++] = copy;
    return FM_OK;
}

void fm_warnings_clear(fm_warnings *warnings) {
    for (size_t i = 0; i < warnings->count; i++)
        free(warnings->lines[i]);
    free(warnings->lines);
    *warnings = (fm_warnings){0};
}
