#include "support/faulty_program.h"

#ifdef FM_FAULTS_LIBRARY

#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/small_runs.h"
#include "support/temporary.h"

void faulty_prepare(const char *folder, const char *const *arguments) {
    char cache[600];
    snprintf(cache, sizeof cache, "FMNIST_CACHE=%s", temporary_path(folder, "cache"));
    const char *const environment[] = {cache, NULL};
    program p = {.folder = folder, .environment = environment};
    program_start(&p, arguments);
    program_wait(&p);
    if (p.status)
        fail_msg("%s: untouched it ends with %d: %s", arguments[0], p.status, p.err);
    program_free(&p);
}

void faulty_run(faulty_program *out, const char *folder, const char *fault,
                const char *const *arguments) {
    char preload[600], which[64], report[600], cache[600];
    const char *const path = temporary_path(folder, "report.json");
    remove(path);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", FM_FAULTS_LIBRARY);
    snprintf(which, sizeof which, "FM_FAULTS=%s", fault);
    snprintf(report, sizeof report, "FM_FAULTS_REPORT=%s", path);
    snprintf(cache, sizeof cache, "FMNIST_CACHE=%s", temporary_path(folder, "cache"));
    const char *const environment[] = {preload, which, report, cache, "PATH=/nowhere", NULL};
    *out = (faulty_program){.p = {.folder = folder, .environment = environment}};
    program_start(&out->p, arguments);
    program_wait(&out->p);
    if (!file_exists(path))
        fail_msg("%s, %s: it did not come to its end, status %d: %s", arguments[0], fault,
                 out->p.status, out->p.err);
    out->report = load_json(path);
    out->failed = json_string_value(json_object_get(out->report, "failed"));
}

long faulty_count(const faulty_program *faulty, const char *name) {
    return (long)json_integer_value(json_object_get(faulty->report, name));
}

void faulty_free(faulty_program *faulty) {
    json_decref(faulty->report);
    program_free(&faulty->p);
}

#endif
