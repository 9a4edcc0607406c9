/* The whole program while something fails: each allocation, each operation on a file, each call of
 * OpenCL, the Nth for every N, until a run passes untouched. Each failure ends in status 1 and one
 * line that names it, or is borne, where borne_calls says why, and changes nothing in the result;
 * nothing is left behind in memory, no descriptor, no object of OpenCL, no half file.
 *
 * All of it takes minutes, and so it is asked for: FM_FAULTS=1 tries some N of each kind,
 * FM_FAULTS_ALL=1 all. Known to fail: an allocation within jansson that it bears by itself is
 * reported as one that nobody told of (train, OpenCL, memory). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "support/idx_files.h"
#include "support/small_runs.h"
#include "support/temporary.h"
#include "support/whole_files.h"

#ifdef FM_FAULTS_LIBRARY

enum kind { MEMORY, FILES, OPENCL, KINDS };
static const char *const kind_names[KINDS] = {"memory", "files", "opencl"};
/* How a failure is told: any of these. */
static const char *const told[KINDS][2] = {
    {"memory", "CL_OUT_OF_HOST_MEMORY"},
    {"No space left on device", "Input/output error"},
    {"CL_OUT_OF_RESOURCES", "CL_OUT_OF_RESOURCES"},
};

/* ---- What is borne ---- */

/* Calls whose failure need not end the program, and why. A detail that is not NULL must be part of
 * the path. */
static const struct {
    enum kind kind;
    const char *call, *detail, *why;
} borne_calls[] = {
    {OPENCL, "clRelease", NULL, "nothing can be done about it, and nothing depends on it"},
    {OPENCL, "clFinish", NULL, "when a device is closed; its results have been read by then"},
    {OPENCL, "clGetDeviceInfo", NULL, "a device that does not say what it is called has no name"},
    {OPENCL, "clGetPlatformInfo", NULL, "nor has a platform"},
    {MEMORY, "malloc", "libfreetype", "some of a font's tables are not needed"},
    {FILES, "fstat", "checked-", "the same"},
    {FILES, "lstat", "out/", "what cannot be looked at is written aside like a new file"},
    {FILES, "readdir", NULL, "what a killed run left aside is then left"},
    {FILES, "closedir", NULL, "of what was only read"},
    {FILES, "opendir", NULL, "what a killed run left aside is then left"},
    {FILES, "flock", NULL, "a file system without locks"},
    {FILES, "open", "checked-", "a check of a device that is not remembered is made again"},
    {MEMORY, "malloc", "libc.so", "a stream without its buffer writes at once"},
    {FILES, "fcntl", NULL, "a file system without locks; flags that only matter to children"},
    {FILES, "close", NULL, "of what was only read, or has been flushed"},
    {FILES, "open", "(a folder)",
     "a folder that cannot be opened to be flushed is left to the system"},
    {FILES, "access", ".gz", "the file without .gz is looked for as well"},
    {FILES, "access", "-ubyte", "the file with .gz is looked for as well"},
    {FILES, "stat", "out/", "what cannot be looked at is written aside like a new file"},
    {FILES, "unlink", ".tmp-", "there is nothing aside to take away"},
    {FILES, "readlink", "/proc/self/exe", "only to look for the data beside the program"},
    {FILES, "scandir", "OpenCL", "drivers that cannot be looked at get a warning where it matters"},
    {FILES, "fopen", "OpenCL", "the same"},
    {FILES, "fclose", NULL, "of what was only read"},
    {FILES, "read", "/dev/urandom", "jansson's seed is then the time"},
    {FILES, "open", "/dev/urandom", "the same"},
};

/* ---- The commands ---- */

#define DATA    "--data", "data"
#define NETWORK "--hidden", "8", "--epochs", "2", "--batch-size", "16"
#define TRAIN   "train", DATA, NETWORK, "--run", "out/run", "-q"
#define EXPLORE                                                                                    \
    "explore", "lr", "--values", "0.001,0.01", "--seeds", "1", DATA, NETWORK, "--run", "out/run",  \
        "-q"

