#include "support/small_runs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/check.h"
#include "support/idx_files.h"
#include "support/temporary.h"

int small_runs_setup(void **state) {
    char *folder = temporary_create();
    const char *data = temporary_path(folder, "data");
    assert_int_equal(mkdir(data, 0777), 0);
    idx_write_dataset(data, SMALL_TRAIN, SMALL_TEST, 0);
    *state = folder;
    return 0;
}

int small_runs_teardown(void **state) {
    temporary_remove(*state);
    return 0;
}

void small_train_start(program *p, const char *folder, const char *const *arguments) {
    const char *list[40] = {"train", "--device", "reference", "--data",       "data", "--hidden",
                            "8",     "--epochs", "3",         "--batch-size", "32"};
    size_t count = 11;
    for (size_t i = 0; arguments[i]; i++)
        list[count++] = arguments[i];
    p->folder = folder;
    program_start(p, list);
}

char *history_of(const char *run) {
    enum { COLUMNS = 6 };
    size_t size, used = 0, commas = 0;
    char *text = (char *)temporary_read(temporary_path(run, "history.csv"), &size);
    for (size_t i = 0; i < size; i++) {
        commas = text[i] == '\n' ? 0 : commas + (text[i] == ',');
        if (commas < COLUMNS)
            text[used++] = text[i];
    }
    text[used] = '\0';
    return text;
}

const char *runs_differ_in(const char *folder, const char *a, const char *b) {
    const char *run_a = temporary_path(folder, a), *run_b = temporary_path(folder, b);
    static const char *const files[] = {"last.safetensors", "best.safetensors"};
    for (size_t i = 0; i < 2; i++)
        if (!same_files(temporary_path(run_a, files[i]), temporary_path(run_b, files[i])))
            return files[i];
    char *history_a = history_of(run_a), *history_b = history_of(run_b);
    int same = !strcmp(history_a, history_b);
    free(history_a);
    free(history_b);
    return same ? NULL : "history.csv";
}

void same_runs(const char *folder, const char *a, const char *b) {
    const char *file = runs_differ_in(folder, a, b);
    if (file)
        fail_msg("%s and %s differ in %s", a, b, file);
}

json_t *parse_json(const char *text) {
    json_error_t error;
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("no JSON, line %d: %s\n%s", error.line, error.text, text);
    return document;
}

json_t *load_json(const char *path) {
    size_t size;
    unsigned char *bytes = temporary_read(path, &size);
    char *text = calloc(1, size + 1);
    assert_non_null(text);
    memcpy(text, bytes, size);
    json_t *document = parse_json(text);
    free(bytes);
    free(text);
    return document;
}

int same_files(const char *a, const char *b) {
    size_t size_a, size_b;
    unsigned char *bytes_a = temporary_read(a, &size_a);
    unsigned char *bytes_b = temporary_read(b, &size_b);
    int same = size_a == size_b && !memcmp(bytes_a, bytes_b, size_a);
    free(bytes_a);
    free(bytes_b);
    return same;
}

int file_exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}
