/* predict: what a checkpoint makes of images, or the logits of a whole set as a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
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
    size_t index;
    const char *logits;
    int invert;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option own_options[] = {
    {"index", FM_OPTION_SIZE, 0, "N", NULL, "the image of the set to look at, from 0",
     .offset = AT(index), .high = 1e9},
    {"logits", FM_OPTION_TEXT, 0, "FILE.csv", NULL,
     "write the logits of the whole set: a row an image, 10 columns", .offset = AT(logits)},
    {"invert", FM_OPTION_FLAG, 0, NULL, NULL,
     "exchange light and dark in the IMAGEs: for a dark thing on a light background [as they are]",
     .offset = AT(invert), .value = 1},
    {.name = NULL},
};

static const cli_group groups[] = {{"What to predict", own_options, 0, 0},
                                   {"Images", cli_selection_options, AT(selection), 0},
                                   CLI_SETTINGS_GROUP("Settings; in a run folder, the run's",
                                                      AT(selection.given), FM_SETTINGS_SPLIT),
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0, 0}};

/* An image and what the network says of it. */
typedef struct answer {
    const char *file; /* NULL: it is the set's */
    size_t index;
    unsigned label; /* of the set's */
    uint8_t image[FM_PIXELS];
    float logits[FM_CLASSES], probabilities[FM_CLASSES];
    unsigned class;
} answer;

/* All that was asked for. */
typedef struct answers {
    size_t count;
    answer *each;
} answers;

static int read_file(answer *out, const char *path, int invert, fm_error *error) {
    fm_picture picture;
    int status = fm_png_read(&picture, path, invert, error);
    if (status)
        return status;
    out->file = path;
    fm_picture_to_image(out->image, &picture);
    fm_picture_free(&picture);
    return FM_OK;
}

static int take_from_set(answer *out, const cli_checkpoint *checkpoint, size_t index,
                         fm_error *error) {
    const fm_images *all = &checkpoint->images.view;
    if (index >= all->count)
        return fm_error_set(error, FM_E_ARGUMENT, "--index",
                            "%zu is above %zu, the last of the set's %zu images", index,
                            all->count - 1, all->count);
    out->index = index;
    out->label = all->label[index];
    memcpy(out->image, all->image + index * FM_PIXELS, FM_PIXELS);
    return FM_OK;
}

static int ask(answer *a, const cli_checkpoint *checkpoint, fm_error *error) {
    const uint8_t unknown = 0; /* labels are not looked at */
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
    json_t *said = json_pack("{s:o, s:o, s:i, s:s}", "logits", numbers_json(a->logits),
                             "probabilities", numbers_json(a->probabilities), "class",
                             (int)a->class, "name", fm_dataset_class_name(a->class));
    if (json_object_update(image, said)) {
        json_decref(image);
        image = NULL;
    }
    json_decref(said);
    return image;
}

/* A bar for a share in [0, 1], drawn in eighths of a character or in whole ones. */
static void print_bar(double share, const fm_terminal *terminal) {
    enum { TEXT = 45, MOST = 40 };
    const size_t columns = terminal->columns;
    const size_t cells = columns < TEXT ? 0 : columns - TEXT < MOST ? columns - TEXT : MOST;
    const size_t eighths = share > 0 ? (size_t)(share * (double)(8 * cells) + 0.5) : 0;
    fputs(eighths ? "  " : "", stdout);
    for (size_t i = 0; i < eighths / 8; i++)
        fputs(terminal->drawn ? "\xe2\x96\x88" : "#", stdout);
    if (terminal->drawn && eighths % 8) /* U+2588 is the whole block, U+258F an eighth */
        printf("\xe2\x96%c", (char)(0x90 - eighths % 8));
}

static void print_answer(const answer *a, const settings *s) {
    const fm_terminal terminal = cli_terminal_of(stdout);
    const fm_picture picture = {FM_IMAGE_SIDE, FM_IMAGE_SIDE, (uint8_t *)a->image};
    if (a->file) {
        cli_print_clean(stdout, a->file, 0);
        printf(": %s\n\n", fm_dataset_class_name(a->class));
    } else {
        printf("image %zu of the %s set: %s; it is labelled %s\n\n", a->index,
               cli_set_names[s->selection.set], fm_dataset_class_name(a->class),
               fm_dataset_class_name(a->label));
    }
    if (terminal.drawn) {
        fm_terminal_picture(stdout, &picture, &terminal);
        putchar('\n');
    }
    printf("  %-14s %10s %13s\n", "class", "logit", "probability");
    for (unsigned i = 0; i < FM_CLASSES; i++) {
        const double share = (double)a->probabilities[i];
        printf("%c %-14s %10.4f %11.2f %%", i == a->class ? '*' : ' ', fm_dataset_class_name(i),
               (double)a->logits[i], 100 * share);
        print_bar(share, &terminal);
        putchar('\n');
    }
}

/* ---- The logits of a set ---- */