typedef struct command {
    const char *name;
    const char *kinds; /* m, f, o; in capitals: from the Nth on all fail, as when a disk is full or
                          a device lost */
    const char *arguments[32];
} command;

static const command commands[] = {
    {"train, reference", "mfF", {TRAIN, "--device", "reference"}},
    {"train, OpenCL", "moO", {TRAIN, "--device", "cpu"}},
    {"train, CLBlast", "oO", {TRAIN, "--device", "cpu", "--gemm", "clblast"}},
    {"eval, reference",
     "mfF",
     {"eval", DATA, "trained", "--device", "reference", "--worst", "3", "--png", "out/old.png"}},
    {"eval, OpenCL", "moO", {"eval", DATA, "trained", "--device", "cpu", "--json"}},
    {"predict, a picture", "mf", {"predict", DATA, "trained", "--device", "reference", "a.png"}},
    {"predict, a set",
     "mfF",
     {"predict", DATA, "trained", "--device", "reference", "--set", "test", "--logits",
      "out/old.csv"}},
    {"predict, OpenCL", "o", {"predict", DATA, "trained", "--device", "cpu", "a.png"}},
    {"explore, reference", "mfF", {EXPLORE, "--device", "reference"}},
    {"explore, OpenCL", "moO", {EXPLORE, "--device", "cpu"}},
};

static int is_borne(const command *c, enum kind kind, const char *failed) {
    /* Where a part of a device cannot be opened, the trials run on the whole of it. */
    if (kind != FILES && !strcmp(c->arguments[0], "explore"))
        return 1;
    for (size_t i = 0; i < sizeof borne_calls / sizeof *borne_calls; i++)
        if (borne_calls[i].kind == kind &&
            !strncmp(failed, borne_calls[i].call, strlen(borne_calls[i].call)) &&
            (!borne_calls[i].detail || strstr(failed, borne_calls[i].detail)))
            return 1;
    return 0;
}

/* ---- One run ---- */

typedef struct run {
    program p;
    json_t *report;
    const char *failed; /* "open out/run/x", of the report; "" when nothing did */
} run;

static const char *folder; /* of the test */

/* What is there before: files that must stay as they are or be replaced whole. */
static void prepare_out(void) {
    char *out = strdup(temporary_path(folder, "out"));
    assert_non_null(out);
    if (file_exists(out))
        temporary_remove(out); /* and frees it */
    else
        free(out);
    assert_int_equal(mkdir(temporary_path(folder, "out"), 0777), 0);
    temporary_write(temporary_path(folder, "out/old.csv"), "a,b\n1,2\n", 8);
    whole_files_write_png(temporary_path(folder, "out/old.png"));
}

static void start(run *r, const command *c, const char *fault) {
    char preload[600], which[64], report[600], cache[600];
    const char *path = temporary_path(folder, "report.json");
    remove(path);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", FM_FAULTS_LIBRARY);
    snprintf(which, sizeof which, "FM_FAULTS=%s", fault);
    snprintf(report, sizeof report, "FM_FAULTS_REPORT=%s", path);
    /* Without gnuplot: it is another program, and takes most of the time. */
    snprintf(cache, sizeof cache, "FMNIST_CACHE=%s", temporary_path(folder, "cache"));
    const char *const environment[] = {preload, which, report, cache, "PATH=/nowhere", NULL};
    *r = (run){.p = {.folder = folder, .environment = environment}};
    program_start(&r->p, c->arguments);
    program_wait(&r->p);
    if (!file_exists(path))
        fail_msg("%s, %s: it did not come to its end, status %d: %s", c->name, fault, r->p.status,
                 r->p.err);
    r->report = load_json(path);
    r->failed = json_string_value(json_object_get(r->report, "failed"));
}

static void end(run *r) {
    json_decref(r->report);
    program_free(&r->p);
}

static long count_of(const run *r, const char *name) {
    return (long)json_integer_value(json_object_get(r->report, name));
}

/* Without digits: times differ from run to run. */
static char *without_digits(const char *text) {
    char *out = calloc(1, strlen(text) + 1), *to = out;
    assert_non_null(out);
    for (; *text; text++)
        if (!strchr("0123456789", *text))
            *to++ = *text;
    return out;
}

