/* report.html of a whole study, and of one experiment. */
#include "fmnist_cl/study_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/path.h"
#include "io/file.h"
#include "io/png.h"
#include "report/contact_sheet.h"
#include "report/evaluation_html.h"
#include "report/experiment_html.h"
#include "report/explain.h"
#include "report/history_plot.h"
#include "report/settings_html.h"
#include "study/study.h"

enum { SAMPLES = 50, MISTAKES = 30, IN_ROW = 10, ZOOM = 4 };

/* ---- Pictures ---- */

/* Writes a contact sheet as a file of this name in the folder, and adds it to the page. */
static int add_contact_sheet(fm_html *page, const char *folder, const char *name,
                             const fm_tile *tiles, size_t count, const char *description,
                             fm_error *error) {
    enum { MOST_BYTES = 16 << 20 };
    fm_picture sheet = {0};
    char path[FM_PATH_SIZE];
    unsigned char *bytes = NULL;
    size_t size = 0;
    int status = fm_path_join(path, folder, name, error);
    if (!status)
        status = fm_contact_sheet_draw(&sheet, tiles, count, IN_ROW, ZOOM, error);
    if (!status)
        status = fm_png_write(path, &sheet, error);
    if (!status)
        status = fm_file_read(&bytes, &size, path, MOST_BYTES, error);
    if (!status)
        fm_html_png(page, bytes, size, description);
    free(bytes);
    fm_picture_free(&sheet);
    return status;
}

static int add_samples(fm_html *page, const fm_study *study, const fm_dataset *dataset,
                       fm_error *error) {
    const fm_images train = fm_dataset_train(dataset);
    const size_t count = train.count < SAMPLES ? train.count : SAMPLES;
    fm_tile tiles[SAMPLES];
    for (size_t i = 0; i < count; i++) {
        tiles[i] = (fm_tile){.image = train.image + i * train.pixels};
        snprintf(tiles[i].line[0], sizeof tiles[i].line[0], "%s",
                 fm_dataset_class_name(train.label[i]));
    }
    fm_html_heading(page, 2, "The images");
    fm_html_paragraph(page,
                      "Fashion-MNIST: photographs of clothes, %d x %d grey pixels, ten classes. "
                      "%zu images are for training and validation, %zu for the test at the end. "
                      "The first %zu of the training file:",
                      FM_IMAGE_SIDE, FM_IMAGE_SIDE, train.count, fm_dataset_test(dataset).count,
                      count);
    return add_contact_sheet(page, fm_study_folder(study), "samples.png", tiles, count,
                             "the first images of the training file with their labels", error);
}

static int add_mistakes(fm_html *page, const fm_study *study, const float *logits,
                        const fm_images *test, fm_error *error) {
    fm_mistake mistakes[MISTAKES];
    fm_tile tiles[MISTAKES];
    const size_t count = fm_evaluation_mistakes(mistakes, MISTAKES, logits, test->label,
                                                test->count, fm_study_best(study)->options.loss);
    if (!count)
        return FM_OK;
    for (size_t i = 0; i < count; i++)
        fm_tile_mistake(&tiles[i], test, &mistakes[i]);
    fm_html_heading(page, 3, "The worst mistakes");
    fm_html_paragraph(page,
                      "The test images with the largest loss, with true class and prediction.");
    return add_contact_sheet(page, fm_study_folder(study), "mistakes.png", tiles, count,
                             "the test images with the largest loss", error);
}

/* ---- The final run ---- */

static int add_look(fm_html *page, const fm_study *study, fm_pool *pool, const fm_images *test,
                    fm_error *error) {
    fm_weights *weights = NULL;
    fm_evaluation evaluation;
    float *logits = NULL;
    int status =
        fm_memory_allocate(&logits, test->count * FM_CLASSES, sizeof *logits, "logits", error);
    if (!status)
        status = fm_study_final_weights(&weights, study, pool, error);
    if (!status)
        status = fm_study_final_evaluate(&evaluation, logits, study, weights, pool, test, error);
    if (!status) {
        fm_html_paragraph(page, "Details of the network with the first seed: %.2f %% correct.",
                          100 * evaluation.score.accuracy);
        fm_evaluation_html_add(page, &evaluation);
        status = add_mistakes(page, study, logits, test, error);
    }
    fm_weights_free(weights);
    free(logits);
    return status;
}

static int add_final(fm_html *page, const fm_study *study, fm_pool *pool, const fm_dataset *dataset,
                     fm_error *error) {
    const fm_images test = fm_dataset_test(dataset);
    fm_test_result result;
    fm_study_test(&result, study);
    fm_html_heading(page, 2, "The final run");
    fm_html_facts_begin(page);
    fm_settings_html_add(page, &fm_study_best(study)->architecture, &fm_study_best(study)->options,
                         FM_FACTOR_FINAL);
    fm_html_facts_end(page);
    if (!result.n) {
        fm_html_paragraph(page, "Every training of the final run failed.");
        return FM_OK;
    }
    fm_html_paragraph(page,
                      "The best value of each experiment, trained with %zu seeds. The test set, "
                      "%zu images, has seen only these networks, each once: %.2f %% correct on "
                      "average, standard deviation %.2f, loss %.4f.",
                      result.n, test.count, 100 * result.mean, 100 * result.sd, result.loss);
    const fm_trial *trial = fm_experiment_trial(fm_study_experiment(study, FM_FACTOR_FINAL), 0);
    if (trial->failed)
        return FM_OK;
    fm_history_plot_add(page, trial->curve, trial->epochs, fm_study_best(study)->options.loss);
    return add_look(page, study, pool, &test, error);
}

