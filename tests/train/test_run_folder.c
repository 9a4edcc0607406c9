/* Run folders: which process gets one, and invalid files in it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fmnist_cl/run_folder.h"
#include "support/idx_files.h"
#include "support/small_runs.h"
#include "support/temporary.h"

static fm_run_folder *create(const char *path) {
    fm_error error = {0};
    fm_run_folder *folder;
    if (fm_run_folder_create(&folder, path, "x", &error))
        fail_msg("%s: %s", error.what, error.why);
    return folder;
}

static void test_parents_are_made(void **state) {
    const char *path = temporary_path(*state, "a//b/c/");
    fm_run_folder *folder = create(path);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    /* Nothing was written to it, so nothing is left. */
    fm_run_folder_free(folder);
    assert_false(file_exists(path));
    /* A folder that was there stays. */
    assert_int_equal(mkdir(path, 0777), 0);
    fm_run_folder_free(create(path));
    assert_true(file_exists(path));
}

static void test_each_file_of_a_run_counts(void **state) {
    static const char *const files[] = {"config.json",      "history.csv",
                                        "metrics.json",     "last.safetensors",
                                        "best.safetensors", "resume.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[16];
        fm_run_folder *folder;
        fm_error error = {0};
        snprintf(name, sizeof name, "used-%zu", i);
        const char *path = temporary_path(*state, name);
        assert_int_equal(mkdir(path, 0777), 0);
        temporary_write(temporary_path(path, "notes.txt"), "", 0);
        fm_run_folder_free(create(path));
        temporary_write(temporary_path(path, files[i]), "", 0);
        assert_int_equal(fm_run_folder_create(&folder, path, "x", &error), FM_E_ARGUMENT);
        assert_null(folder);
        assert_string_equal(error.what, path);
        assert_non_null(strstr(error.why, files[i]));
    }
}

static void test_invalid_names(void **state) {
    char *longest = calloc(1, 10001);
    fm_run_folder *folder;
    fm_error error = {0};
    assert_non_null(longest);
    memset(longest, 'a', 10000);
    assert_int_equal(fm_run_folder_create(&folder, longest, "x", &error), FM_E_ARGUMENT);
    longest[1000] = '\0'; /* too long for a file name */
    assert_int_equal(fm_run_folder_create(&folder, temporary_path(*state, longest), "x", &error),
                     FM_E_FILE);
    assert_int_equal(fm_run_folder_create(&folder, "", "x", &error), FM_E_ARGUMENT);
    free(longest);
}

/* Many processes at once: each gets its own number, without gaps. */
static void test_numbers_are_never_shared(void **state) {
    enum { PROCESSES = 8, EACH = 5 };
    for (int p = 0; p < PROCESSES; p++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            int failed = chdir(*state);
            for (int i = 0; i < EACH; i++) {
                fm_run_folder *folder = NULL;
                failed = failed || fm_run_folder_create(&folder, NULL, "race", NULL);
            }
            _exit(failed);
        }
    }
    for (int p = 0; p < PROCESSES; p++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (int number = 1; number <= PROCESSES * EACH; number++) {
        char name[32];
        snprintf(name, sizeof name, "runs/race-%d", number);
        assert_true(file_exists(temporary_path(*state, name)));
    }
}

/* A state of a small network after `epochs` epochs. */
static fm_train_state *make_state(size_t epochs) {
    static const fm_architecture a = {.inputs = 3, .outputs = 2};
    fm_weights *weights = NULL;
    fm_train_state *made = NULL;
    assert_int_equal(fm_weights_create(&weights, &a, NULL), FM_OK);
    fm_weights_randomize(weights, 1);
    assert_int_equal(fm_train_state_create(&made, weights, NULL), FM_OK);
    made->history = calloc(epochs + 1, sizeof *made->history);
    assert_non_null(made->history);
    made->epochs = epochs;
    for (size_t i = 0; i < epochs; i++)
        made->history[i] = (fm_epoch){.number = i + 1,
                                      .train = {0.5, 0.25},
                                      .has_val = 1,
                                      .val = {0.75, 0.125},
                                      .lr = 0.003,
                                      .seconds = 1.5,
                                      .images_per_s = 48000};
    return made;
}

