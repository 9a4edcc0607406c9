/* The whole program while something fails: each allocation, each operation on a file, each call of
 * OpenCL, the Nth for every N, until a run passes untouched. Each failure ends in status 1 and one
 * line that names it, or is borne, where borne_calls says why, and changes nothing in the result;
 * nothing is left behind in memory, no descriptor, no object of OpenCL, no half file; and what was
 * begun goes on afterwards, to the same bits.
 *
 * All of it takes an hour or two: FM_FAULTS=all asks for it, FM_FAULTS=N for N of each kind and
 * command. Else there is one. An argument chooses commands, by a part of their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/faulty_program.h"
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
    {MEMORY, "malloc", "libc.so", "a stream without its buffer writes at once"},
    {MEMORY, "realloc", "libc.so",
     "drivers that cannot be looked at get a warning where it matters"},
    {OPENCL, "clRelease", NULL, "nothing can be done about it, and nothing depends on it"},
    {OPENCL, "clGetCommandQueueInfo", NULL, "asked while a device is closed: it waits no longer"},
    {OPENCL, "clFinish", NULL, "when a device is closed; its results have been read by then"},
    {OPENCL, "clWaitForEvents", NULL, "before clFinish, the same"},
    {OPENCL, "clGetDeviceInfo", NULL, "a device that does not say what it is called has no name"},
    {OPENCL, "clGetPlatformInfo", NULL, "nor has a platform"},
    {FILES, "lstat", "resume.safetensors", "it is opened all the same"},
    {FILES, "stat", "config.json", "the same"},
    {FILES, "unlink", "trial-", "what a finished trial leaves is not read again"},
    {FILES, "readdir", NULL, "what a killed run left aside is then left"},
    {FILES, "closedir", NULL, "of what was only read"},
    {FILES, "opendir", NULL, "what a killed run left aside is then left"},
    {FILES, "flock", NULL, "a file system without locks"},
    {FILES, "open", "checked-", "a check of a device that is not remembered is made again"},
    {FILES, "fstat", "checked-", "the same"},
    {FILES, "read", "checked-", "the same"},
    {FILES, "open", "/trial-", "a trial that cannot be gone on with begins anew"},
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
};

/* The same for explore alone: where a part of a device cannot be opened, the trials run on the
 * whole of it. */
static const char *const borne_opening[] = {
    "clCreateSubDevices", "clCreateContext", "clCreateCommandQueue", "clCreateProgramWithSource",
    "clBuildProgram",     "clCreateKernel",  "clCreateBuffer",       "clEnqueueFillBuffer",
};

/* ---- The commands ---- */

#define DATA    "--data", "data"
#define NETWORK "--hidden", "8", "--epochs", "2", "--batch-size", "16"
#define TRAIN   "train", DATA, NETWORK, "--run", "out/run", "-q"
#define RESUME  "train", "--data", "data", "--resume", "out/begun", "--epochs", "2", "-q"
#define EXPLORE                                                                                    \
    "explore", "lr", "--values", "0.003,0.01", "--seeds", "1", "--data", "learnable", NETWORK,     \
        "--run", "out/run", "-q"

typedef struct command {
    const char *name;
    const char *kinds; /* m, f, o; in capitals: from the Nth on all fail, as when a disk is full or
                          a device lost */
    const char *run;   /* the folder of a training */
    const char *arguments[32];
} command;

static const command commands[] = {
    {"train, reference", "mfF", "run", {TRAIN, "--device", "reference"}},
    {"train, OpenCL", "moO", "run", {TRAIN, "--device", "cpu"}},
    {"train, CLBlast", "oO", "run", {TRAIN, "--device", "cpu", "--gemm", "clblast"}},
    {"train, resumed", "mfF", "begun", {RESUME}},
    {"eval, reference",
     "mfF",
     NULL,
     {"eval", DATA, "trained", "--device", "reference", "--worst", "3", "--png", "out/old.png"}},
    {"eval, OpenCL", "moO", NULL, {"eval", DATA, "trained", "--device", "cpu", "--json"}},
    {"predict, a picture",
     "mf",
     NULL,
     {"predict", DATA, "trained", "--device", "reference", "a.png"}},
    {"predict, a set",
     "mfF",
     NULL,
     {"predict", DATA, "trained", "--device", "reference", "--set", "test", "--logits",
      "out/old.csv"}},
    {"predict, OpenCL", "o", NULL, {"predict", DATA, "trained", "--device", "cpu", "a.png"}},
    {"explore, reference", "mfF", NULL, {EXPLORE, "--device", "reference"}},
    {"explore, OpenCL", "moO", NULL, {EXPLORE, "--device", "cpu"}},
};

static int is_command(const command *c, const char *name) {
    return !strcmp(c->arguments[0], name);
}

