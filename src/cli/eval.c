/* eval: measures a checkpoint on a set: loss, accuracy, and confused classes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/checkpoint.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "fmnist_cl/evaluation.h"
#include "io/json.h"
#include "io/png.h"
#include "report/confusion.h"
#include "report/contact_sheet.h"

typedef struct settings {
    cli_common common;
    cli_selection selection;
    enum fm_activation activation;
    size_t worst;
    const char *png;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option network_options[] = {CLI_ACTIVATION_OPTION(AT(activation)), {.name = NULL}};

enum { MOST_WORST = 1000, PAIRS = 5 };

static const fm_option own_options[] = {
    {"worst", FM_OPTION_SIZE, 0, "K", NULL, "list the K mistakes with the largest loss",
     .offset = AT(worst), .low = 1, .high = MOST_WORST},
    {"png", FM_OPTION_TEXT, 0, "FILE", NULL,
     "draw these mistakes to a PNG file, with true and predicted class", .offset = AT(png)},
    {.name = NULL},
};

static const cli_group groups[] = {{"Images", cli_selection_options, AT(selection), 0},
                                   CLI_SETTINGS_GROUP("Settings (default: those of the run)",
                                                      AT(selection.given),
                                                      FM_SETTINGS_LOSS | FM_SETTINGS_SPLIT),
                                   {"Mistakes", own_options, 0, 0},
                                   {"Network", network_options, 0, 0},
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0, 0}};

/* The results. */
typedef struct findings {
    enum cli_set set;
    fm_evaluation evaluation;
    fm_confusion pairs[PAIRS];
    size_t pair_count;
    fm_mistake *mistakes; /* [settings.worst] */
    size_t mistake_count;
} findings;

static int find(findings *out, const cli_checkpoint *checkpoint, const settings *s,
                fm_error *error) {
    const enum fm_loss loss = checkpoint->options.loss;
    const fm_images *images = &checkpoint->images.view;
    float *logits = NULL;
    int status = fm_memory_allocate(&out->mistakes, s->worst, sizeof *out->mistakes,
                                    "the worst mistakes", error);
    if (!status)
        status = fm_evaluation_logits(&logits, checkpoint->network, images, error);
    if (status)
        return status;
    out->set = s->selection.set;
    fm_evaluation_count(&out->evaluation, logits, images->label, images->count, loss);
    out->pair_count = fm_evaluation_confused(out->pairs, PAIRS, &out->evaluation);
    out->mistake_count =
        fm_evaluation_mistakes(out->mistakes, s->worst, logits, images->label, images->count, loss);
    free(logits);
    return FM_OK;
}

/* ---- Text ---- */

/* A dash stands for a figure that is not defined. */
static void print_share(double share, int width) {
    if (isnan(share))
        printf("%*s", width, "-");
    else
        printf("%*.4f", width, share);
}

static void print_classes(const fm_evaluation *evaluation, size_t columns) {
    enum { WIDE = 54 };
    const int is_wide = columns > WIDE, name = is_wide ? 14 : 11, width = is_wide ? 10 : 7;
    printf("%-*s%*s%*s%*s%*s\n", name, "class", width, is_wide ? "precision" : "prec.", width,
           "recall", width, "F1", width, is_wide ? "support" : "images");
    for (unsigned i = 0; i < FM_CLASSES; i++) {
        const fm_class_score *score = &evaluation->classes[i];
        printf("%-*s", name, fm_dataset_class_name(i));
        print_share(score->precision, width);
        print_share(score->recall, width);
        print_share(score->f1, width);
        printf("%*zu\n", width, score->support);
    }
}

static void print_mistakes(const findings *f, size_t columns) {
    enum { WIDE = 63 };
    const int is_wide = columns > WIDE, name = is_wide ? 14 : 11;
    printf("\nworst mistakes\n%*s  %-*s %-*s", is_wide ? 8 : 6, "image", name, "true", name,
           "predicted");
    printf(is_wide ? " %9s %13s\n" : " %6s\n", "loss", "p(true)");
    for (size_t i = 0; i < f->mistake_count; i++) {
        const fm_mistake *m = &f->mistakes[i];
        printf("%*zu  %-*s %-*s", is_wide ? 8 : 6, m->index, name, fm_dataset_class_name(m->actual),
               name, fm_dataset_class_name(m->predicted));
        if (is_wide)
            printf(" %9.4f %11.3g %%\n", m->loss, 100 * m->probability);
        else
            printf(" %6.2f\n", m->loss);
    }
}