/* The folder and its run's settings. */
static fm_run_folder *create_described(const char *path, const char *data,
                                       const fm_train_state *made) {
    fm_run_folder *folder = create(path);
    fm_dataset *dataset = NULL;
    fm_train_options options;
    const fm_device_info device = {.type = FM_DEVICE_CPU,
                                   .platform = "Portable",
                                   .name = "a \"device\"",
                                   .opencl_c = "",
                                   .driver = "3.1"};
    const fm_choices choices = {.inputs = 6, .depth = 16};
    const fm_device_kernels kernels = {FM_GEMM_CLBLAST, &choices, 1};
    fm_train_options_init(&options);
    options.optimizer.lr = 0.1;
    options.epochs = 17;
    options.max_steps = 5000;
    options.seed = UINT64_MAX;
    assert_int_equal(fm_dataset_load(&dataset, data, NULL), FM_OK);
    const fm_run_basis basis = {.options = &options,
                                .architecture = fm_weights_architecture(made->weights),
                                .device = &device,
                                .kernels = &kernels,
                                .dataset = dataset,
                                .gemm = FM_GEMM_NATIVE,
                                .init = "init.safetensors",
                                .tensorboard = "curves"};
    assert_int_equal(fm_run_folder_set_config(folder, &basis, NULL), FM_OK);
    fm_dataset_free(dataset);
    return folder;
}

static const char *make_data(char *folder) {
    const char *data = temporary_path(folder, "data");
    if (!file_exists(data)) {
        assert_int_equal(mkdir(data, 0777), 0);
        idx_write_dataset(data, 5, 5, 0);
    }
    return data;
}

static void test_history_has_every_row(void **state) {
    static const char wanted[] =
        "epoch,train_loss,train_acc,val_loss,val_acc,lr,seconds,images_per_s\n"
        "1,0.5,0.25,0.75,0.125,0.003,1.500000,48000.0\n"
        "2,nan,0.25,,,0.003,1.500000,48000.0\n";
    fm_train_state *made = make_state(2);
    made->history[1].has_val = 0;
    made->history[1].train.loss = (double)NAN;
    fm_run_folder *folder =
        create_described(temporary_path(*state, "history"), make_data(*state), made);
    assert_int_equal(fm_run_folder_save(folder, made, NULL), FM_OK);
    fm_run_folder_free(folder);
    fm_train_state_free(made);
    size_t size;
    unsigned char *text =
        temporary_read(temporary_path(temporary_path(*state, "history"), "history.csv"), &size);
    assert_int_equal(size, strlen(wanted));
    assert_memory_equal(text, wanted, size);
    free(text);
}

static void test_saved_runs_open(void **state) {
    const char *path = temporary_path(*state, "opened");
    fm_run_folder *folder = NULL, *other = NULL;
    fm_train_state *made = make_state(3), *read = NULL;
    fm_run_settings settings;
    fm_error error = {0};
    assert_int_equal(fm_run_folder_open(&folder, &read, &settings, path, &error), FM_E_FILE);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(fm_run_folder_open(&folder, &read, &settings, path, &error), FM_E_ARGUMENT);
    assert_non_null(strstr(error.why, "there is no resume.safetensors"));
    folder = create_described(path, make_data(*state), made);
    assert_int_equal(fm_run_folder_save(folder, made, NULL), FM_OK);
    /* While it is open, no other process can open it. */
    assert_int_equal(fm_run_folder_open(&other, &read, &settings, path, &error), FM_E_FILE);
    assert_non_null(strstr(error.why, "another process"));
    assert_null(other);
    fm_run_folder_free(folder);
    temporary_write(temporary_path(path, ".last.safetensors.tmp-123"), "", 0);
    temporary_write(temporary_path(path, ".last.safetensors.tmp-12x"), "", 0);
    assert_int_equal(fm_run_folder_open(&folder, &read, &settings, path, &error), FM_OK);
    assert_false(file_exists(temporary_path(path, ".last.safetensors.tmp-123")));
    assert_true(file_exists(temporary_path(path, ".last.safetensors.tmp-12x")));
    fm_run_folder_free(folder);
    assert_int_equal(read->epochs, 3);
    assert_memory_equal(&read->history[2].val, &made->history[2].val, sizeof read->history->val);
    assert_true(settings.options.optimizer.lr == 0.1 && settings.options.epochs == 17);
    assert_true(settings.options.seed == UINT64_MAX && settings.options.max_steps == 5000);
    assert_true(settings.options.shuffle && settings.options.batch_size == 128);
    assert_int_equal(settings.gemm, FM_GEMM_NATIVE);
    assert_int_equal(settings.products, FM_GEMM_CLBLAST);
    assert_string_equal(settings.device, "a \"device\"");
    assert_string_equal(settings.driver, "3.1");
    assert_string_equal(settings.init, "init.safetensors");
    assert_int_equal(strlen(settings.sha256[3]), 64);
    fm_train_state_free(read);
    fm_train_state_free(made);
}

