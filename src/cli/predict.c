/* predict: predicts the classes of images, or writes the logits of a whole set to a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/checkpoint.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/terminal.h"
#include "fmnist_cl/evaluation.h"
#include "io/file.h"
#include "io/json.h"
#include "io/png.h"

typedef struct settings {
    cli_common common;
    cli_selection selection;
    enum fm_activation activation;
    size_t index;
    const char *logits;
    int invert;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option network_options[] = {CLI_ACTIVATION_OPTION(AT(activation)), {.name = NULL}};

static const fm_option own_options[] = {
    {"index", FM_OPTION_SIZE, 0, "N", NULL, "index of the image in the set, from 0",
     .offset = AT(index), .high = 1e9},
    {"logits", FM_OPTION_TEXT, 0, "FILE.csv", NULL,
     "write the logits of the whole set as CSV: one row per image, 10 columns",
     .offset = AT(logits)},
    {"invert", FM_OPTION_FLAG, 0, NULL, NULL,
     "invert the brightness of each IMAGE; for dark objects on a light background [unchanged]",
     .offset = AT(invert), .value = 1},
    {.name = NULL},
};

static const cli_group groups[] = {{"Input", own_options, 0, 0},
                                   {"Images", cli_selection_options, AT(selection), 0},
                                   CLI_SETTINGS_GROUP("Settings (default: those of the run)",
                                                      AT(selection.given), FM_SETTINGS_SPLIT),
                                   {"Network", network_options, 0, 0},
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0, 0}};

/* An image and its prediction. */
typedef struct answer {
    const char *file; /* NULL: the image is from a set */
    fm_error error;   /* why the file could not be read; the answers for the others are given */
    size_t index;
    unsigned label; /* of an image from a set */
    uint8_t image[FM_PIXELS];
    float logits[FM_CLASSES], probabilities[FM_CLASSES];
    unsigned class;
} answer;

/* The predictions of all images. */
typedef struct answers {
    size_t count, failed;
    answer *each;
} answers;

/* Objects in the data set are light on black. A picture on a white background is the opposite. */
static int is_mostly_light(const uint8_t *image) {
    size_t light = 0;
    for (size_t i = 0; i < FM_PIXELS; i++)
        light += image[i] >= 128;
    return light > FM_PIXELS / 2;
}

static int read_file(answer *out, const char *path, int invert) {
    fm_picture picture;
    out->file = path;
    if (fm_png_read(&picture, path, invert, &out->error))
        return 0;
    fm_picture_to_image(out->image, &picture);
    fm_picture_free(&picture);
    if (is_mostly_light(out->image))
        cli_warning("%s is mostly light, but the data set shows light objects on black: %s", path,
                    invert ? "try without --invert" : "try --invert");
    return 1;
}

/* Reads all files. A file that cannot be read is an error of its own. */
static int read_files(answers *all, char *const *paths, int invert, fm_error *error) {
    for (size_t i = 0; i < all->count; i++)
        if (!read_file(&all->each[i], paths[i], invert))
            all->failed++;
    if (!all->failed)
        return FM_OK;
    if (all->count == 1) {
        *error = all->each[0].error;
        return error->status;
    }
    for (size_t i = 0; i < all->count; i++)
        if (all->each[i].error.status)
            cli_error_print(&all->each[i].error);
    return fm_error_set(error, FM_E_FORMAT, "predict", "%zu of %zu images could not be read",
                        all->failed, all->count);
}

static int take_from_set(answer *out, const cli_checkpoint *checkpoint, size_t index,
                         fm_error *error) {
    const fm_images *all = &checkpoint->images.view;
    if (index >= all->count)
        return fm_error_set(error, FM_E_ARGUMENT, "--index",
                            "%zu is out of range; the set has %zu images, 0 to %zu", index,
                            all->count, all->count - 1);
    out->index = index;
    out->label = all->label[index];
    memcpy(out->image, all->image + index * FM_PIXELS, FM_PIXELS);
    return FM_OK;
}

static int ask(answer *a, const cli_checkpoint *checkpoint, fm_error *error) {
    const uint8_t unknown = 0; /* the label is not used */
    const fm_images one = {1, FM_PIXELS, a->image, &unknown};
    int status = fm_network_predict(a->logits, checkpoint->network, &one, error);
    if (status)
        return status;
    fm_softmax(a->probabilities, a->logits, FM_CLASSES);
    a->class = (unsigned)fm_loss_class(a->logits, FM_CLASSES);
    return FM_OK;
}