static void print_text(const findings *f, const settings *s) {
    enum { WIDE = 60 };
    const fm_terminal terminal = cli_terminal_of(stdout);
    const int is_wide = terminal.columns > WIDE;
    printf("%s set, %zu images:%sloss %.4f, accuracy %.2f %%\n\n", cli_set_names[f->set],
           f->evaluation.count, is_wide ? " " : "\n", f->evaluation.score.loss,
           100 * f->evaluation.score.accuracy);
    print_classes(&f->evaluation, terminal.columns);
    putchar('\n');
    fm_confusion_write(stdout, &f->evaluation, &terminal);
    if (f->pair_count)
        puts(is_wide ? "\nmost confused" : "\nmost confused: true, predicted");
    for (size_t i = 0; i < f->pair_count; i++)
        printf(is_wide ? "%6zu  %s predicted as %s\n" : "%6zu  %s, %s\n", f->pairs[i].count,
               fm_dataset_class_name(f->pairs[i].actual),
               fm_dataset_class_name(f->pairs[i].predicted));
    if (f->mistake_count)
        print_mistakes(f, terminal.columns);
    if (s->png) {
        fputs("\nwritten: ", stdout);
        cli_print_clean(stdout, s->png);
        putchar('\n');
    }
}

/* ---- JSON ---- */

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

static json_t *mistakes_json(const findings *f) {
    json_t *list = json_array();
    for (size_t i = 0; i < f->mistake_count; i++) {
        const fm_mistake *m = &f->mistakes[i];
        fm_json_append(&list,
                       json_pack("{s:I, s:s, s:s, s:o, s:o}", "index", (json_int_t)m->index,
                                 "actual", fm_dataset_class_name(m->actual), "predicted",
                                 fm_dataset_class_name(m->predicted), "loss", fm_json_real(m->loss),
                                 "probability", fm_json_real(m->probability)));
    }
    return list;
}

static int print_json(const findings *f, const settings *s, fm_error *error) {
    const fm_evaluation *evaluation = &f->evaluation;
    json_t *document = json_pack(
        "{s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "set", cli_set_names[f->set], "n",
        (json_int_t)evaluation->count, "loss", fm_json_real(evaluation->score.loss), "accuracy",
        fm_json_real(evaluation->score.accuracy), "classes", classes_json(evaluation), "confusion",
        confusion_json(evaluation), "confused", confused_json(f->pairs, f->pair_count));
    if (s->worst)
        fm_json_set(&document, "worst", mistakes_json(f));
    if (s->png)
        fm_json_set(&document, "png", fm_json_text(s->png));
    return cli_json_print(document, error);
}

/* ---- The command ---- */

static int draw_mistakes(const findings *f, const fm_images *images, const char *path,
                         fm_error *error) {
    enum { IN_ROW = 10, ZOOM = 4 };
    fm_tile *tiles = NULL;
    fm_picture sheet = {0};
    if (!f->mistake_count)
        return fm_error_set(error, FM_E_ARGUMENT, "--png", "the network made no mistakes to draw");
    int status =
        fm_memory_allocate(&tiles, f->mistake_count, sizeof *tiles, "the worst mistakes", error);
    if (status)
        return status;
    for (size_t i = 0; i < f->mistake_count; i++)
        fm_tile_mistake(&tiles[i], images, &f->mistakes[i]);
    status = fm_contact_sheet_draw(&sheet, tiles, f->mistake_count, IN_ROW, ZOOM, error);
    if (!status)
        status = fm_png_write(path, &sheet, error);
    fm_picture_free(&sheet);
    free(tiles);
    return status;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    cli_checkpoint checkpoint;
    findings f = {.mistakes = NULL};
    if (s->png && !s->worst)
        return fm_error_set(error, FM_E_ARGUMENT, "--png",
                            "needs --worst K, the number of mistakes to draw");
    int status =
        cli_checkpoint_open(&checkpoint, arguments->operands[0],
                            cli_options_given(arguments, "activation") ? &s->activation : NULL,
                            &s->selection, &s->common, arguments, error);
    if (status)
        return status;
    status = find(&f, &checkpoint, s, error);
    if (!status && s->png)
        status = draw_mistakes(&f, &checkpoint.images.view, s->png, error);
    if (!status && s->common.json)
        status = print_json(&f, s, error);
    else if (!status)
        print_text(&f, s);
    free(f.mistakes);
    cli_checkpoint_close(&checkpoint);
    return status;
}

const cli_command cli_eval = {
    .name = "eval",
    .operands = "CHECKPOINT",
    .operand_count = 1,
    .summary =
        "Prints loss, accuracy, scores per class, confusion matrix and mistakes of a checkpoint.",
    .about = "CHECKPOINT is a safetensors file, or a run folder: then its last.safetensors.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