static int is_borne(const command *c, enum kind kind, const char *failed) {
    for (size_t i = 0; i < sizeof borne_calls / sizeof *borne_calls; i++)
        if (borne_calls[i].kind == kind &&
            !strncmp(failed, borne_calls[i].call, strlen(borne_calls[i].call)) &&
            (!borne_calls[i].detail || strstr(failed, borne_calls[i].detail)))
            return 1;
    for (size_t i = 0; i < sizeof borne_opening / sizeof *borne_opening; i++)
        if (kind == OPENCL && is_command(c, "explore") &&
            !strncmp(failed, borne_opening[i], strlen(borne_opening[i])))
            return 1;
    return 0;
}

/* ---- One run ---- */

static const char *const begun_files[] = {"config.json", "history.csv", "last.safetensors",
                                          "best.safetensors", "resume.safetensors"};

static const char *folder; /* of the test */

/* What is there before: files that must stay as they are or be replaced whole, and a run to go on
 * with. */
static void prepare_out(void) {
    char *out = strdup(temporary_path(folder, "out"));
    assert_non_null(out);
    if (file_exists(out))
        temporary_remove(out); /* and frees it */
    else
        free(out);
    assert_int_equal(mkdir(temporary_path(folder, "out"), 0777), 0);
    assert_int_equal(mkdir(temporary_path(folder, "out/begun"), 0777), 0);
    for (size_t i = 0; i < sizeof begun_files / sizeof *begun_files; i++) {
        const char *from = temporary_path(temporary_path(folder, "trained"), begun_files[i]);
        const char *to = temporary_path(temporary_path(folder, "out/begun"), begun_files[i]);
        assert_int_equal(link(from, to), 0); /* a file that is written is another file */
    }
    temporary_write(temporary_path(folder, "out/old.csv"), "a,b\n1,2\n", 8);
    whole_files_write_png(temporary_path(folder, "out/old.png"));
}

/* Without its column of seconds; free() it. */
static char *results_of(const char *out) {
    enum { SECONDS = 4 };
    size_t size, used = 0, column = 0;
    char *text = (char *)temporary_read(temporary_path(out, "run/results.csv"), &size);
    for (size_t i = 0; i < size; i++) {
        column = text[i] == '\n' ? 0 : column + (text[i] == ',');
        if (column != SECONDS)
            text[used++] = text[i];
    }
    text[used] = '\0';
    return text;
}

/* Where the run went on, it wrote the same files. */
static int same_results(const command *c) {
    const char *out = temporary_path(folder, "out"), *first = temporary_path(folder, "untouched");
    static const char *const names[] = {"old.png", "old.csv"};
    if (c->run &&
        runs_differ_in(folder, temporary_path("untouched", c->run), temporary_path("out", c->run)))
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!same_files(temporary_path(out, names[i]), temporary_path(first, names[i])))
            return 0;
    if (!is_command(c, "explore"))
        return 1;
    char *one = results_of(out), *other = results_of(first);
    int same = !strcmp(one, other);
    free(one);
    free(other);
    return same;
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

/* What eval and predict print has no times in it. */
static int same_text(const command *c, const char *a, const char *b) {
    if (!c->run && !is_command(c, "explore"))
        return !strcmp(a, b);
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
    long calls, tried, told, borne, bad;
} tally;
static tally all;

