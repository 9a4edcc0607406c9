/* experiment.json and results.csv. */
#include "study/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/json.h"
#include "io/settings_json.h"
#include "study/experiment.h"
#include "study/plan.h"

static const char *const verdicts[] = {[FM_VERDICT_BEST] = "best",
                                       [FM_VERDICT_SAME] = "not worse",
                                       [FM_VERDICT_WORSE] = "worse",
                                       [FM_VERDICT_UNTESTED] = "not tested",
                                       [FM_VERDICT_FAILED] = "failed"};

const char *fm_verdict_name(enum fm_verdict verdict) {
    return verdicts[verdict];
}

json_t *fm_plan_value_json(const fm_plan *plan, size_t value) {
    if (value == FM_NO_VALUE)
        return json_null();
    const fm_option *option = fm_factor_option(plan->factor);
    fm_settings settings;
    fm_plan_apply(&settings, plan, value);
    return option ? fm_option_json(&settings, option) : json_string(plan->value[value]);
}

static json_t *trial_json(const fm_experiment *e, const fm_result_row *row) {
    const fm_trial *t = row->trial;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o}", "value",
                     fm_plan_value_json(&e->plan, row->value), "seed", fm_json_unsigned(t->seed),
                     "val_accuracy", t->failed ? json_null() : fm_json_real(row->val_accuracy),
                     "val_loss", t->failed ? json_null() : fm_json_real(row->val_loss), "seconds",
                     t->failed ? json_null() : fm_json_real(row->seconds), "run",
                     fm_json_text(e->folder), "device", fm_json_text(t->device), "driver",
                     fm_json_text(t->driver), "failed", t->failed, "diverged",
                     t->cause == FM_E_DIVERGED, "reason",
                     t->failed ? fm_json_text(t->reason) : json_null());
}

static json_t *value_json(const fm_conclusion *c, const fm_plan *plan, size_t v) {
    const fm_value_result *r = &c->value[v];
    const int tested = r->verdict == FM_VERDICT_SAME || r->verdict == FM_VERDICT_WORSE;
    return json_pack(
        "{s:o, s:o, s:o, s:I, s:o, s:o, s:I, s:s, s:o}", "value", fm_plan_value_json(plan, v),
        "mean", r->n ? fm_json_real(r->mean) : json_null(), "sd",
        r->n > 1 ? fm_json_real(r->sd) : json_null(), "n", (json_int_t)r->n, "seconds",
        r->n ? fm_json_real(r->seconds) : json_null(), "val_loss",
        r->n ? fm_json_real(r->loss) : json_null(), "failed", (json_int_t)r->failed, "verdict",
        verdicts[r->verdict], "t", tested ? fm_json_real(r->t) : json_null());
}

json_t *fm_experiment_json(const fm_experiment *e) {
    fm_conclusion *c;
    char words[4096];
    json_t *trials = json_array(), *values = json_array();
    if (fm_memory_allocate(&c, 1, sizeof *c, "the conclusion", NULL)) {
        json_decref(trials);
        json_decref(values);
        return NULL;
    }
    fm_experiment_conclude(c, e);
    fm_conclusion_text(words, sizeof words, c, &e->plan);
    for (size_t i = 0; i < fm_experiment_row_count(e); i++) {
        fm_result_row row;
        if (fm_experiment_row(&row, e, i))
            fm_json_append(&trials, trial_json(e, &row));
    }
    for (size_t v = 0; v < c->value_count; v++)
        fm_json_append(&values, value_json(c, &e->plan, v));
    json_t *document = json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:O}", "experiment",
                                 fm_factor_name(e->plan.factor), "trials", trials, "values", values,
                                 "best", fm_plan_value_json(&e->plan, c->best), "choice",
                                 fm_plan_value_json(&e->plan, c->choice), "test",
                                 "paired t test over the seeds, 5 %, two-sided", "conclusion",
                                 words, "settings", e->settings);
    free(c);
    return document;
}

/* ---- Files ---- */

static int write_file(const fm_experiment *e, const char *name, const char *text, fm_error *error) {
    char path[4096];
    const fm_file_part part = {text, strlen(text)};
    int length = snprintf(path, sizeof path, "%s/%s", e->folder, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return fm_error_set(error, FM_E_FILE, e->folder, "the name is too long");
    return fm_file_write(path, &part, 1, error);
}

static const char csv_head[] = "value,seed,val_accuracy,val_loss,seconds,failed\n";

static int write_csv(const fm_experiment *e, fm_error *error) {
    enum { ROW_SIZE = 256 };
    const size_t rows = fm_experiment_row_count(e);
    char *text;
    int status = fm_memory_allocate(&text, sizeof csv_head + rows * ROW_SIZE, 1, "results", error);
    if (status)
        return status;
    memcpy(text, csv_head, sizeof csv_head);
    size_t at = sizeof csv_head - 1;
    for (size_t i = 0; i < rows; i++) {
        fm_result_row row;
        char figures[128] = ",,";
        if (!fm_experiment_row(&row, e, i))
            continue;
        if (!row.trial->failed)
            snprintf(figures, sizeof figures, "%.9g,%.9g,%.6f", row.val_accuracy, row.val_loss,
                     row.seconds);
        at += (size_t)snprintf(text + at, ROW_SIZE, "%s,%llu,%s,%d\n", e->plan.value[row.value],
                               (unsigned long long)row.trial->seed, figures, row.trial->failed);
    }
    status = write_file(e, "results.csv", text, error);
    free(text);
    return status;
}

int fm_experiment_write_results(char **json, const fm_experiment *e, fm_error *error) {
    char *text;
    if (json)
        *json = NULL;
    int status = fm_json_write(&text, fm_experiment_json(e), error);
    if (!status)
        status = write_file(e, "experiment.json", text, error);
    if (!status)
        status = write_csv(e, error);
    if (json && !status)
        *json = text;
    else
        free(text);
    return status;
}
