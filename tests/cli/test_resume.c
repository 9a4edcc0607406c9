/* fmnist-cl train --resume: what goes on, what is refused, and who may. */
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

#include "settings/settings.h"
#include "support/idx_files.h"
#include "support/small_runs.h"
#include "support/temporary.h"

static const char *file(const char *folder, const char *run, const char *name) {
    return temporary_path(temporary_path(folder, run), name);
}

static void resume_start(program *p, const char *folder, const char *const *arguments) {
    const char *list[48] = {"train", "--data", "data", "--resume"};
    size_t count = 4;
    for (size_t i = 0; arguments[i]; i++)
        list[count++] = arguments[i];
    p->folder = folder;
    program_start(p, list);
}

#define resume(p, folder, ...)                                                                     \
    do {                                                                                           \
        resume_start((p), (folder), (const char *[]){__VA_ARGS__, NULL});                          \
        program_wait(p);                                                                           \
    } while (0)

static void train_to(const char *folder, const char *run, const char *epochs) {
    program p = {.folder = NULL};
    small_train(&p, folder, "--run", run, "--epochs", epochs);
    assert_int_equal(p.status, 0);
    program_free(&p);
}

/* Ctrl-C, a shutdown, a terminal that is closed, again and again; each time it says how to go on,
 * and that is what is typed. */
static void test_stopped_and_resumed(void **state) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGTERM, SIGHUP};
    program p = {.folder = NULL};
    size_t stops = 0;
    train_to(*state, "whole", "300");
    small_train_start(&p, *state, (const char *[]){"--run", "a run", "--epochs", "300", NULL});
    for (;; stops++) {
        char text[16];
        snprintf(text, sizeof text, "epoch %3zu/300", 20 * (stops + 1));
        if (stops < sizeof signals / sizeof *signals) {
            program_wait_for(&p, text);
            kill(p.pid, signals[stops]);
        }
        program_wait(&p);
        if (p.status == 0)
            break;
        assert_int_equal(p.status, 130);
        assert_non_null(strstr(p.err, "interrupted: the weights so far are in a run/last."));
        assert_non_null(
            strstr(p.err, "hint: resume with: fmnist-cl train --resume 'a run' --data data\n"));
        assert_null(strstr(p.err, "warning"));
        program_free(&p);
        resume_start(&p, *state, (const char *[]){"a run", NULL});
    }
    program_free(&p);
    assert_int_equal(stops, sizeof signals / sizeof *signals);
    same_runs(*state, "whole", "a run");
    json_t *a = load_json(file(*state, "whole", "metrics.json"));
    json_t *b = load_json(file(*state, "a run", "metrics.json"));
    static const char *const keys[] = {"epochs", "steps", "best_epoch", "train", "val", "test"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_true(json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])));
    json_decref(a);
    json_decref(b);
    assert_true(file_exists(file(*state, "a run", "report.html")));
}

/* Ctrl-\\ after Ctrl-C does not wait for anything. */
static void test_quit_after_ctrl_c(void **state) {
    program p = {.folder = NULL};
    small_train_start(&p, *state,
                      (const char *[]){"-v", "--hidden", "4096,4096", "--batch-size", "200",
                                       "--run", "twice", NULL});
    program_wait_for(&p, "training 784-4096-4096-10");
    kill(p.pid, SIGINT);
    nanosleep(&(const struct timespec){0, 20000000}, NULL);
    kill(p.pid, SIGQUIT);
    program_wait(&p);
    assert_int_equal(p.status, -SIGQUIT);
    program_free(&p);
    resume_start(&p, *state, (const char *[]){"twice", NULL});
    program_wait_for(&p, "in twice: epoch 1, after 0 steps");
    kill(p.pid, SIGKILL);
    program_wait(&p);
    program_free(&p);
}

/* The checkpoint does not know the new number of epochs yet, so the command that is suggested has
 * it. */
static void test_hint_has_the_epochs(void **state) {
    program p = {.folder = NULL};
    train_to(*state, "longer", "2");
    p = (program){.folder = *state, .file_limit = 1000};
    program_run(&p, "train", "--device", "reference", "--data", "data", "--resume", "longer",
                "--epochs", "4");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "fmnist-cl train --resume longer --data data --epochs 4\n"));
    program_free(&p);
    p = (program){.folder = NULL};
    resume(&p, *state, "longer", "--epochs", "4");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