/* What is wrong with a run in which something failed; NULL: nothing. */
static const char *find_fault(const command *c, const faulty_program *r,
                              const faulty_program *untouched, enum kind kind, int lasts,
                              tally *t) {
    if (faulty_count(r, "blocks"))
        return "memory is not given back";
    if (faulty_count(r, "descriptors"))
        return "a file is not closed";
    if (faulty_count(r, "objects"))
        return "an object of OpenCL is not released";
    if (!r->failed[0])
        return "nothing failed";
    const char *torn = whole_files_find_torn(temporary_path(folder, "out"), lasts);
    if (torn)
        return torn;
    if (r->p.status == 0) {
        t->borne++;
        if (!is_borne(c, kind, r->failed))
            return "it went on as if nothing had failed";
        return same_text(c, r->p.out, untouched->p.out) && same_results(c)
                   ? NULL
                   : "the result is another";
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

/* What failed goes on where it was: a training with the same bits as the untouched one. What is
 * wrong with that; NULL: nothing. */
static const char *go_on(const command *c, int status) {
    const char *resume[] = {RESUME, NULL};
    if (!c->run && !is_command(c, "explore"))
        return NULL;
    if (c->run) {
        resume[4] = temporary_path("out", c->run);
        if (!file_exists(temporary_path(temporary_path(folder, resume[4]), "resume.safetensors")))
            return NULL; /* nothing was begun */
    }
    if (status != 0) {
        faulty_program again;
        faulty_run(&again, folder, "none", c->run ? resume : c->arguments);
        int failed = again.p.status;
        if (failed)
            print_error("%s", again.p.err);
        faulty_free(&again);
        if (failed)
            return "it does not go on afterwards";
    }
    return same_results(c) ? NULL : "gone on with, the result is another";
}

/* A run in which nothing fails, which the others are held against. */
static void run_untouched(faulty_program *untouched, const command *c) {
    prepare_out();
    faulty_prepare(folder, c->arguments);
    prepare_out();
    faulty_run(untouched, folder, "none", c->arguments);
    if (untouched->p.status != 0 || faulty_count(untouched, "blocks") ||
        faulty_count(untouched, "descriptors") || faulty_count(untouched, "objects"))
        fail_msg(
            "%s: untouched it ends with %d, leaves %ld blocks, %ld descriptors, %ld objects: %s",
            c->name, untouched->p.status, faulty_count(untouched, "blocks"),
            faulty_count(untouched, "descriptors"), faulty_count(untouched, "objects"),
            untouched->p.err);
    char *kept = strdup(temporary_path(folder, "untouched"));
    assert_non_null(kept);
    if (file_exists(kept))
        temporary_remove(kept); /* and frees it */
    else
        free(kept);
    assert_int_equal(rename(temporary_path(folder, "out"), temporary_path(folder, "untouched")), 0);
}

/* How many calls of each kind and command are to fail. */
static long samples(long calls) {
    const char *wanted = getenv("FM_FAULTS");
    if (!wanted)
        return 1;
    return strcmp(wanted, "all") != 0 ? atol(wanted) : calls;
}

static void sweep(const command *c, const faulty_program *untouched, enum kind kind, int lasts) {
    tally t = {.calls = faulty_count(untouched, kind_names[kind])};
    assert_true(t.calls > 0);
    const long wanted = samples(t.calls) < t.calls ? samples(t.calls) : t.calls;
    int bad = 0;
    for (long sample = 0; sample < wanted; sample++) {
        const long number = (2 * sample + 1) * t.calls / (2 * wanted) + 1;
        char fault[64];
        faulty_program r;
        snprintf(fault, sizeof fault, "%s:%ld%s", kind_names[kind], number, lasts ? "+" : "");
        prepare_out();
        faulty_run(&r, folder, fault, c->arguments);
        /* With several threads the last calls may not come in another run. */
        if (r.failed[0] || number < t.calls - t.calls / 10) {
            const char *wrong = find_fault(c, &r, untouched, kind, lasts, &t);
            t.tried++;
            if (!wrong)
                wrong = go_on(c, r.p.status);
            if (wrong && bad++ < 20)
                print_error("%s, %s (%s), status %d: %s: %s\n", c->name, fault, r.failed,
                            r.p.status, wrong, r.p.err);
        }
        faulty_free(&r);
    }
    print_message("%-20s %-8s%s %5ld calls, %5ld failed: %5ld told, %3ld borne\n", c->name,
                  kind_names[kind], lasts ? " on" : "   ", t.calls, t.tried, t.told, t.borne);
    all.tried += t.tried;
    all.told += t.told;
    all.borne += t.borne;
    all.bad += bad;
}

static int has_opencl;
static const char *chosen; /* a part of the names of the commands that are to be run */

static void sweep_all(const char *name) {
    const long before = all.bad;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const command *c = &commands[i];
        const int is_opencl = strstr(c->name, "OpenCL") || strstr(c->name, "CLBlast");
        faulty_program untouched;
#ifndef FM_WITH_CLBLAST
        if (strstr(c->name, "CLBlast"))
            continue;
#endif
        if (!is_command(c, name) || !strstr(c->name, chosen) || (is_opencl && !has_opencl))
            continue;
        run_untouched(&untouched, c);
        for (const char *k = c->kinds; *k; k++)
            sweep(c, &untouched,
                  strchr("mM", *k)   ? MEMORY
                  : strchr("fF", *k) ? FILES
                                     : OPENCL,
                  strchr("MFO", *k) != NULL);
        faulty_free(&untouched);
    }
    if (all.bad > before)
        fail_msg("%s: %ld wrong", name, all.bad - before);
}

#define SWEEP(command)                                                                             \
    static void test_##command(void **state) {                                                     \
        folder = *state;                                                                           \
        sweep_all(#command);                                                                       \
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
    const char *learnable =
        temporary_path(made, "learnable"); /* explore chooses among what learns */
    assert_int_equal(mkdir(learnable, 0777), 0);
    idx_write_learnable(learnable, 400, 20);
    whole_files_write_png(temporary_path(made, "a.png"));
    small_train(&p, made, "--run", "trained", "--epochs", "1", "--batch-size", "16", "-q");
    assert_int_equal(p.status, 0);
    program_free(&p);
    program_run(&p, "predict", DATA, "trained", "--device", "cpu", "a.png");
    has_opencl = p.status == 0;
    program_free(&p);
    *state = made;
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_train),
        cmocka_unit_test(test_eval),
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_explore),
    };
    chosen = argc > 1 ? argv[1] : "";
    int status = cmocka_run_group_tests(tests, setup, small_runs_teardown);
    print_message("%ld calls failed: %ld told, %ld borne, %ld wrong\n", all.tried, all.told,
                  all.borne, all.bad);
    return status;
}

#else /* sanitizers stand between the program and the system themselves */

int main(void) {
    print_message("skipped: no faults in a build with sanitizers\n");
    return 0;
}

#endif