static int same_text(const char *a, const char *b) {
    char *one = without_digits(a), *other = without_digits(b);
    int same = !strcmp(one, other);
    free(one);
    free(other);
    return same;
}

/* One line of an error; before it there may be warnings, after it a hint. */
static int is_one_error(const char *err) {
    int errors = 0;
    for (const char *line = err; *line;) {
        int is_warning = !strncmp(line, "fmnist-cl: warning: ", 20);
        errors += !is_warning && !strncmp(line, "fmnist-cl: ", 11);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return errors == 1;
}

/* ---- A sweep ---- */

typedef struct tally {
    long calls, tried, told, borne;
} tally;

/* An experiment goes on with its other trials: the one that failed has its reason in the journal.
 */
static int is_recorded(enum kind kind) {
    const char *path = temporary_path(folder, "out/run/journal.jsonl");
    size_t size;
    if (!file_exists(path))
        return 0;
    char *text = (char *)temporary_read(path, &size);
    int is = strstr(text, told[kind][0]) || strstr(text, told[kind][1]);
    free(text);
    return is;
}

/* What is wrong with a run in which something failed; NULL: nothing. */
static const char *find_fault(const command *c, const run *r, const run *untouched, enum kind kind,
                              int lasts, tally *t) {
    if (count_of(r, "blocks"))
        return "memory is not given back";
    if (count_of(r, "descriptors"))
        return "a file is not closed";
    if (count_of(r, "objects"))
        return "an object of OpenCL is not released";
    if (!r->failed[0])
        return "nothing failed";
    const char *torn = whole_files_find_torn(temporary_path(folder, "out"), lasts);
    if (torn)
        return torn;
    if (r->p.status == 0 && is_recorded(kind)) {
        t->told++;
        return NULL;
    }
    if (r->p.status == 0) {
        t->borne++;
        if (!is_borne(c, kind, r->failed))
            return "it went on as if nothing had failed";
        return same_text(r->p.out, untouched->p.out) ? NULL : "the result is another";
    }
    t->told++;
    if (r->p.status != 1)
        return "the exit status is not 1";
    if (!is_one_error(r->p.err))
        return "it is not one line of error";
    if (!strstr(r->p.err, told[kind][0]) && !strstr(r->p.err, told[kind][1]))
        return "the line does not name the failure";
    return NULL;
}

/* An experiment that failed goes on where it was. */
static void go_on(const command *c, const char *fault) {
    run again;
    if (strcmp(c->arguments[0], "explore") != 0)
        return;
    start(&again, c, "none");
    if (again.p.status != 0)
        fail_msg("%s, %s: it does not go on afterwards: %s", c->name, fault, again.p.err);
    end(&again);
}

static void sweep(const command *c, enum kind kind, int lasts) {
    enum { SAMPLES = 12 };
    tally t = {0};
    run untouched;
    /* The first run may check the device, and remember it. */
    for (int times = 0; times < 2; times++) {
        if (times)
            end(&untouched);
        prepare_out();
        start(&untouched, c, "none");
    }
    t.calls = count_of(&untouched, kind_names[kind]);
    if (untouched.p.status != 0 || t.calls == 0 || count_of(&untouched, "blocks") ||
        count_of(&untouched, "descriptors") || count_of(&untouched, "objects"))
        fail_msg(
            "%s: untouched it ends with %d, leaves %ld blocks, %ld descriptors, %ld objects: %s",
            c->name, untouched.p.status, count_of(&untouched, "blocks"),
            count_of(&untouched, "descriptors"), count_of(&untouched, "objects"), untouched.p.err);
    long stride = getenv("FM_FAULTS_ALL") ? 1 : 1 + t.calls / SAMPLES;
    int bad = 0;
    for (long number = 1; number <= t.calls; number += stride) {
        char fault[64];
        run r;
        snprintf(fault, sizeof fault, "%s:%ld%s", kind_names[kind], number, lasts ? "+" : "");
        prepare_out();
        start(&r, c, fault);
        /* With several threads the last calls may not come in another run. */
        if (r.failed[0] || number < t.calls - t.calls / 10) {
            const char *wrong = find_fault(c, &r, &untouched, kind, lasts, &t);
            t.tried++;
            if (wrong && bad++ < 20)
                print_error("%s, %s (%s), status %d: %s: %s\n", c->name, fault, r.failed,
                            r.p.status, wrong, r.p.err);
            if (r.p.status == 1)
                go_on(c, fault);
        }
        end(&r);
    }
    end(&untouched);
    print_message("%-20s %-8s%s %5ld calls, %5ld failed: %5ld told, %3ld borne\n", c->name,
                  kind_names[kind], lasts ? " on" : "   ", t.calls, t.tried, t.told, t.borne);
    if (bad)
        fail_msg("%s, %s: %d wrong", c->name, kind_names[kind], bad);
}

static int has_opencl(void) {
    program p = {.folder = folder};
    program_run(&p, "predict", DATA, "trained", "--device", "cpu", "a.png");
    int has = p.status == 0; /* from here on the kernels are compiled and cached */
    program_free(&p);
    return has;
}

static void sweep_all(const char *start_of_name, const char *kinds) {
    int opencl = has_opencl();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const command *c = &commands[i];
        int is_opencl = strstr(c->name, "OpenCL") || strstr(c->name, "CLBlast");
#ifndef FM_WITH_CLBLAST
        if (strstr(c->name, "CLBlast"))
            continue;
#endif
        if (strncmp(c->name, start_of_name, strlen(start_of_name)) != 0 || (is_opencl && !opencl))
            continue;
        for (const char *k = c->kinds; *k; k++)
            if (strchr(kinds, *k))
                sweep(c,
                      strchr("mM", *k)   ? MEMORY
                      : strchr("fF", *k) ? FILES
                                         : OPENCL,
                      strchr("MFO", *k) != NULL);
    }
}

