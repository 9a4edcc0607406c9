#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int make_room(fm_text *text, size_t size) {
    enum { LEAST = 256 };
    if (text->failed || size >= SIZE_MAX / 4 - text->length) {
        text->failed = 1;
        return 0;
    }
    size_t needed = text->length + size + 1;
    if (needed <= text->capacity)
        return 1;
    size_t capacity = text->capacity * 2 > needed ? text->capacity * 2 : needed;
    capacity = capacity < LEAST ? LEAST : capacity;
    char *bytes;
    text->failed = fm_memory_allocate(&bytes, capacity, 1, "text", NULL) != FM_OK;
    if (text->failed)
        return 0;
    if (text->length)
        memcpy(bytes, text->bytes, text->length);
    free(text->bytes);
    text->bytes = bytes;
    text->capacity = capacity;
    return 1;
}

void fm_text_add_bytes(fm_text *text, const char *bytes, size_t size) {
    if (!make_room(text, size))
        return;
    if (size)
        memcpy(text->bytes + text->length, bytes, size);
    text->length += size;
    text->bytes[text->length] = '\0';
}

void fm_text_add(fm_text *text, const char *string) {
    fm_text_add_bytes(text, string, strlen(string));
}

void fm_text_vprint(fm_text *text, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0) {
        text->failed = 1;
    } else if (make_room(text, (size_t)length)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

void fm_text_print(fm_text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fm_text_vprint(text, format, arguments);
    va_end(arguments);
}

int fm_text_take(char **out, fm_text *text, const char *what, fm_error *error) {
    *out = NULL;
    fm_text_add(text, "");
    int failed = text->failed;
    if (!failed) {
        *out = text->bytes;
        text->bytes = NULL;
    }
    fm_text_free(text);
    return failed ? fm_error_set(error, FM_E_MEMORY, what, "not enough memory") : FM_OK;
}

void fm_text_free(fm_text *text) {
    free(text->bytes);
    *text = (fm_text){0};
}
