/* Decides whether a call is the program's own and whether it fails; tracks unreleased objects;
 * writes the report. */
#define _GNU_SOURCE /* dl_iterate_phdr, RTLD_NEXT, backtrace */

#include "faults/faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Whose call it is ---- */

typedef struct range {
    uintptr_t begin, end;
} range;

enum { RANGES = 128 };
typedef struct ranges {
    range part[RANGES];
    int count;
} ranges;
static ranges program, helpers, system_library, own;

static int is_in(const ranges *where, const void *address) {
    for (int i = 0; i < where->count; i++)
        if ((uintptr_t)address >= where->part[i].begin && (uintptr_t)address < where->part[i].end)
            return 1;
    return 0;
}

/* Libraries that allocate only on behalf of the program: their allocations count as its own. */
static int is_helper(const char *path) {
    static const char *const names[] = {"libjansson.",  "libpng",        "libz.",
                                        "libfreetype.", "librhash.",     "libnettle.",
                                        "libclblast",   "libprotobuf-c."};
    const char *slash = strrchr(path, '/');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(slash ? slash + 1 : path, names[i], strlen(names[i])))
            return 1;
    return 0;
}

static int add_ranges(struct dl_phdr_info *info, size_t size, void *count) {
    (void)size;
    const char *slash = strrchr(info->dlpi_name, '/');
    const char *name = slash ? slash + 1 : info->dlpi_name;
    ranges *to = (*(int *)count)++ == 0                 ? &program
                 : is_helper(info->dlpi_name)           ? &helpers
                 : !strncmp(name, "libc.so", 7)         ? &system_library
                 : !strncmp(name, "libfm_faults.so", 8) ? &own
                                                        : NULL;
    for (int i = 0; to && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) && to->count < RANGES)
            to->part[to->count++] = (range){info->dlpi_addr + part->p_vaddr,
                                            info->dlpi_addr + part->p_vaddr + part->p_memsz};
    }
    return 0;
}

/* The C library allocates on behalf of its caller (fopen, strdup): search further up the stack. */
static int is_for_program(const void *caller) {
    static _Thread_local int is_looking;
    enum { DEPTH = 24 };
    void *frames[DEPTH];
    if (is_in(&program, caller) || is_in(&helpers, caller))
        return 1;
    if (!is_in(&system_library, caller) || is_looking)
        return 0;
    is_looking = 1;
    int depth = backtrace(frames, DEPTH), found = 0;
    for (int i = 0; i < depth; i++)
        if (!is_in(&system_library, frames[i]) && !is_in(&own, frames[i])) {
            found = is_in(&program, frames[i]);
            break;
        }
    is_looking = 0;
    return found;
}

/* ---- Which call fails ---- */

static const char *const kind_names[FAULTS_KINDS] = {"memory", "files", "opencl"};
static _Atomic long counts[FAULTS_KINDS];
static long number;
static int wanted = -1, lasts;
static char failed[512];
static _Atomic int has_failed;

int faults_due(enum faults_kind kind, const char *name, const char *detail, const void *caller) {
    if (!is_for_program(caller))
        return 0;
    long count = atomic_fetch_add(&counts[kind], 1) + 1;
    if ((int)kind != wanted || number == 0 || (lasts ? count < number : count != number))
        return 0;
    if (!atomic_exchange(&has_failed, 1)) {
        Dl_info from = {.dli_fname = "?"};
        if (!detail && kind == FAULTS_MEMORY && dladdr(caller, &from) && from.dli_fname)
            detail =
                strrchr(from.dli_fname, '/') ? strrchr(from.dli_fname, '/') + 1 : from.dli_fname;
        snprintf(failed, sizeof failed, "%s %s", name, detail ? detail : "-");
        for (char *at = failed; *at; at++) {
            if (*at == '\n')
                *at = '?';
        }
    }
    return 1;
}

void *faults_next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function)
        abort();
    return function;
}

/* ---- Unreleased objects ---- */

enum { SLOTS = 1 << 17 };
static const void *const gone = &gone;
static const void *held[FAULTS_KINDS][SLOTS];
static long held_count[FAULTS_KINDS];
static atomic_flag lock = ATOMIC_FLAG_INIT;

static void acquire(void) {
    while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
        continue;
}

static void release(void) {
    atomic_flag_clear_explicit(&lock, memory_order_release);
}

static size_t first_slot(const void *thing) {
    return (size_t)(((uintptr_t)thing >> 4) * 0x9e3779b97f4a7c15ULL >> 20) % SLOTS;
}

void faults_take(enum faults_kind kind, const void *thing, const void *caller) {
    /* Does not count what libraries keep: a stream's buffer, programs that CLBlast compiled. */
    if (!thing || !(is_in(&program, caller) || (kind == FAULTS_MEMORY && is_in(&helpers, caller))))
        return;
    acquire();
    size_t slot = first_slot(thing);
    while (held[kind][slot] && held[kind][slot] != gone)
        slot = (slot + 1) % SLOTS;
    held[kind][slot] = thing;
    held_count[kind]++;
    release();
}

void faults_give_back(enum faults_kind kind, const void *thing) {
    if (!thing || !held_count[kind])
        return;
    acquire();
    size_t slot = first_slot(thing);
    for (size_t tries = 0; held[kind][slot] && tries < SLOTS; tries++) {
        if (held[kind][slot] == thing) {
            held[kind][slot] = gone;
            held_count[kind]--;
            break;
        }
        slot = (slot + 1) % SLOTS;
    }
    release();
}

/* ---- Start and end ---- */

static char report_path[4096];

__attribute__((constructor)) static void begin(void) {
    int seen = 0;
    void *frames[2];
    (void)backtrace(frames, 2); /* loads the unwinder now, rather than inside an allocation */
    const char *fault = getenv("FM_FAULTS"), *report = getenv("FM_FAULTS_REPORT");
    if (fault && !strncmp(fault, "clock:", 6))
        faults_clock_step = atol(fault + 6);
    for (int kind = 0; fault && kind < FAULTS_KINDS; kind++) {
        size_t length = strlen(kind_names[kind]);
        if (!strncmp(fault, kind_names[kind], length) && fault[length] == ':') {
            char *end;
            wanted = kind;
            number = strtol(fault + length + 1, &end, 10);
            lasts = *end == '+';
        }
    }
    snprintf(report_path, sizeof report_path, "%s", report ? report : "");
    unsetenv("LD_PRELOAD");
    unsetenv("FM_FAULTS");
    unsetenv("FM_FAULTS_REPORT");
    dl_iterate_phdr(add_ranges, &seen);
}

__attribute__((destructor)) static void end(void) {
    char text[1024];
    wanted = -1;
    if (!report_path[0])
        return;
    int length = snprintf(text, sizeof text,
                          "{\"memory\":%ld,\"files\":%ld,\"opencl\":%ld,\"blocks\":%ld,"
                          "\"descriptors\":%ld,\"objects\":%ld,\"clock\":%ld,\"failed\":\"",
                          counts[0], counts[1], counts[2], held_count[0], held_count[1],
                          held_count[2], faults_clock_reads);
    for (const char *at = failed; *at && length < (int)sizeof text - 8; at++) {
        if (*at == '"' || *at == '\\')
            text[length++] = '\\';
        text[length++] = *at;
    }
    length += snprintf(text + length, sizeof text - (size_t)length, "\"}\n");
    int descriptor = open(report_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || write(descriptor, text, (size_t)length) != length)
        abort();
    close(descriptor);
}