static void test_past_the_end(void **state) {
    program p = {.folder = NULL};
    train_to(*state, "five", "5");
    train_to(*state, "grown", "2");
    train_to(*state, "single", "1");
    resume(&p, *state, "single", "--json");
    assert_non_null(strstr(p.err, "already complete: 1 epoch, 7 steps"));
    program_free(&p);
    /* Nothing is left of the two. */
    resume(&p, *state, "grown", "--json");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "the run in grown is already complete: 2 epochs, 14 steps"));
    json_decref(parse_json(p.out));
    program_free(&p);
    resume(&p, *state, "grown", "--epochs", "5");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "epoch 3, after 14 steps"));
    program_free(&p);
    same_runs(*state, "five", "grown");
    json_t *config = load_json(file(*state, "grown", "config.json"));
    assert_int_equal(json_integer_value(json_object_get(config, "epochs")), 5);
    json_decref(config);
    /* From then on it is planned for five. */
    resume(&p, *state, "grown", "--epochs", "4");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "--epochs: the run in grown is planned for 5; the number "
                                  "can only increase"));
    program_free(&p);
    /* Also from no epoch at all. */
    train_to(*state, "seed", "0");
    resume(&p, *state, "seed", "--epochs", "5");
    assert_int_equal(p.status, 0);
    program_free(&p);
    same_runs(*state, "five", "seed");
}

static void test_on_another_device(void **state) {
    program p = {.folder = NULL};
    train_to(*state, "moved", "2");
    resume(&p, *state, "moved", "--epochs", "3", "--device", "cpu");
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.err, "fmnist-cl: warning: resuming on a different device than "
                                  "before (plain C,"));
    assert_non_null(strstr(p.err, "not be bit-identical"));
    program_free(&p);
    /* And from now on it stays there, without a word. */
    resume(&p, *state, "moved", "--epochs", "4");
    assert_int_equal(p.status, 0);
    assert_null(strstr(p.err, "different device"));
    program_free(&p);
    json_t *config = load_json(file(*state, "moved", "config.json"));
    const json_t *device = json_object_get(config, "device");
    assert_string_not_equal(json_string_value(json_object_get(device, "type")), "reference");
    json_decref(config);
}

struct changed {
    const char *option, *value, *why;
};

/* No option of a training is forgotten, one of the future neither. */
static void every_option_is_among(const struct changed *cases, size_t count) {
    for (const fm_option *o = fm_settings_table; o->name; o++) {
        size_t i = 0;
        while (i < count && strcmp(cases[i].option + strlen("--"), o->name) != 0)
            i++;
        if (i == count)
            fail_msg("--%s is not tried", o->name);
    }
}

static void test_options_that_would_change_it(void **state) {
    static const struct changed cases[] = {
        {"--lr", "0.01",
         "--lr: the run in fixed was started with 0.003; resuming cannot change it"},
        {"--batch-size", "16", "--batch-size: the run in fixed was started with 32;"},
        {"--optimizer", "sgd", "--optimizer: the run in fixed was started with adam;"},
        {"--momentum", "0.5", "--momentum: the run in fixed was started with 0; resuming cannot"},
        {"--nesterov", NULL, "--nesterov: the run in fixed was started with it off;"},
        {"--weight-decay", "0.001", "--weight-decay: the run in fixed was started with 0;"},
        {"--beta1", "0.8", "--beta1: the run in fixed was started with 0.9;"},
        {"--beta2", "0.99", "--beta2: the run in fixed was started with 0.999;"},
        {"--eps", "1e-7", "--eps: the run in fixed was started with 1e-08;"},
        {"--alpha", "0.9", "--alpha: the run in fixed was started with 0.99;"},
        {"--loss", "mse", "--loss: the run in fixed was started with ce;"},
        {"--seed", "1", "--seed: the run in fixed was started with 0;"},
        {"--val-fraction", "0.1", "--val-fraction: the run in fixed was started with 0.2;"},
        {"--no-shuffle", NULL, "--no-shuffle: the run in fixed was started with it off;"},
        {"--max-steps", "3", "--max-steps: the run in fixed was started with none;"},
        {"--hidden", "9", "--hidden: the run in fixed was started with 8;"},
        {"--layers", "3", "--layers: the run in fixed was started with 1;"},
        {"--nodes", "9", "--nodes: the run in fixed was started with 8;"},
        {"--dropout", "0.5", "--dropout: the run in fixed was started with none;"},
        {"--activation", "elu", "--activation: the run in fixed was started with relu;"},
        {"--epochs", "1", "--epochs: the run in fixed is planned for 2;"},
        {"--init", "fixed/last.safetensors", "--init: the run in fixed already has weights"},
        {"--config", "fixed/config.json", "--config: the run in fixed already has settings"},
        {"--dump-config", NULL, "--dump-config: the settings of the run are in fixed/config.json"},
        {"--run", "other", "--run: a resumed run stays in its folder"},
    };
    program p = {.folder = NULL};
    every_option_is_among(cases, sizeof cases / sizeof *cases);
    train_to(*state, "fixed", "2");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        resume_start(&p, *state, (const char *[]){"fixed", cases[i].option, cases[i].value, NULL});
        program_wait(&p);
        assert_int_equal(p.status, 2);
        if (!strstr(p.err, cases[i].why))
            fail_msg("%s: %s", cases[i].option, p.err);
        program_free(&p);
    }
    /* What says the same is no harm. */
    resume(&p, *state, "fixed", "--lr", "0.003", "--batch-size", "32", "--optimizer", "adam",
           "--loss", "ce", "--seed", "0", "--hidden", "8", "--activation", "relu", "--epochs", "2",
           "--device", "reference", "--momentum", "0", "--weight-decay", "0", "--beta1", "0.9",
           "--beta2", "0.999", "--eps", "1e-8", "--alpha", "0.99", "--val-fraction", "0.2");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

