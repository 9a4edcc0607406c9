#include "report/run_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fm_run_command_number(fm_text *out, double value) {
    enum { DIGITS = 17 }; /* enough for any */
    char text[40] = "";
    for (int digits = 1; digits <= DIGITS; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fm_text_add(out, text);
}

static void add_number(fm_text *out, const char *option, double value) {
    fm_text_print(out, " --%s ", option);
    fm_run_command_number(out, value);
}

/* In single quotes where the shell would see more in it than a word. */
static void add_word(fm_text *out, const char *option, const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./,:+@%-";
    fm_text_print(out, " --%s ", option);
    if (*word && *word != '-' && strspn(word, plain) == strlen(word)) {
        fm_text_add(out, word);
        return;
    }
    fm_text_add(out, "'");
    for (; *word; word++) {
        if (*word == '\'')
            fm_text_add(out, "'\\''");
        else
            fm_text_add_bytes(out, word, 1);
    }
    fm_text_add(out, "'");
}

static void add_network(fm_text *out, const fm_architecture *architecture) {
    fm_text_add(out, " --hidden ");
    for (size_t i = 0; i < architecture->hidden_count; i++)
        fm_text_print(out, "%s%zu", i ? "," : "", architecture->hidden[i]);
    if (!architecture->hidden_count)
        fm_text_add(out, "none");
    fm_text_print(out, " --activation %s", fm_activation_name(architecture->activation));
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
    fm_text_print(out, " --optimizer %s", fm_optimizer_name(optimizer->kind));
    add_number(out, "lr", optimizer->lr);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].value != numbers[i].usual)
            add_number(out, numbers[i].option, numbers[i].value);
    if (optimizer->nesterov)
        fm_text_add(out, " --nesterov");
}

void fm_run_command_add(fm_text *out, const fm_run_report *report) {
    const fm_train_options *options = report->options;
    fm_text_add(out, "fmnist-cl train");
    if (report->device->type == FM_DEVICE_REFERENCE)
        fm_text_add(out, " --device reference");
    else
        fm_text_print(out, " --device %d", report->device->number);
    if (report->data)
        add_word(out, "data", report->data);
    add_network(out, report->architecture);
    fm_text_print(out, " --loss %s --epochs %zu --batch-size %zu", fm_loss_name(options->loss),
                  options->epochs, options->batch_size);
    add_optimizer(out, &options->optimizer);
    if (options->max_steps)
        fm_text_print(out, " --max-steps %" PRIu64, options->max_steps);
    add_number(out, "val-fraction", options->val_fraction);
    if (!options->shuffle)
        fm_text_add(out, " --no-shuffle");
    fm_text_print(out, " --seed %" PRIu64, options->seed);
    if (report->init)
        add_word(out, "init", report->init);
    if (report->gemm != FM_GEMM_AUTO)
        fm_text_print(out, " --gemm %s", fm_gemm_name(report->gemm));
}