/* ---- Results ---- */

static json_t *numbers_json(const float *values) {
    json_t *list = json_array();
    for (size_t i = 0; i < FM_CLASSES; i++)
        fm_json_append(&list, fm_json_real((double)values[i]));
    return list;
}

static json_t *answer_json(const answer *a, const settings *s) {
    json_t *image = a->file ? json_pack("{s:o}", "image", fm_json_text(a->file))
                            : json_pack("{s:s, s:I, s:i}", "set", cli_set_names[s->selection.set],
                                        "index", (json_int_t)a->index, "label", (int)a->label);
    if (a->error.status) {
        fm_json_update(&image,
                       json_pack("{s:{s:o, s:o}}", "error", "why", fm_json_text(a->error.why),
                                 "hint", fm_json_text(a->error.hint)));
        return image;
    }
    fm_json_update(&image, json_pack("{s:o, s:o, s:i, s:s}", "logits", numbers_json(a->logits),
                                     "probabilities", numbers_json(a->probabilities), "class",
                                     (int)a->class, "name", fm_dataset_class_name(a->class)));
    return image;
}

/* A bar for a share in [0, 1], in eighths of a character or in whole characters. */
static void print_bar(double share, const fm_terminal *terminal) {
    enum { TEXT = 42, MOST = 40 };
    const size_t columns = terminal->columns;
    const size_t cells = columns < TEXT ? 0 : columns - TEXT < MOST ? columns - TEXT : MOST;
    const size_t eighths = share > 0 ? (size_t)(share * (double)(8 * cells) + 0.5) : 0;
    fputs(eighths ? "  " : "", stdout);
    for (size_t i = 0; i < eighths / 8; i++)
        fputs(terminal->drawn ? "\xe2\x96\x88" : "#", stdout);
    if (terminal->drawn && eighths % 8) /* U+2588 is the full block, U+258F an eighth of it */
        printf("\xe2\x96%c", (char)(0x90 - eighths % 8));
}

static void print_answer(const answer *a, const settings *s) {
    const fm_terminal terminal = cli_terminal_of(stdout);
    const fm_picture picture = {FM_IMAGE_SIDE, FM_IMAGE_SIDE, (uint8_t *)a->image};
    if (a->file) {
        cli_print_clean(stdout, a->file);
        printf(": %s\n\n", fm_dataset_class_name(a->class));
    } else {
        char title[128];
        snprintf(title, sizeof title, "image %zu of the %s set: %s; label: %s\n\n", a->index,
                 cli_set_names[s->selection.set], fm_dataset_class_name(a->class),
                 fm_dataset_class_name(a->label));
        cli_print_wrapped(title, 2);
    }
    if (terminal.drawn) {
        fm_terminal_picture(stdout, &picture, &terminal);
        putchar('\n');
    }
    printf("  %-11s %10s %13s\n", "class", "logit", "probability");
    for (unsigned i = 0; i < FM_CLASSES; i++) {
        const double share = (double)a->probabilities[i];
        printf("%c %-11s %10.4f %11.2f %%", i == a->class ? '*' : ' ', fm_dataset_class_name(i),
               (double)a->logits[i], 100 * share);
        print_bar(share, &terminal);
        putchar('\n');
    }
}

/* ---- The logits of a set ---- */

static int write_logits(const char *path, const cli_checkpoint *checkpoint, fm_error *error) {
    const fm_images *images = &checkpoint->images.view;
    float *logits = NULL;
    char *csv = NULL;
    fm_text text = {0};
    int status = fm_evaluation_logits(&logits, checkpoint->network, images, error);
    if (status)
        return status;
    for (size_t i = 0; i < images->count * FM_CLASSES; i++)
        fm_text_print(&text, "%.9g%c", (double)logits[i], (i + 1) % FM_CLASSES ? ',' : '\n');
    free(logits);
    status = fm_text_take(&csv, &text, "logits as text", error);
    if (!status) {
        const fm_file_part part = {csv, strlen(csv)};
        status = fm_file_write(path, &part, 1, error);
    }
    free(csv);
    return status;
}

