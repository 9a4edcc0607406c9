/* experiment.json and results.csv. */
#include "study/results.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "io/file.h"
#include "io/json.h"
#include "io/settings_json.h"
#include "study/experiment.h"
#include "study/plan.h"

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

json_t *fm_difference_json(const fm_difference *difference) {
    return json_pack("{s:o, s:o, s:o}", "mean", fm_json_real(difference->mean), "low",
                     fm_json_real(difference->low), "high", fm_json_real(difference->high));
}

static json_t *value_json(const fm_conclusion *c, const fm_plan *plan, size_t v) {
    const fm_value_result *r = &c->value[v];
    return json_pack(
        "{s:o, s:o, s:o, s:I, s:o, s:o, s:I, s:I, s:s, s:o, s:o, s:o}", "value",
        fm_plan_value_json(plan, v), "mean", r->n ? fm_json_real(r->mean) : json_null(), "sd",
        r->n > 1 ? fm_json_real(r->sd) : json_null(), "n", (json_int_t)r->n, "seconds",
        r->n ? fm_json_real(r->seconds) : json_null(), "val_loss",
        r->n ? fm_json_real(r->loss) : json_null(), "failed", (json_int_t)r->failed, "at_chance",
        (json_int_t)r->at_chance, "verdict", fm_verdict_name(r->verdict), "difference",
        r->verdict == FM_VERDICT_FAILED ? json_null() : fm_difference_json(&r->difference), "flops",
        fm_json_real(r->flops), "bytes", fm_json_real(r->bytes));
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
    json_t *looks = json_array();
    for (size_t i = 0; i < c->look_count; i++)
        fm_json_append(&looks, json_pack("{s:I, s:I, s:o}", "seeds", (json_int_t)c->look[i].seeds,
                                         "values", (json_int_t)c->look[i].count, "alpha",
                                         fm_json_real(c->look[i].alpha)));
    json_t *document =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:b, s:f, s:s, s:o, s:s, s:O}", "experiment",
                  fm_factor_name(e->plan.factor), "trials", trials, "values", values, "best",
                  fm_plan_value_json(&e->plan, c->best), "choice",
                  fm_plan_value_json(&e->plan, c->choice), "tie", c->tie, "margin", e->plan.margin,
                  "test", "Games-Howell within seeds, simultaneous 95 % intervals", "looks", looks,
                  "conclusion", words, "settings", e->settings);
    free(c);
    return document;
}

/* ---- Files ---- */

static int write_csv(const fm_experiment *e, fm_error *error) {
    fm_text text = {0};
    char *csv;
    fm_text_add(&text, "value,seed,val_accuracy,val_loss,seconds,failed\n");
    for (size_t i = 0; i < fm_experiment_row_count(e); i++) {
        fm_result_row row;
        if (!fm_experiment_row(&row, e, i))
            continue;
        fm_text_print(&text, "%s,%" PRIu64 ",", e->plan.value[row.value], row.trial->seed);
        if (row.trial->failed)
            fm_text_add(&text, ",,");
        else
            fm_text_print(&text, "%.9g,%.9g,%.6f", row.val_accuracy, row.val_loss, row.seconds);
        fm_text_print(&text, ",%d\n", row.trial->failed);
    }
    int status = fm_text_take(&csv, &text, "results", error);
    if (!status)
        status = fm_file_write_text(e->folder, "results.csv", csv, error);
    free(csv);
    return status;
}

int fm_results_write(char **json, json_t *document, const char *folder, const char *name,
                     fm_error *error) {
    char *text;
    int status = fm_json_write(&text, document, error);
    if (!status)
        status = fm_file_write_text(folder, name, text, error);
    if (json && !status)
        *json = text;
    else
        free(text);
    return status;
}

int fm_experiment_write_results(char **json, const fm_experiment *e, fm_error *error) {
    if (json)
        *json = NULL;
    int status = write_csv(e, error);
    return status
               ? status
               : fm_results_write(json, fm_experiment_json(e), e->folder, "experiment.json", error);
}
