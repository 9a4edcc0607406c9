#include "report/experiment_html.h"

#include <string.h>

#include "fmnist_cl/version.h"
#include "report/experiment_plot.h"
#include "report/explain.h"
#include "report/settings_html.h"

static void add_table(fm_html *page, const fm_plan *plan, const fm_conclusion *c) {
    const char *const heads[] = {fm_factor_name(plan->factor),
                                 "val. accuracy (%)",
                                 "s.d.",
                                 "val. loss",
                                 "seeds",
                                 "seconds",
                                 "difference to the best (points)",
                                 "verdict"};
    fm_html_table_begin(page, "Means over the seeds, on the validation set", heads, "rrrrrrll");
    for (size_t v = 0; v < c->value_count; v++) {
        const fm_value_result *r = &c->value[v];
        fm_html_row(page);
        fm_html_head_cell(page, "%s", plan->value[v]);
        if (r->n) {
            fm_html_number(page, "%.2f", 100 * r->mean);
            fm_html_number(page, r->n > 1 ? "%.2f" : "-", 100 * r->sd);
            fm_html_number(page, "%.4f", r->loss);
        } else {
            for (int i = 0; i < 3; i++)
                fm_html_number(page, "-");
        }
        fm_html_number(page, "%zu", r->n);
        fm_html_number(page, r->n ? "%.2f" : "-", r->seconds);
        if (r->compared)
            fm_html_cell(page, "%+.2f [%+.2f, %+.2f]", 100 * r->difference.mean,
                         100 * r->difference.low, 100 * r->difference.high);
        else
            fm_html_cell(page, "-");
        fm_html_cell(page, "%s%s", fm_verdict_name(r->verdict), v == c->choice ? ", chosen" : "");
    }
    fm_html_table_end(page);
}

/* Adds each line of the conclusion as a paragraph. */
static void add_words(fm_html *page, const fm_plan *plan, const fm_conclusion *conclusion) {
    char words[4096], *rest;
    fm_conclusion_text(words, sizeof words, conclusion, plan);
    for (char *line = strtok_r(words, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        fm_html_paragraph(page, "%s", line);
}

static void add_other_devices(fm_html *page, const fm_experiment *experiment) {
    const fm_trial *first;
    size_t count = fm_experiment_on_other_device(&first, experiment);
    if (count)
        fm_html_note(page,
                     "%zu of the %zu trainings ran on another device than the one named below; the "
                     "first of them ran on %s (driver %s). Their results and times are not "
                     "comparable with the others.",
                     count, fm_experiment_planned(experiment),
                     first->device[0] ? first->device : "an unknown device",
                     first->driver[0] ? first->driver : "none");
}

void fm_experiment_html_add(fm_html *page, const char *title, const fm_experiment *experiment,
                            const fm_conclusion *conclusion) {
    const fm_plan *plan = fm_experiment_plan(experiment);
    const fm_explanation *explanation = fm_explain_find(fm_factor_name(plan->factor));
    fm_html_heading(page, 2, title);
    if (explanation)
        fm_html_paragraph(page, "%s", explanation->text);
    if (plan->value_count > 1 && conclusion->best != FM_NO_VALUE) {
        fm_experiment_plot plot;
        fm_experiment_plot_make(&plot, plan, conclusion);
        fm_html_plot(page, &plot.plot);
    }
    add_words(page, plan, conclusion);
    fm_html_details_begin(page, "Table of all values");
    add_table(page, plan, conclusion);
    fm_html_details_end(page);
    add_other_devices(page, experiment);
}

void fm_experiment_html_add_basis(fm_html *page, const fm_report_basis *basis) {
    fm_html_heading(page, 2, "Reproduce");
    fm_html_command(page, basis->command);
    fm_html_facts_begin(page);
    fm_html_fact(page, "Program", "fmnist-cl %s", FM_VERSION);
    fm_settings_html_add_device(page, basis->device, basis->gemm);
    fm_html_facts_end(page);
    fm_settings_html_add_sums(page, basis->dataset);
}
