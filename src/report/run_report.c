#include "fmnist_cl/run_report.h"

#include <inttypes.h>

#include "base/text.h"
#include "fmnist_cl/version.h"
#include "report/evaluation_html.h"
#include "report/explain.h"
#include "report/history_plot.h"
#include "report/html.h"
#include "report/run_command.h"
#include "report/settings_html.h"

/* ---- Results ---- */

static void add_cards(fm_html *page, const fm_metrics *metrics) {
    fm_html_cards_begin(page);
    if (metrics->has_test)
        fm_html_card(page, "test accuracy", "%.2f %%", 100 * metrics->test.accuracy);
    if (metrics->has_val)
        fm_html_card(page, "validation accuracy", "%.2f %%", 100 * metrics->val.accuracy);
    fm_html_card(page, "training accuracy", "%.2f %%", 100 * metrics->train.accuracy);
    if (metrics->has_test)
        fm_html_card(page, "test loss", "%.4f", metrics->test.loss);
    fm_html_card(page, "training time", "%.1f s", metrics->result.train_seconds);
    fm_html_cards_end(page);
    if (metrics->result.best_epoch)
        fm_html_paragraph(page,
                          "After %zu epochs and %" PRIu64 " updates of the weights. The validation "
                          "accuracy was best after epoch %zu; best.safetensors holds those "
                          "weights, last.safetensors the last ones.",
                          metrics->result.epochs, metrics->result.steps,
                          metrics->result.best_epoch);
    else
        fm_html_paragraph(page, "After %zu epochs and %" PRIu64 " updates of the weights.",
                          metrics->result.epochs, metrics->result.steps);
}

/* ---- Epochs ---- */

static void add_history(fm_html *page, const fm_run_report *report) {
    static const char *const heads[] = {"epoch",     "train loss",    "train acc. (%)",
                                        "val. loss", "val. acc. (%)", "seconds",
                                        "images / s"};
    fm_html_table_begin(page, "Every epoch", heads, "rrrrrrr");
    for (size_t i = 0; i < report->epoch_count; i++) {
        const fm_epoch *epoch = &report->epochs[i];
        fm_html_row(page);
        fm_html_number(page, "%zu", epoch->number);
        fm_html_number(page, "%.4f", epoch->train.loss);
        fm_html_number(page, "%.2f", 100 * epoch->train.accuracy);
        if (epoch->has_val) {
            fm_html_number(page, "%.4f", epoch->val.loss);
            fm_html_number(page, "%.2f", 100 * epoch->val.accuracy);
        } else {
            fm_html_number(page, "-");
            fm_html_number(page, "-");
        }
        fm_html_number(page, "%.2f", epoch->seconds);
        fm_html_number(page, "%.0f", epoch->images_per_s);
    }
    fm_html_table_end(page);
    fm_html_note(page, "Training loss and accuracy are means over the batches of an epoch, while "
                       "the weights still change. Validation follows at the end of the epoch, so "
                       "it may be better at first.");
}

static void add_epochs(fm_html *page, const fm_run_report *report) {
    fm_html_heading(page, 2, "Epochs");
    if (!report->epoch_count) {
        fm_html_paragraph(page, "No training: these are the initial weights.");
        return;
    }
    fm_history_plot_add(page, report->epochs, report->epoch_count, report->options->loss);
    fm_html_details_begin(page, "Table of all epochs");
    add_history(page, report);
    fm_html_details_end(page);
}

static void add_repetition(fm_html *page, const fm_run_report *report) {
    fm_text command = {0};
    fm_run_command_add(&command, report);
    fm_html_heading(page, 2, "Reproduce");
    if (command.failed)
        page->text.failed = 1;
    else
        fm_html_command(page, command.bytes);
    fm_text_free(&command);
    fm_html_paragraph(page,
                      "On the same device, with the same driver and data, the weights will be "
                      "bit-identical. On another system, fmnist-cl devices lists the devices for "
                      "--device; sums may be rounded in another order there.");
    fm_html_facts_begin(page);
    fm_html_fact(page, "Program", "fmnist-cl %s", FM_VERSION);
    fm_settings_html_add_device(page, report->device, report->gemm);
    fm_html_fact(page, "Data set", "%s", fm_dataset_folder(report->dataset));
    fm_html_facts_end(page);
    fm_settings_html_add_sums(page, report->dataset);
}

/* ---- The page ---- */

int fm_run_report_write(const char *folder, const fm_run_report *report, fm_error *error) {
    fm_html html, *page = &html;
    fm_html_begin(page, "A training",
                  "A fully connected network on Fashion-MNIST, %s, trained on %s", folder,
                  report->device->name);
    add_cards(page, report->metrics);
    add_epochs(page, report);
    fm_html_heading(page, 2, "Test");
    if (report->test) {
        fm_html_paragraph(page,
                          "%zu images that the network has not seen, evaluated once, at the end, "
                          "with the last weights.",
                          report->test->count);
        fm_evaluation_html_add(page, report->test);
    } else {
        fm_html_paragraph(page, "The test set was left untouched (--no-test).");
    }
    fm_html_heading(page, 2, "Settings");
    fm_html_facts_begin(page);
    fm_html_fact(page, "Initial weights", "%s",
                 report->init ? report->init : "random, like PyTorch's Linear");
    fm_settings_html_add(page, report->architecture, report->options, FM_FACTOR_FINAL);
    fm_html_facts_end(page);
    fm_explain_add(page);
    add_repetition(page, report);
    return fm_html_write(page, folder, error);
}
