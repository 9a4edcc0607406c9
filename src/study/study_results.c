/* study.json. */
#include "io/json.h"
#include "io/settings_json.h"
#include "study/results.h"
#include "study/study.h"

static json_t *findings_json(const fm_study *study) {
    fm_finding findings[FM_FINDINGS];
    json_t *list = json_array();
    fm_study_findings(findings, study);
    for (size_t i = 0; i < FM_FINDINGS; i++)
        fm_json_append(&list,
                       json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s}", "step", findings[i].step,
                                 "claim", findings[i].claim, "statement", findings[i].statement,
                                 "threshold", findings[i].threshold, "figure", findings[i].figure,
                                 "difference",
                                 findings[i].measured ? fm_difference_json(&findings[i].difference)
                                                      : json_null(),
                                 "verdict", fm_finding_verdict_name(findings[i].verdict)));
    return list;
}

static json_t *final_json(const fm_study *study) {
    const fm_conclusion *c = &study->conclusion[FM_FACTOR_FINAL];
    const fm_value_result *val = &c->value[0];
    fm_test_result test;
    fm_study_test(&test, study);
    return json_pack("{s:{s:o, s:o, s:o, s:o, s:I}, s:{s:o, s:o, s:o, s:o, s:I}}", "val", "loss",
                     fm_json_real(val->loss), "accuracy", fm_json_real(val->mean), "mean",
                     fm_json_real(val->mean), "sd",
                     val->n > 1 ? fm_json_real(val->sd) : json_null(), "n", (json_int_t)val->n,
                     "test", "loss", fm_json_real(test.loss), "accuracy", fm_json_real(test.mean),
                     "mean", fm_json_real(test.mean), "sd",
                     test.n > 1 ? fm_json_real(test.sd) : json_null(), "n", (json_int_t)test.n);
}

static json_t *study_json(const fm_study *study, const char *report) {
    json_t *experiments = json_array();
    for (size_t step = 0; step < FM_FACTORS; step++)
        fm_json_append(&experiments, fm_experiment_json(study->experiment[step]));
    return json_pack("{s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "experiments", experiments, "best",
                     fm_settings_json(&study->best), "final", final_json(study), "findings",
                     findings_json(study), "quick", study->options.quick, "cuts",
                     study->options.quick ? json_string(fm_study_cuts()) : json_null(), "report",
                     fm_json_text(report));
}

int fm_study_write_results(char **json, const fm_study *study, const char *report,
                           fm_error *error) {
    if (json)
        *json = NULL;
    return fm_results_write(json, study_json(study, report), study->folder, "study.json", error);
}