static void test_other_data_is_refused(void **state) {
    program p = {.folder = *state};
    const char *other = temporary_path(*state, "other-data");
    train_to(*state, "of-data", "1");
    assert_int_equal(mkdir(other, 0777), 0);
    idx_write_dataset(other, SMALL_TRAIN + 1, SMALL_TEST, 0);
    program_run(&p, "train", "--data", "other-data", "--resume", "of-data");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "other-data: train-images-idx3-ubyte"));
    assert_non_null(strstr(p.err, "differs from the file that the run was started with"));
    program_free(&p);
}

static void test_folders_without_a_run(void **state) {
    program p = {.folder = NULL};
    resume(&p, *state, "nowhere");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "nowhere: cannot open the folder: No such file or directory"));
    program_free(&p);
    resume(&p, *state, "data");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "data: cannot be resumed: there is no resume."));
    program_free(&p);
    train_to(*state, "weights", "1");
    assert_int_equal(rename(file(*state, "weights", "last.safetensors"),
                            file(*state, "weights", "resume.safetensors")),
                     0);
    resume(&p, *state, "weights");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "resume.safetensors: is not a checkpoint of a training"));
    program_free(&p);
}

/* Two at once: the second is refused; a killed first one leaves nothing that would refuse it. */
static void test_one_at_a_time(void **state) {
    program first = {.folder = NULL}, second = {.folder = NULL};
    small_train_start(&first, *state,
                      (const char *[]){"--run", "shared", "--epochs", "1000000", NULL});
    program_wait_for(&first, "epoch       1/");
    resume(&second, *state, "shared");
    assert_int_equal(second.status, 1);
    assert_non_null(strstr(second.err, "shared: another process is using this folder"));
    program_free(&second);
    small_train(&second, *state, "--run", "shared");
    assert_int_equal(second.status, 2);
    assert_non_null(strstr(second.err, "shared: already contains a run"));
    program_free(&second);
    kill(first.pid, SIGKILL);
    program_wait(&first);
    assert_int_equal(first.status, -SIGKILL);
    program_free(&first);
    resume_start(&second, *state, (const char *[]){"shared", NULL});
    program_wait_for(&second, ": epoch ");
    kill(second.pid, SIGINT);
    program_wait(&second);
    assert_int_equal(second.status, 130);
    program_free(&second);
}

/* A folder that is deleted while it is trained into. */
static void remove_run(const char *folder, const char *run) {
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s/%s'", folder, run);
    /* The program may be about to write a file that rm then finds. */
    for (int tries = 0; tries < 100 && file_exists(temporary_path(folder, run)); tries++)
        (void)!system(command);
}

static void test_a_deleted_folder(void **state) {
    program p = {.folder = NULL};
    small_train_start(&p, *state, (const char *[]){"--run", "doomed", "--epochs", "1000000", NULL});
    program_wait_for(&p, "epoch       2/");
    remove_run(*state, "doomed");
    program_wait(&p);
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "doomed/"));
    assert_non_null(strstr(p.err, "No such file or directory"));
    program_free(&p);
}

static void test_a_fallback_directory(void **state) {
    program p = {.folder = NULL};
    train_to(*state, "ahead", "400");
    small_train_start(
        &p, *state,
        (const char *[]){"--run", "doomed", "--fallback-dir", "spare", "--epochs", "400", NULL});
    program_wait_for(&p, "epoch   2/400");
    remove_run(*state, "doomed");
    program_wait_for(&p, "the run continues in spare");
    program_wait(&p);
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "spare/last.safetensors"));
    program_free(&p);
    same_runs(*state, "ahead", "spare");
    resume(&p, *state, "spare");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