#define SWEEP(command)                                                                             \
    static void test_##command##_memory(void **state) {                                            \
        folder = *state;                                                                           \
        sweep_all(#command, "m");                                                                  \
    }                                                                                              \
    static void test_##command##_files(void **state) {                                             \
        folder = *state;                                                                           \
        sweep_all(#command, "fF");                                                                 \
    }                                                                                              \
    static void test_##command##_opencl(void **state) {                                            \
        folder = *state;                                                                           \
        sweep_all(#command, "oO");                                                                 \
    }
SWEEP(train)
SWEEP(eval)
SWEEP(predict)
SWEEP(explore)

static int setup(void **state) {
    program p = {.folder = NULL};
    char *made = temporary_create();
    const char *data = temporary_path(made, "data");
    assert_int_equal(mkdir(data, 0777), 0);
    idx_write_dataset(data, 40, 20, 1);
    whole_files_write_png(temporary_path(made, "a.png"));
    small_train(&p, made, "--run", "trained", "--epochs", "1", "--batch-size", "16", "-q");
    assert_int_equal(p.status, 0);
    program_free(&p);
    *state = made;
    return 0;
}

int main(void) {
    if (!getenv("FM_FAULTS") && !getenv("FM_FAULTS_ALL")) {
        print_message(
            "skipped: FM_FAULTS=1 makes some calls of each kind fail, FM_FAULTS_ALL=1 all\n");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_train_memory),   cmocka_unit_test(test_train_files),
        cmocka_unit_test(test_train_opencl),   cmocka_unit_test(test_eval_memory),
        cmocka_unit_test(test_eval_files),     cmocka_unit_test(test_eval_opencl),
        cmocka_unit_test(test_predict_memory), cmocka_unit_test(test_predict_files),
        cmocka_unit_test(test_predict_opencl), cmocka_unit_test(test_explore_memory),
        cmocka_unit_test(test_explore_files),  cmocka_unit_test(test_explore_opencl),
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}

#else /* sanitizers stand between the program and the system themselves */

int main(void) {
    print_message("skipped: no faults in a build with sanitizers\n");
    return 0;
}

#endif