static int print_json(const answers *all, const settings *s, size_t count, fm_error *error) {
    json_t *images = json_array();
    for (size_t i = 0; i < all->count; i++)
        fm_json_append(&images, answer_json(&all->each[i], s));
    json_t *document = json_pack("{s:o}", "images", images);
    if (s->logits)
        fm_json_set(&document, "written",
                    json_pack("{s:o, s:s, s:I}", "logits", fm_json_text(s->logits), "set",
                              cli_set_names[s->selection.set], "n", (json_int_t)count));
    return cli_json_print(document, error);
}

static void print_text(const answers *all, const settings *s, size_t count) {
    const char *between = "";
    for (size_t i = 0; i < all->count; i++) {
        if (all->each[i].error.status)
            continue;
        fputs(between, stdout);
        print_answer(&all->each[i], s);
        between = "\n";
    }
    if (s->logits) {
        printf("logits of the %s set's %zu images: ", cli_set_names[s->selection.set], count);
        cli_print_clean(stdout, s->logits);
        putchar('\n');
    }
}

/* ---- The command ---- */

static int predict(const answers *all, const cli_checkpoint *checkpoint, const settings *s,
                   fm_error *error) {
    const size_t count = checkpoint->images.view.count;
    int status = FM_OK;
    for (size_t i = 0; i < all->count && !status; i++) {
        if (!all->each[i].file)
            status = take_from_set(&all->each[i], checkpoint, s->index, error);
        if (!status && !all->each[i].error.status)
            status = ask(&all->each[i], checkpoint, error);
    }
    if (!status && s->logits)
        status = write_logits(s->logits, checkpoint, error);
    if (!status && s->common.json)
        status = print_json(all, s, count, error);
    else if (!status)
        print_text(all, s, count);
    return status;
}

/* The user gave either files or images of a set. */
static int check_input(const cli_arguments *arguments, size_t files, fm_error *error) {
    static const char *const of_sets[] = {"index", "logits", "set", "val-fraction", "no-shuffle"};
    if (!files && !cli_options_given(arguments, "index") && !cli_options_given(arguments, "logits"))
        return fm_error_set(error, FM_E_ARGUMENT, "predict",
                            "needs IMAGE.png, --index N or --logits FILE");
    if (!files && cli_options_given(arguments, "invert"))
        return fm_error_set(error, FM_E_ARGUMENT, "--invert", "applies only to IMAGE.png files");
    for (size_t i = 0; files && i < FM_COUNT(of_sets); i++) {
        char option[32];
        snprintf(option, sizeof option, "--%s", of_sets[i]);
        if (cli_options_given(arguments, of_sets[i]))
            return fm_error_set(error, FM_E_ARGUMENT, option,
                                "cannot be combined with IMAGE.png files");
    }
    return FM_OK;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    const size_t files = (size_t)arguments->operand_count - 1;
    cli_checkpoint checkpoint;
    answers all = {.count = files};
    if (cli_options_given(arguments, "index"))
        all.count = 1;
    int status = check_input(arguments, files, error);
    if (!status)
        status = fm_memory_allocate(&all.each, all.count, sizeof *all.each, "images", error);
    int read = FM_OK;
    if (!status && files)
        read = read_files(&all, arguments->operands + 1, s->invert, error);
    if (!status && files && all.failed == files)
        status = read;
    if (!status)
        status =
            cli_checkpoint_open(&checkpoint, arguments->operands[0],
                                cli_options_given(arguments, "activation") ? &s->activation : NULL,
                                files ? NULL : &s->selection, &s->common, arguments, error);
    if (!status) {
        status = predict(&all, &checkpoint, s, error);
        cli_checkpoint_close(&checkpoint);
    }
    free(all.each);
    return status ? status : read;
}

const cli_command cli_predict = {
    .name = "predict",
    .operands = "CHECKPOINT [IMAGE.png ...]",
    .operand_count = 1,
    .more_operands = 1,
    .summary =
        "Predicts the class of images, with probabilities; or writes the logits of a whole set.",
    .about =
        "CHECKPOINT is a safetensors file, or a run folder: then its last.safetensors.\n\n"
        "An IMAGE is a PNG file of any type, up to 16384 x 16384. Colours are converted to grey\n"
        "(0.299 R + 0.587 G + 0.114 B), and transparent pixels are blended with black, the data\n"
        "set's background. The longer side is scaled to 28 pixels (area average); the image is\n"
        "centred on a black square. Fashion-MNIST shows light objects on black: use --invert for\n"
        "photographs on a white background. If some of several images cannot be read, the others\n"
        "are still answered; the exit status is then 1.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