/* What is written at the very end goes there too, and all else with it. */
static void test_a_fallback_directory_for_results(void **state) {
    program p = {.folder = NULL};
    train_to(*state, "ended", "40");
    small_train_start(
        &p, *state, (const char *[]){"--run", "stuck", "--spare", "other", "--epochs", "40", NULL});
    program_wait_for(&p, "epoch  2/40");
    assert_int_equal(mkdir(file(*state, "stuck", "metrics.json"), 0777), 0);
    program_wait_for(&p, "the run continues in other");
    program_wait(&p);
    assert_int_equal(p.status, 0);
    assert_non_null(strstr(p.out, "other/last.safetensors"));
    program_free(&p);
    same_runs(*state, "ended", "other");
    assert_true(file_exists(file(*state, "other", "metrics.json")));
    assert_true(file_exists(file(*state, "other", "report.html")));
}

/* An unusable fallback directory is reported at the start, and an unused one is removed. */
static void test_a_fallback_directory_at_the_start(void **state) {
    program p = {.folder = NULL};
    train_to(*state, "taken", "1");
    small_train(&p, *state, "--run", "begun", "--fallback-dir", "taken");
    assert_int_equal(p.status, 2);
    assert_non_null(strstr(p.err, "taken: already contains a run"));
    assert_false(file_exists(temporary_path(*state, "begun")));
    program_free(&p);
    small_train(&p, *state, "--run", "not needed", "--fallback-dir", "unused", "--epochs", "1");
    assert_int_equal(p.status, 0);
    assert_false(file_exists(temporary_path(*state, "unused")));
    program_free(&p);
    assert_int_equal(mkdir(temporary_path(*state, "mine"), 0777), 0);
    small_train(&p, *state, "--run", "nor here", "--spare", "mine", "--epochs", "1");
    assert_int_equal(p.status, 0);
    assert_true(file_exists(temporary_path(*state, "mine")));
    program_free(&p);
}

/* A limit that lets the first checkpoint through, which has no state of the optimiser yet, and not
 * the second. */
static void test_no_room_for_a_checkpoint(void **state) {
    program p = {.file_limit = 60000};
    small_train(&p, *state, "--run", "cramped");
    assert_int_equal(p.status, 1);
    assert_non_null(strstr(p.err, "cramped/resume.safetensors: cannot write: File too large"));
    assert_non_null(strstr(p.err, "fmnist-cl train --resume cramped"));
    program_free(&p);
    assert_int_equal(temporary_count(temporary_path(*state, "cramped")), 2);
    p = (program){.file_limit = 0};
    resume(&p, *state, "cramped");
    assert_int_equal(p.status, 0);
    program_free(&p);
    train_to(*state, "roomy", "3");
    same_runs(*state, "roomy", "cramped");
}

/* Each byte of the file but its last: something is wrong with it, and nothing else is touched. */
static void test_a_damaged_checkpoint(void **state) {
    program p = {.folder = NULL};
    train_to(*state, "hurt", "1");
    const char *path = file(*state, "hurt", "resume.safetensors");
    size_t size;
    unsigned char *bytes = temporary_read(path, &size);
    for (size_t i = 0; i < 6; i++) {
        size_t at = i * (size - 1) / 5;
        bytes[at] ^= 1;
        temporary_write(path, bytes, size);
        bytes[at] ^= 1;
        resume(&p, *state, "hurt", "--epochs", "2");
        assert_int_equal(p.status, 1);
        assert_non_null(strstr(p.err, "hurt/resume.safetensors: "));
        program_free(&p);
    }
    temporary_write(path, bytes, size);
    free(bytes);
    resume(&p, *state, "hurt", "--epochs", "3");
    assert_int_equal(p.status, 0);
    program_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stopped_and_resumed),
        cmocka_unit_test(test_quit_after_ctrl_c),
        cmocka_unit_test(test_hint_has_the_epochs),
        cmocka_unit_test(test_past_the_end),
        cmocka_unit_test(test_on_another_device),
        cmocka_unit_test(test_options_that_would_change_it),
        cmocka_unit_test(test_other_data_is_refused),
        cmocka_unit_test(test_folders_without_a_run),
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_a_deleted_folder),
        cmocka_unit_test(test_a_fallback_directory),
        cmocka_unit_test(test_a_fallback_directory_for_results),
        cmocka_unit_test(test_a_fallback_directory_at_the_start),
        cmocka_unit_test(test_no_room_for_a_checkpoint),
        cmocka_unit_test(test_a_damaged_checkpoint),
    };
    return cmocka_run_group_tests(tests, small_runs_setup, small_runs_teardown);
}