static char *print_row(char *at, size_t room, const float *row) {
    for (size_t i = 0; i < FM_CLASSES; i++) {
        int length = snprintf(at, room, "%.9g%c", (double)row[i], i + 1 < FM_CLASSES ? ',' : '\n');
        at += length;
        room -= (size_t)length;
    }
    return at;
}

static int write_logits(const char *path, const cli_checkpoint *checkpoint, fm_error *error) {
    enum { NUMBER_SIZE = 17 }; /* "-1.17549435e-38," */
    const size_t row_size = NUMBER_SIZE * FM_CLASSES + 1;
    const fm_images *images = &checkpoint->images.view;
    float *logits = NULL;
    char *text = NULL;
    int status =
        fm_memory_allocate(&logits, images->count * FM_CLASSES, sizeof *logits, "logits", error);
    if (!status)
        status = fm_memory_allocate(&text, images->count + 1, row_size, "logits as text", error);
    if (!status)
        status = fm_network_predict(logits, checkpoint->network, images, error);
    if (!status) {
        char *at = text;
        for (size_t i = 0; i < images->count; i++)
            at = print_row(at, row_size, logits + i * FM_CLASSES);
        const fm_file_part part = {text, (size_t)(at - text)};
        status = fm_file_write(path, &part, 1, error);
    }
    free(logits);
    free(text);
    return status;
}

static int print_json(const answers *all, const settings *s, size_t count, fm_error *error) {
    json_t *images = json_array();
    for (size_t i = 0; i < all->count; i++)
        fm_json_append(&images, answer_json(&all->each[i], s));
    json_t *document = json_pack("{s:o}", "images", images);
    if (document && s->logits) {
        json_t *written = json_pack("{s:o, s:s, s:I}", "logits", fm_json_text(s->logits), "set",
                                    cli_set_names[s->selection.set], "n", (json_int_t)count);
        if (json_object_set_new(document, "written", written)) {
            json_decref(document);
            document = NULL;
        }
    }
    return cli_json_print(document, error);
}

static void print_text(const answers *all, const settings *s, size_t count) {
    for (size_t i = 0; i < all->count; i++) {
        if (i)
            putchar('\n');
        print_answer(&all->each[i], s);
    }
    if (s->logits) {
        printf("logits of the %s set's %zu images: ", cli_set_names[s->selection.set], count);
        cli_print_clean(stdout, s->logits, 0);
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
        if (!status)
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

/* What was asked for goes together: files, or images of a set. */
static int check_wish(const cli_arguments *arguments, size_t files, fm_error *error) {
    static const char *const of_sets[] = {"index", "logits", "set", "val-fraction", "no-shuffle"};
    if (!files && !cli_options_given(arguments, "index") && !cli_options_given(arguments, "logits"))
        return fm_error_set(error, FM_E_ARGUMENT, "predict",
                            "needs an image: IMAGE.png, --index N or --logits FILE");
    if (!files && cli_options_given(arguments, "invert"))
        return fm_error_set(error, FM_E_ARGUMENT, "--invert", "is for IMAGE.png files");
    for (size_t i = 0; files && i < sizeof of_sets / sizeof *of_sets; i++) {
        char option[32];
        snprintf(option, sizeof option, "--%s", of_sets[i]);
        if (cli_options_given(arguments, of_sets[i]))
            return fm_error_set(error, FM_E_ARGUMENT, option,
                                "is about a set's images; give it or IMAGE.png files, not both");
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
    int status = check_wish(arguments, files, error);
    if (!status)
        status = fm_memory_allocate(&all.each, all.count, sizeof *all.each, "images", error);
    for (size_t i = 0; i < files && !status; i++)
        status = read_file(&all.each[i], arguments->operands[1 + i], s->invert, error);
    if (!status)
        status = cli_checkpoint_open(&checkpoint, arguments->operands[0],
                                     files ? NULL : &s->selection, &s->common, arguments, error);
    if (!status) {
        status = predict(&all, &checkpoint, s, error);
        cli_checkpoint_close(&checkpoint);
    }
    free(all.each);
    return status;
}

const cli_command cli_predict = {
    .name = "predict",
    .operands = "CHECKPOINT [IMAGE.png ...]",
    .operand_count = 1,
    .more_operands = 1,
    .summary = "Logits, probabilities and class of images, or the logits of a whole set.",
    .about =
        "CHECKPOINT is a safetensors file, or a run folder: then its last.safetensors.\n\n"
        "An IMAGE is a PNG of any size up to 16384 x 16384 and any kind. Colours become grey\n"
        "(0.299 R + 0.587 G + 0.114 B), what is transparent lets black through, the data set's\n"
        "background. Its longer side is scaled to 28 pixels, each the mean of the area that it\n"
        "covers; the rest of 28 x 28 is black, with the image in the middle. Fashion-MNIST\n"
        "shows light things on black: --invert turns a photograph on white into that.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
