#include "io/json_memory.h"

#include <setjmp.h>

#include "base/ring.h"
#include "fmnist_cl/json_memory.h"

/* jansson's functions for memory are told nothing but a size: what is being read must be known by
 * the thread. */
typedef struct reading {
    fm_ring pieces; /* all that it has allocated */
    jmp_buf no_memory;
} reading;

static _Thread_local reading *current;

static void *allocate(size_t size) {
    void *made = fm_ring_allocate(current ? &current->pieces : NULL, size);
    if (!made && current)
        longjmp(current->no_memory, 1);
    return made;
}

void fm_json_memory_guard(void) {
    json_set_alloc_funcs(allocate, fm_ring_release);
}

json_t *fm_json_memory_load(int *no_memory, const char *text, size_t length, size_t flags,
                            json_error_t *problem) {
    reading r;
    fm_ring_start(&r.pieces);
    *no_memory = setjmp(r.no_memory);
    current = *no_memory ? NULL : &r;
    if (*no_memory) {
        fm_ring_free(&r.pieces);
        return NULL;
    }
    json_t *document = json_loadb(text, length, flags, problem);
    current = NULL;
    fm_ring_scatter(&r.pieces);
    return document;
}