static void test_non_finite_numbers_are_null(void **state) {
    fm_run_folder *folder = create(temporary_path(*state, "metrics"));
    const fm_metrics metrics = {.device = "caf\xe9",
                                .train = {(double)NAN, 0.5},
                                .has_test = 1,
                                .test = {(double)INFINITY, 1.0 / 3},
                                .seconds = 2};
    char *json;
    assert_int_equal(fm_run_folder_write_metrics(&json, folder, &metrics, NULL), FM_OK);
    json_t *document = parse_json(json);
    const json_t *test = json_object_get(document, "test");
    assert_true(json_is_null(json_object_get(json_object_get(document, "train"), "loss")));
    assert_true(json_is_null(json_object_get(test, "loss")));
    assert_true(json_number_value(json_object_get(test, "accuracy")) == 1.0 / 3);
    assert_true(json_is_null(json_object_get(document, "val")));
    assert_string_equal(json_string_value(json_object_get(document, "device")), "caf?");
    json_decref(document);
    free(json);
    fm_run_folder_free(folder);
}

/* A config.json is only accepted if it is valid. */
static void test_settings_are_checked(void **state) {
    static const struct {
        const char *text;
        int status, found;
    } cases[] = {
        {"", FM_OK, 0},
        {"[1, 2", FM_OK, 0},
        {"[]", FM_OK, 0},
        {"{\"program\": 1}", FM_OK, 0},
        {"{\"program\": \"fmnist-cl\", \"loss\": null}", FM_E_FORMAT, 0},
        {"{\"program\": \"fmnist-cl\", \"loss\": \"x\", \"val-fraction\": 0.2, \"no-shuffle\": "
         "false, \"seed\": 1}",
         FM_E_FORMAT, 0},
        {"{\"program\": \"fmnist-cl\", \"loss\": \"ce\", \"val-fraction\": 1, \"no-shuffle\": "
         "false, \"seed\": 1}",
         FM_E_FORMAT, 0},
        {"{\"program\": \"fmnist-cl\", \"loss\": \"ce\", \"val-fraction\": 0.2, \"no-shuffle\": "
         "0, \"seed\": 1}",
         FM_E_FORMAT, 0},
        {"{\"program\": \"fmnist-cl\", \"loss\": \"ce\", \"val-fraction\": 0.2, \"no-shuffle\": "
         "true, \"seed\": \"18446744073709551616\"}",
         FM_E_FORMAT, 0},
        {"{\"program\": \"fmnist-cl\", \"loss\": \"mse\", \"val-fraction\": 0.5, \"no-shuffle\": "
         "true, \"seed\": \"18446744073709551615\"}",
         FM_OK, 1},
    };
    const char *path = temporary_path(*state, "config.json");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fm_run_settings run = {.seconds = 7};
        const fm_train_options *o = &run.options;
        int found;
        temporary_write(path, cases[i].text, strlen(cases[i].text));
        assert_int_equal(fm_run_folder_read_settings(&run, &found, *state, NULL), cases[i].status);
        assert_int_equal(found, cases[i].found);
        assert_true(found || run.seconds == 7); /* unchanged */
        assert_true(!found || (o->seed == UINT64_MAX && o->loss == FM_MSE &&
                               o->val_fraction == 0.5 && !o->shuffle));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parents_are_made),
        cmocka_unit_test(test_each_file_of_a_run_counts),
        cmocka_unit_test(test_invalid_names),
        cmocka_unit_test(test_numbers_are_never_shared),
        cmocka_unit_test(test_history_has_every_row),
        cmocka_unit_test(test_saved_runs_open),
        cmocka_unit_test(test_non_finite_numbers_are_null),
        cmocka_unit_test(test_settings_are_checked),
    };
    return cmocka_run_group_tests(tests, temporary_setup, temporary_teardown);
}