/* ---- The page ---- */

static void add_findings(fm_html *page, const fm_study *study) {
    static const char *const heads[] = {"step",      "the author's claim", "statement tested",
                                        "threshold", "our figure",         "verdict"};
    fm_finding findings[FM_FINDINGS];
    fm_study_findings(findings, study);
    fm_html_heading(page, 2, "The author's claims");
    fm_html_table_begin(page, "Claims from single trainings, tested with several seeds", heads,
                        "llllll");
    for (size_t i = 0; i < FM_FINDINGS; i++) {
        fm_html_row(page);
        fm_html_head_cell(page, "%s", findings[i].step);
        fm_html_words(page, "%s", findings[i].claim);
        fm_html_words(page, "%s", findings[i].statement);
        fm_html_words(page, "%s", findings[i].threshold);
        fm_html_words(page, "%s", findings[i].figure);
        fm_html_cell(page, "%s", fm_finding_verdict_name(findings[i].verdict));
    }
    fm_html_table_end(page);
    fm_html_note(page, "Figures are measured on the validation images, with 95 %% intervals in "
                       "brackets. Confirmed: the whole interval agrees with the statement. "
                       "Contradicted: none of it does.");
}

static void add_cards(fm_html *page, const fm_study *study) {
    size_t trials = 0;
    fm_test_result test;
    fm_study_test(&test, study);
    for (size_t step = 0; step < FM_STUDY_STEPS; step++)
        trials += fm_experiment_planned(fm_study_experiment(study, step));
    fm_html_cards_begin(page);
    if (test.n) {
        fm_html_card(page, "test accuracy", "%.2f %%", 100 * test.mean);
        fm_html_card(page, "standard deviation", "%.2f", 100 * test.sd);
        fm_html_card(page, "networks tested", "%zu", test.n);
    }
    fm_html_card(page, "trials", "%zu", trials);
    fm_html_cards_end(page);
}

static int build(fm_html *page, const fm_study *study, fm_pool *pool, const fm_report_basis *basis,
                 fm_error *error) {
    fm_html_begin(page, "A study of fully connected networks",
                  "Fashion-MNIST, one setting after the other, each chosen on the validation set; "
                  "the test set is used once, at the end");
    add_cards(page, study);
    if (study->options.quick)
        fm_html_paragraph(page, "A quick study for a first impression: %s.", fm_study_cuts());
    add_findings(page, study);
    int status = add_samples(page, study, basis->dataset, error);
    for (size_t step = 0; !status && step < FM_FACTORS; step++) {
        const fm_experiment *experiment = fm_study_experiment(study, step);
        char title[64];
        snprintf(title, sizeof title, "%zu. %s", step + 1,
                 fm_factor_name(fm_experiment_plan(experiment)->factor));
        fm_experiment_html_add(page, title, experiment, fm_study_conclusion(study, step));
    }
    if (!status)
        status = add_final(page, study, pool, basis->dataset, error);
    if (status)
        return status;
    fm_explain_add(page);
    fm_experiment_html_add_basis(page, basis);
    return FM_OK;
}

int fm_study_report_write(const fm_study *study, fm_pool *pool, const fm_report_basis *basis,
                          fm_error *error) {
    fm_html page = {0};
    int status = build(&page, study, pool, basis, error);
    if (!status)
        status = fm_html_write(&page, fm_study_folder(study), error);
    fm_html_free(&page);
    return status;
}

/* ---- The page of one experiment ---- */

int fm_experiment_report_write(const fm_experiment *experiment, const fm_conclusion *conclusion,
                               const fm_report_basis *basis, fm_error *error) {
    fm_html html, *page = &html;
    const fm_plan *plan = fm_experiment_plan(experiment);
    fm_html_begin(page, "An experiment",
                  "Fully connected networks on Fashion-MNIST, one setting "
                  "varied, evaluated on the validation set");
    fm_html_cards_begin(page);
    fm_html_card(page, "trainings", "%zu", fm_experiment_planned(experiment));
    fm_html_card(page, "seeds", "%zu", plan->seed_count);
    if (conclusion->choice != FM_NO_VALUE) {
        fm_html_card(page, "chosen", "%s", plan->value[conclusion->choice]);
        fm_html_card(page, "validation accuracy", "%.2f %%",
                     100 * conclusion->value[conclusion->choice].mean);
    }
    fm_html_cards_end(page);
    fm_experiment_html_add(page, fm_factor_name(plan->factor), experiment, conclusion);
    fm_html_heading(page, 2, "Fixed settings");
    fm_html_facts_begin(page);
    fm_settings_html_add(page, &plan->fixed.architecture, &plan->fixed.options, plan->factor);
    fm_html_facts_end(page);
    fm_explain_add(page);
    fm_experiment_html_add_basis(page, basis);
    return fm_html_write(page, fm_experiment_folder(experiment), error);
}
