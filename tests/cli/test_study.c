/* fmnist-cl study, on a small data set: from end to end, and gone on with when it was killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#include "support/idx_files.h"
#include "support/small_runs.h"
#include "support/temporary.h"

/* One seed, to be fast. */
#define STUDY "study", "--quick", "--seeds", "1", "--data", "data", "--json"

static const char *const order[] = {"epochs", "layers",     "nodes", "batch-size",
                                    "lr",     "activation", "loss",  "optimizer"};

static const json_t *get(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!value)
        fail_msg("there is no %s", key);
    return value;
}

static void test_from_end_to_end(void **state) {
    program p = {.folder = *state};
    program_run(&p, STUDY, "--run", "whole");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "quick: the first 10,000 training images only"));
    assert_non_null(strstr(p.err, "1 of 9: epochs, 1 trial\n"));
    assert_non_null(strstr(p.err, "9 of 9: final, 3 trials"));
    json_t *printed = parse_json(p.out);
    json_t *kept = load_json(temporary_path(*state, "whole/study.json"));
    assert_true(json_equal(printed, kept));
    const json_t *experiments = get(kept, "experiments"), *best = get(kept, "best");
    assert_int_equal(json_array_size(experiments), 8);
    assert_string_equal(json_string_value(get(kept, "report")), "whole/report.html");
    /* Each experiment holds fixed what those before it chose. */
    json_t *chosen = json_object();
    for (size_t i = 0; i < 8; i++) {
        const json_t *experiment = json_array_get(experiments, i), *choice;
        const json_t *settings = get(experiment, "settings");
        const char *key;
        assert_string_equal(json_string_value(get(experiment, "experiment")), order[i]);
        json_object_foreach(chosen, key, choice)
            assert_true(json_equal(get(settings, key), choice));
        choice = get(experiment, "choice");
        if (strcmp(order[i], "layers") != 0 && strcmp(order[i], "nodes") != 0)
            json_object_set(chosen, order[i], (json_t *)choice);
    }
    const char *key;
    json_t *choice;
    json_object_foreach(chosen, key, choice) assert_true(json_equal(get(best, key), choice));
    json_decref(chosen);
    const json_t *test = get(get(kept, "final"), "test");
    assert_int_equal(json_integer_value(get(test, "n")), 3);
    assert_true(json_real_value(get(test, "loss")) > 0);
    assert_true(json_is_real(get(test, "mean")) && json_is_real(get(test, "sd")));
    assert_true(json_is_real(get(get(get(kept, "final"), "val"), "accuracy")));
    assert_int_equal(json_array_size(get(kept, "findings")), 10);
    json_decref(printed);
    json_decref(kept);
    program_free(&p);
}

static void test_finished_it_only_prints(void **state) {
    program p = {.folder = *state};
    program_run(&p, "study", "--quick", "--seeds", "1", "--data", "data", "--run", "whole", "-q");
    assert_int_equal(p.status, 0);
    assert_string_equal(p.err, "");
    for (size_t i = 0; i < 8; i++)
        assert_non_null(strstr(p.out, order[i]));
    assert_non_null(strstr(p.out, "claim:     0.0007 is best"));
    assert_non_null(strstr(p.out, "The test set has seen 3 networks, all of the final run"));
    assert_non_null(strstr(p.out, "Quick: "));
    program_free(&p);
    program_run(&p, "study", "--quick", "--seeds", "2", "--data", "data", "--run", "whole", "-q");
    assert_int_equal(p.status, 2);
    assert_non_null(
        strstr(p.err, "1-epochs: contains an experiment with other settings: seeds is 1"));
    program_free(&p);
}

/* Everything but what a clock measured and where it was kept. */
static void strip(json_t *value) {
    static const char *const keys[] = {"seconds", "run", "report", NULL};
    size_t i;
    const char *key;
    json_t *part;
    for (i = 0; json_is_object(value) && keys[i]; i++)
        json_object_del(value, keys[i]);
    if (json_is_object(value))
        json_object_foreach(value, key, part) strip(part);
    json_array_foreach(value, i, part) strip(part);
}

static void test_killed_and_resumed(void **state) {
    static const char *const moments[] = {"2 of 9", "nodes: best", "[3/7] lr", "9 of 9"};
    program p = {.folder = *state};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        program_start(&p, (const char *[]){STUDY, "--run", "killed", NULL});
        program_wait_for(&p, moments[i]);
        kill(p.pid, i == 1 ? SIGINT : SIGKILL);
        program_wait(&p);
        assert_int_equal(p.status, i == 1 ? 130 : -SIGKILL);
        assert_true(i != 1 || strstr(p.err, "run the same command again to resume"));
        program_free(&p);
    }
    program_run(&p, STUDY, "--run", "killed", "-q");
    assert_int_equal(p.status, 0);
    program_free(&p);
    json_t *whole = load_json(temporary_path(*state, "whole/study.json"));
    json_t *killed = load_json(temporary_path(*state, "killed/study.json"));
    strip(whole);
    strip(killed);
    assert_true(json_equal(whole, killed));
    json_decref(whole);
    json_decref(killed);
}

/* What a driver's update makes of a study: the experiments that are done are another's. */
static void test_warns_once_of_another_driver(void **state) {
    program p = {.folder = *state};
    static const char key[] = "\"driver\":\"", before[] = "\"driver\":\"before ";
    for (size_t i = 0; i < 9; i++) {
        char name[64];
        size_t size, used = 0;
        snprintf(name, sizeof name, "whole/%zu-%s/journal.jsonl", i + 1,
                 i < 8 ? order[i] : "final");
        char *path = strdup(temporary_path(*state, name));
        if (i == 8) { /* the last one is to be run */
            assert_int_equal(remove(path), 0);
            free(path);
            break;
        }
        char *old = (char *)temporary_read(path, &size);
        char *new = calloc(2, size + 1);
        assert_non_null(new);
        for (size_t at = 0; at < size;) {
            const int is_key = !strncmp(old + at, key, strlen(key));
            const char *from = is_key ? before : old + at;
            const size_t count = is_key ? strlen(before) : 1;
            memcpy(new + used, from, count);
            used += count;
            at += is_key ? strlen(key) : 1;
        }
        temporary_write(path, new, used);
        free(new);
        free(old);
        free(path);
    }
    program_run(&p, STUDY, "--run", "whole", "-q");
    assert_int_equal(p.status, 0);
    const char *warning = strstr(p.err, "warning: earlier trials ran on ");
    assert_non_null(warning);
    assert_non_null(strstr(warning, "(driver before "));
    assert_null(strstr(warning + 1, "warning: "));
    program_free(&p);
}

/* Enough images for the largest batch. */
static int setup(void **state) {
    char *folder = temporary_create();
    const char *data = temporary_path(folder, "data");
    assert_int_equal(mkdir(data, 0777), 0);
    idx_write_learnable(data, 1300, 50);
    *state = folder;
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_end_to_end),
        cmocka_unit_test(test_finished_it_only_prints),
        cmocka_unit_test(test_killed_and_resumed),
        cmocka_unit_test(test_warns_once_of_another_driver),
    };
    return cmocka_run_group_tests(tests, setup, small_runs_teardown);
}
