/* Wraps allocations. glibc also exports its allocator as __libc_malloc etc., which avoids dlsym;
 * dlsym would allocate. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "faults/faults.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static int is_due(const char *name, const void *caller) {
    int due = faults_due(FAULTS_MEMORY, name, NULL, caller);
    if (due)
        errno = ENOMEM;
    return due;
}

void *malloc(size_t size) {
    if (is_due("malloc", __builtin_return_address(0)))
        return NULL;
    void *memory = __libc_malloc(size);
    FAULTS_TAKE(FAULTS_MEMORY, memory);
    return memory;
}

void *calloc(size_t count, size_t size) {
    if (is_due("calloc", __builtin_return_address(0)))
        return NULL;
    void *memory = __libc_calloc(count, size);
    FAULTS_TAKE(FAULTS_MEMORY, memory);
    return memory;
}

void *realloc(void *old, size_t size) {
    if (is_due("realloc", __builtin_return_address(0)))
        return NULL;
    void *memory = __libc_realloc(old, size);
    if (memory || size == 0)
        faults_give_back(FAULTS_MEMORY, old);
    FAULTS_TAKE(FAULTS_MEMORY, memory);
    return memory;
}

void free(void *memory) {
    faults_give_back(FAULTS_MEMORY, memory);
    __libc_free(memory);
}
