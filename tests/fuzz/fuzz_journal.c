/* The journal of an experiment and the trials in its lines. After a line is added, it can be opened
 * again with all lines. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "study/journal.h"
#include "study/trial.h"

/* The input is a whole file or, after a first byte of '+', the lines after the first one. */
static const char first_line[] =
    "{\"fmnist-cl\":\"experiment\",\"version\":\"0\",\"settings\":{\"experiment\":\"lr\"}}\n";

static const fm_plan *plan(void) {
    static fm_plan made;
    if (made.value_count)
        return &made;
    fm_settings fixed = {
        .architecture = {
            .inputs = FM_PIXELS, .outputs = FM_CLASSES, .hidden = {8}, .hidden_count = 1}};
    fm_train_options_init(&fixed.options);
    fuzz_require(!fm_plan_create(&made, FM_FACTOR_LR, "0.001,0.003", &fixed, 2, 1000, NULL),
                 "the plan can be made");
    return &made;
}

static void read_trials(const json_t *lines) {
    for (size_t i = 0; i < json_array_size(lines); i++) {
        fm_trial trial, again;
        fm_error error = {0};
        int status = fm_trial_read(&trial, json_array_get(lines, i), plan(), &error);
        if (status) {
            fuzz_require_error(status, &error);
            fuzz_require(!trial.curve, "nothing comes out of a bad line");
            continue;
        }
        fuzz_require(trial.value < plan()->value_count, "the value is one of the plan's");
        fuzz_require(memchr(trial.reason, 0, sizeof trial.reason) != NULL, "the reason ends");
        json_t *line = fm_trial_json(&trial, plan());
        fuzz_require(line && !fm_trial_read(&again, line, plan(), &error),
                     "a trial that was read can be written and read again");
        fuzz_require(again.value == trial.value && again.seed == trial.seed &&
                         again.epochs == trial.epochs && again.failed == trial.failed,
                     "it is the same trial");
        json_decref(line);
        fm_trial_clear(&again);
        fm_trial_clear(&trial);
    }
}

static int open_journal(fm_journal **journal, json_t **lines, fm_error *error) {
    json_t *settings = json_pack("{s:s}", "experiment", "lr");
    int status = fm_journal_open(journal, lines, fuzz_folder(), settings, error);
    json_decref(settings);
    return status;
}

static void write_journal(const uint8_t *bytes, size_t size) {
    enum { MOST = 1 << 16 };
    static uint8_t whole[sizeof first_line + MOST];
    fuzz_name("journal.jsonl");
    if (size == 0 || bytes[0] != '+') {
        fuzz_file(bytes, size);
        return;
    }
    size_t rest = size - 1 < MOST ? size - 1 : MOST;
    memcpy(whole, first_line, strlen(first_line));
    memcpy(whole + strlen(first_line), bytes + 1, rest);
    fuzz_file(whole, strlen(first_line) + rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fm_journal *journal;
    json_t *lines;
    fm_error error = {0};
    write_journal(bytes, size);
    int status = open_journal(&journal, &lines, &error);
    if (status) {
        fuzz_require_error(status, &error);
        fuzz_require(!journal && !lines, "nothing comes out of a bad journal");
        return 0;
    }
    size_t count = json_array_size(lines);
    read_trials(lines);
    json_decref(lines);
    fuzz_require(!fm_journal_add(journal, json_pack("{s:i}", "n", 1), &error), "a line is added");
    fm_journal_close(journal);
    fuzz_require(!open_journal(&journal, &lines, &error), "what was written can be read");
    fuzz_require(json_array_size(lines) == count + 1, "the line is there");
    json_decref(lines);
    fm_journal_close(journal);
    return 0;
}
