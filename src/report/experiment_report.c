/* report.html of one experiment. */
#include "fmnist_cl/study_report.h"
#include "report/experiment_html.h"
#include "report/explain.h"
#include "report/settings_html.h"

static int build(fm_html *page, const fm_experiment *experiment, const fm_conclusion *conclusion,
                 const fm_report_basis *basis, fm_error *error) {
    const fm_plan *plan = fm_experiment_plan(experiment);
    fm_html_begin(page, "An experiment",
                  "Fully connected networks on Fashion-MNIST, one setting "
                  "varied, judged on the validation set alone");
    fm_html_cards_begin(page);
    fm_html_card(page, "trainings", "%zu", fm_experiment_trial_count(experiment));
    fm_html_card(page, "seeds", "%zu", plan->seed_count);
    if (conclusion->choice != FM_NO_VALUE) {
        fm_html_card(page, "chosen", "%s", plan->value[conclusion->choice]);
        fm_html_card(page, "validation accuracy", "%.2f %%",
                     100 * conclusion->value[conclusion->choice].mean);
    }
    fm_html_cards_end(page);
    int status =
        fm_experiment_html_add(page, fm_factor_name(plan->factor), experiment, conclusion, error);
    if (status)
        return status;
    fm_html_heading(page, 2, "What was held fixed");
    fm_html_facts_begin(page);
    fm_settings_html_add(page, &plan->fixed.architecture, &plan->fixed.options, plan->factor);
    fm_html_facts_end(page);
    fm_explain_add(page);
    fm_experiment_html_add_basis(page, basis);
    return FM_OK;
}

int fm_experiment_report_write(const fm_experiment *experiment, const fm_conclusion *conclusion,
                               const fm_report_basis *basis, fm_error *error) {
    fm_html page = {0};
    int status = build(&page, experiment, conclusion, basis, error);
    if (!status)
        status = fm_html_write(&page, fm_experiment_folder(experiment), error);
    fm_html_free(&page);
    return status;
}
