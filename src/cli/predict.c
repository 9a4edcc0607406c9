/* predict: what a checkpoint makes of one image, or the logits of a whole set as a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/checkpoint.h"
#include "cli/json.h"
#include "cli/message.h"
#include "fmnist_cl/evaluation.h"
#include "io/file.h"
#include "io/json.h"

typedef struct settings {
    cli_common common;
    cli_selection selection;
    size_t index;
    const char *logits;
} settings;

#define AT(member) offsetof(settings, member)

static const cli_option own_options[] = {
    {"index", CLI_SIZE, 0, "N", NULL, "the image of the set to look at, from 0",
     .offset = AT(index), .high = 1e9},
    {"logits", CLI_TEXT, 0, "FILE.csv", NULL,
     "write the logits of the whole set: a row an image, 10 columns", .offset = AT(logits)},
    {.name = NULL},
};

static const cli_group groups[] = {{"What to predict", own_options, 0},
                                   {"Images", cli_selection_options, AT(selection)},
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0}};

/* What the network says of one image. */
typedef struct answer {
    float logits[FM_CLASSES], probabilities[FM_CLASSES];
    unsigned class, label;
} answer;

static int ask(answer *out, const cli_checkpoint *checkpoint, size_t index, fm_error *error) {
    const fm_images *all = &checkpoint->images.view;
    if (index >= all->count)
        return fm_error_set(error, FM_E_ARGUMENT, "--index",
                            "%zu is above %zu, the last of the set's %zu images", index,
                            all->count - 1, all->count);
    const fm_images one = {1, all->pixels, all->image + index * all->pixels, all->label + index};
    int status = fm_network_predict(out->logits, checkpoint->network, &one, error);
    if (status)
        return status;
    fm_softmax(out->probabilities, out->logits, FM_CLASSES);
    out->label = one.label[0];
    out->class = 0;
    for (unsigned i = 1; i < FM_CLASSES; i++) {
        if (out->logits[i] > out->logits[out->class])
            out->class = i;
    }
    return FM_OK;
}

static json_t *numbers_json(const float *values) {
    json_t *list = json_array();
    for (size_t i = 0; i < FM_CLASSES; i++)
        fm_json_append(&list, fm_json_real((double)values[i]));
    return list;
}

static json_t *answer_json(const answer *a, const settings *s) {
    return json_pack("{s:s, s:I, s:i, s:o, s:o, s:i, s:s}", "set", cli_set_name(s->selection.set),
                     "index", (json_int_t)s->index, "label", (int)a->label, "logits",
                     numbers_json(a->logits), "probabilities", numbers_json(a->probabilities),
                     "class", (int)a->class, "name", fm_dataset_class_name(a->class));
}

static void print_answer(const answer *a, const settings *s) {
    printf("image %zu of the %s set: %s; it is labelled %s\n\n", s->index,
           cli_set_name(s->selection.set), fm_dataset_class_name(a->class),
           fm_dataset_class_name(a->label));
    printf("  %-14s %10s %13s\n", "class", "logit", "probability");
    for (unsigned i = 0; i < FM_CLASSES; i++)
        printf("%c %-14s %10.4f %11.2f %%\n", i == a->class ? '*' : ' ', fm_dataset_class_name(i),
               (double)a->logits[i], 100 * (double)a->probabilities[i]);
}

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

static int print_json(const answer *a, const settings *s, size_t count, int by_index,
                      fm_error *error) {
    json_t *images = json_array();
    if (by_index)
        fm_json_append(&images, answer_json(a, s));
    json_t *document = json_pack("{s:o}", "images", images);
    if (document && s->logits) {
        json_t *written = json_pack("{s:o, s:s, s:I}", "logits", fm_json_text(s->logits), "set",
                                    cli_set_name(s->selection.set), "n", (json_int_t)count);
        if (json_object_set_new(document, "written", written)) {
            json_decref(document);
            document = NULL;
        }
    }
    return cli_json_print(document, error);
}

static int predict(const cli_checkpoint *checkpoint, const settings *s, int by_index,
                   fm_error *error) {
    const size_t count = checkpoint->images.view.count;
    answer a;
    int status = by_index ? ask(&a, checkpoint, s->index, error) : FM_OK;
    if (!status && s->logits)
        status = write_logits(s->logits, checkpoint, error);
    if (status)
        return status;
    if (s->common.json)
        return print_json(&a, s, count, by_index, error);
    if (by_index)
        print_answer(&a, s);
    if (s->logits) {
        printf("logits of the %s set's %zu images: ", cli_set_name(s->selection.set), count);
        cli_print_clean(stdout, s->logits, 0);
        putchar('\n');
    }
    return FM_OK;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    cli_checkpoint checkpoint;
    int by_index = cli_options_given(arguments, "index");
    if (!by_index && !s->logits)
        return fm_error_set(error, FM_E_ARGUMENT, "predict", "needs --index N or --logits FILE");
    int status = cli_checkpoint_open(&checkpoint, arguments->operands[0], &s->selection, &s->common,
                                     arguments, error);
    if (status)
        return status;
    status = predict(&checkpoint, s, by_index, error);
    cli_checkpoint_close(&checkpoint);
    return status;
}

const cli_command cli_predict = {
    .name = "predict",
    .operands = "CHECKPOINT",
    .operand_count = 1,
    .summary = "Logits, probabilities and class of an image, or the logits of a whole set.",
    .about = "CHECKPOINT is a safetensors file, or a run folder: then its last.safetensors.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
