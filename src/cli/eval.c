/* eval: how good a checkpoint is on a set, and what it mistakes for what. */
#include <stdio.h>

#include "cli/checkpoint.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/train_options.h"
#include "fmnist_cl/evaluation.h"
#include "io/json.h"

typedef struct settings {
    cli_common common;
    cli_selection selection;
    enum fm_loss loss;
} settings;

#define AT(member) offsetof(settings, member)

static const cli_option own_options[] = {
    {"loss", CLI_PARSED, 0, "L", "ce", "ce, nll or mse; in a run folder, the run's",
     .offset = AT(loss), .parse = cli_loss_parse},
    {.name = NULL},
};

static const cli_group groups[] = {{"Images", cli_selection_options, AT(selection)},
                                   {"Figures", own_options, 0},
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0}};

static json_t *confusion_json(const fm_evaluation *evaluation) {
    json_t *rows = json_array();
    for (size_t actual = 0; actual < FM_CLASSES; actual++) {
        json_t *row = json_array();
        for (size_t predicted = 0; predicted < FM_CLASSES; predicted++)
            fm_json_append(&row,
                           json_integer((json_int_t)evaluation->confusion[actual][predicted]));
        fm_json_append(&rows, row);
    }
    return rows;
}

static json_t *classes_json(const fm_evaluation *evaluation) {
    json_t *classes = json_array();
    for (unsigned i = 0; i < FM_CLASSES; i++) {
        const fm_class_score *score = &evaluation->classes[i];
        fm_json_append(&classes,
                       json_pack("{s:s, s:o, s:o, s:o, s:I}", "name", fm_dataset_class_name(i),
                                 "precision", fm_json_real(score->precision), "recall",
                                 fm_json_real(score->recall), "f1", fm_json_real(score->f1),
                                 "support", (json_int_t)score->support));
    }
    return classes;
}

static json_t *confused_json(const fm_confusion *pairs, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        fm_json_append(&list, json_pack("{s:s, s:s, s:I}", "actual",
                                        fm_dataset_class_name(pairs[i].actual), "predicted",
                                        fm_dataset_class_name(pairs[i].predicted), "count",
                                        (json_int_t)pairs[i].count));
    return list;
}

static void print_classes(const fm_evaluation *evaluation) {
    printf("%-14s %9s %9s %9s %9s\n", "class", "precision", "recall", "F1", "support");
    for (unsigned i = 0; i < FM_CLASSES; i++) {
        const fm_class_score *score = &evaluation->classes[i];
        printf("%-14s %9.4f %9.4f %9.4f %9zu\n", fm_dataset_class_name(i), score->precision,
               score->recall, score->f1, score->support);
    }
}

static void print_confusion(const fm_evaluation *evaluation) {
    printf("\nrows: true class, columns: predicted class\n%-16s", "");
    for (unsigned i = 0; i < FM_CLASSES; i++)
        printf(" %5u", i);
    putchar('\n');
    for (unsigned actual = 0; actual < FM_CLASSES; actual++) {
        printf("%u %-14s", actual, fm_dataset_class_name(actual));
        for (unsigned predicted = 0; predicted < FM_CLASSES; predicted++)
            printf(" %5zu", evaluation->confusion[actual][predicted]);
        putchar('\n');
    }
}

static void print_text(const fm_evaluation *evaluation, enum cli_set set, const fm_confusion *pairs,
                       size_t pair_count) {
    printf("%s set, %zu images: loss %.4f, accuracy %.2f %%\n\n", cli_set_name(set),
           evaluation->count, evaluation->score.loss, 100 * evaluation->score.accuracy);
    print_classes(evaluation);
    print_confusion(evaluation);
    if (pair_count)
        puts("\nmost confused");
    for (size_t i = 0; i < pair_count; i++)
        printf("%6zu  %s taken for %s\n", pairs[i].count, fm_dataset_class_name(pairs[i].actual),
               fm_dataset_class_name(pairs[i].predicted));
}

static int print_json(const fm_evaluation *evaluation, enum cli_set set, const fm_confusion *pairs,
                      size_t pair_count, fm_error *error) {
    return cli_json_print(
        json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "set", cli_set_name(set), "n",
                  (json_int_t)evaluation->count, "loss", fm_json_real(evaluation->score.loss),
                  "accuracy", fm_json_real(evaluation->score.accuracy), "classes",
                  classes_json(evaluation), "confusion", confusion_json(evaluation), "confused",
                  confused_json(pairs, pair_count)),
        error);
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    enum { PAIRS = 5 };
    const settings *s = value;
    const enum cli_set set = s->selection.set;
    cli_checkpoint checkpoint;
    fm_evaluation evaluation;
    int status = cli_checkpoint_open(&checkpoint, arguments->operands[0], &s->selection, &s->common,
                                     arguments, error);
    if (status)
        return status;
    enum fm_loss loss = cli_options_given(arguments, "loss") ? s->loss : checkpoint.options.loss;
    status =
        fm_evaluation_run(&evaluation, checkpoint.network, &checkpoint.images.view, loss, error);
    if (!status) {
        fm_confusion pairs[PAIRS];
        size_t count = fm_evaluation_confused(pairs, PAIRS, &evaluation);
        if (s->common.json)
            status = print_json(&evaluation, set, pairs, count, error);
        else
            print_text(&evaluation, set, pairs, count);
    }
    cli_checkpoint_close(&checkpoint);
    return status;
}

const cli_command cli_eval = {
    .name = "eval",
    .operands = "CHECKPOINT",
    .operand_count = 1,
    .summary = "Loss, accuracy, figures for each class and the confusion matrix of a checkpoint.",
    .about = "CHECKPOINT is a safetensors file, or a run folder: then its last.safetensors.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
