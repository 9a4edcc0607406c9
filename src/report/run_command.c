#include "report/run_command.h"

#include <inttypes.h>
#include <string.h>

#include "base/count.h"
#include "base/number.h"
#include "base/shell.h"

void fm_run_command_number(fm_text *out, double value) {
    fm_text_print(out, "%.*g", fm_number_digits(value), value);
}

/* Begins " --option", on a line of its own where this one is long: a browser would break it within.
 */
static void add_option(fm_text *out, const char *option) {
    enum { LONG = 56 };
    size_t start = out->length;
    while (start > 0 && out->bytes[start - 1] != '\n')
        start--;
    fm_text_print(out, "%s --%s", out->length - start > LONG ? " \\\n   " : "", option);
}

static void add_number(fm_text *out, const char *option, double value) {
    add_option(out, option);
    fm_text_add(out, " ");
    fm_run_command_number(out, value);
}

static void add_whole(fm_text *out, const char *option, uint64_t value) {
    add_option(out, option);
    fm_text_print(out, " %" PRIu64, value);
}

static void add_word(fm_text *out, const char *option, const char *word) {
    add_option(out, option);
    fm_text_add(out, " ");
    fm_shell_add_word(out, word);
}

static void add_network(fm_text *out, const fm_architecture *architecture) {
    add_option(out, "hidden ");
    for (size_t i = 0; i < architecture->hidden_count; i++)
        fm_text_print(out, "%s%zu", i ? "," : "", architecture->hidden[i]);
    if (!architecture->hidden_count)
        fm_text_add(out, "none");
    add_word(out, "activation", fm_activation_name(architecture->activation));
}

static void add_optimizer(fm_text *out, const fm_optimizer *optimizer) {
    fm_optimizer usual;
    fm_optimizer_init(&usual, optimizer->kind);
    const struct {
        const char *option;
        double value, usual;
    } numbers[] = {{"momentum", optimizer->momentum, usual.momentum},
                   {"weight-decay", optimizer->weight_decay, usual.weight_decay},
                   {"beta1", optimizer->beta1, usual.beta1},
                   {"beta2", optimizer->beta2, usual.beta2},
                   {"eps", optimizer->eps, usual.eps},
                   {"alpha", optimizer->alpha, usual.alpha}};
    add_word(out, "optimizer", fm_optimizer_name(optimizer->kind));
    add_number(out, "lr", optimizer->lr);
    for (size_t i = 0; i < FM_COUNT(numbers); i++)
        if (numbers[i].value != numbers[i].usual)
            add_number(out, numbers[i].option, numbers[i].value);
    if (optimizer->nesterov)
        add_option(out, "nesterov");
}

void fm_run_command_add(fm_text *out, const fm_run_report *report) {
    const fm_train_options *options = report->options;
    fm_text_add(out, "fmnist-cl train");
    add_option(out, "device ");
    if (report->device->type == FM_DEVICE_REFERENCE)
        fm_text_add(out, "reference");
    else
        fm_text_print(out, "%d", report->device->number);
    if (report->data)
        add_word(out, "data", report->data);
    add_network(out, report->architecture);
    add_word(out, "loss", fm_loss_name(options->loss));
    add_whole(out, "epochs", options->epochs);
    add_whole(out, "batch-size", options->batch_size);
    add_optimizer(out, &options->optimizer);
    if (options->max_steps)
        add_whole(out, "max-steps", options->max_steps);
    add_number(out, "val-fraction", options->val_fraction);
    if (!options->shuffle)
        add_option(out, "no-shuffle");
    add_whole(out, "seed", options->seed);
    if (report->init)
        add_word(out, "init", report->init);
    if (report->gemm != FM_GEMM_AUTO)
        add_word(out, "gemm", fm_gemm_name(report->gemm));
}
