/* show: shows one image of the data set, or a grid of images. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/session.h"
#include "cli/sets.h"
#include "cli/settings.h"
#include "cli/terminal.h"
#include "io/json.h"
#include "io/png.h"
#include "report/contact_sheet.h"

typedef struct settings {
    cli_common common;
    enum cli_set set;
    fm_settings given;  /* only the split is used */
    size_t index, grid; /* grid 0: one image */
    int values;
    const char *png;
} settings;

#define AT(member) offsetof(settings, member)

enum { MOST_TILES = 1000 };

static const fm_option own_options[] = {
    {"set", FM_OPTION_CHOICE, 0, "S", "train", "train, val or test", .offset = AT(set),
     .names = cli_set_names},
    {"index", FM_OPTION_SIZE, 0, "N", "0",
     "index of the image in the set, from 0; with --grid, of the first image", .offset = AT(index),
     .high = 1e9},
    {"grid", FM_OPTION_SIZE, 0, "N", NULL,
     "show N images with their labels; the study shows 50 [one image]", .offset = AT(grid),
     .low = 1, .high = MOST_TILES},
    {"values", FM_OPTION_FLAG, 0, NULL, NULL,
     "print the values too, 0 (black) to 255 (white); the network gets them divided by 255",
     .offset = AT(values), .value = 1},
    {"png", FM_OPTION_TEXT, 0, "FILE", NULL,
     "write a PNG file: one image, enlarged 10 times, or the grid with labels", .offset = AT(png)},
    {.name = NULL},
};

static const cli_group groups[] = {{"Images", own_options, 0, 0},
                                   CLI_SETTINGS_GROUP("Split", AT(given), FM_SETTINGS_SPLIT),
                                   CLI_COMMON_GROUP,
                                   {NULL, NULL, 0, 0}};

/* The three sets. */
typedef struct view {
    fm_dataset *dataset;
    cli_images sets[3];
    const fm_images *shown; /* the selected set */
} view;

static int open_view(view *out, const settings *s, fm_error *error) {
    fm_train_options options = s->given.options;
    options.seed = s->common.seed;
    int status = cli_dataset_load(&out->dataset, &s->common, error);
    for (int set = CLI_TRAIN; set <= CLI_TEST && !status; set++)
        status =
            cli_images_select(&out->sets[set], out->dataset, (enum cli_set)set, &options, error);
    out->shown = &out->sets[s->set].view;
    return status;
}

static void close_view(view *v) {
    for (int set = CLI_TRAIN; set <= CLI_TEST; set++)
        cli_images_free(&v->sets[set]);
    fm_dataset_free(v->dataset);
}

static int check_range(const view *v, const settings *s, fm_error *error) {
    const size_t count = v->shown->count, wanted = s->grid ? s->grid : 1;
    if (count == 0)
        return fm_error_set(error, FM_E_ARGUMENT, "--set", "the %s set is empty",
                            cli_set_names[s->set]);
    if (s->index >= count)
        return fm_error_set(error, FM_E_ARGUMENT, "--index",
                            "%zu is out of range; the set has %zu images, 0 to %zu", s->index,
                            count, count - 1);
    if (wanted > count - s->index)
        return fm_error_set(error, FM_E_ARGUMENT, "--grid",
                            "%zu images from image %zu on; the set has only %zu images", wanted,
                            s->index, count);
    return FM_OK;
}

static void fill_tile(fm_tile *out, const fm_images *images, size_t index) {
    out->image = images->image + index * images->pixels;
    snprintf(out->line[0], sizeof out->line[0], "%s", fm_dataset_class_name(images->label[index]));
}

/* ---- Text ---- */

static void print_values(const uint8_t *image) {
    putchar('\n');
    for (size_t y = 0; y < FM_IMAGE_SIDE; y++) {
        for (size_t x = 0; x < FM_IMAGE_SIDE; x++)
            printf("%*u", x ? 4 : 3, image[y * FM_IMAGE_SIDE + x]);
        putchar('\n');
    }
}

static void print_one(const view *v, const settings *s) {
    const unsigned label = v->shown->label[s->index];
    uint8_t *image = (uint8_t *)(v->shown->image + s->index * FM_PIXELS);
    const fm_picture picture = {FM_IMAGE_SIDE, FM_IMAGE_SIDE, image};
    const fm_terminal terminal = cli_terminal_of(stdout);
    char title[128];
    snprintf(title, sizeof title, "image %zu of the %s set: shape 1 x %d x %d, label %u, %s\n\n",
             s->index, cli_set_names[s->set], FM_IMAGE_SIDE, FM_IMAGE_SIDE, label,
             fm_dataset_class_name(label));
    cli_print_wrapped(title, 2);
    fm_terminal_picture(stdout, &picture, &terminal);
    if (s->values)
        print_values(image);
}

static void print_grid(const settings *s, const fm_tile *tiles) {
    const fm_terminal terminal = cli_terminal_of(stdout);
    printf("images %zu to %zu of the %s set\n\n", s->index, s->index + s->grid - 1,
           cli_set_names[s->set]);
    fm_terminal_tiles(stdout, tiles, s->grid, &terminal);
    for (size_t i = 0; i < s->grid && s->values; i++) {
        printf("\nimage %zu, %s\n", s->index + i, tiles[i].line[0]);
        print_values(tiles[i].image);
    }
}

static void count_classes(size_t out[FM_CLASSES], const fm_images *images) {
    memset(out, 0, FM_CLASSES * sizeof *out);
    for (size_t i = 0; i < images->count; i++)
        out[images->label[i]]++;
}

static void print_counts(const view *v) {
    size_t counts[3][FM_CLASSES];
    printf("\n%-11s", "images");
    for (int set = CLI_TRAIN; set <= CLI_TEST; set++) {
        count_classes(counts[set], &v->sets[set].view);
        printf(" %8s", cli_set_names[set]);
    }
    for (unsigned c = 0; c < FM_CLASSES; c++)
        printf("\n%-11s %8zu %8zu %8zu", fm_dataset_class_name(c), counts[CLI_TRAIN][c],
               counts[CLI_VAL][c], counts[CLI_TEST][c]);
    printf("\n%-11s %8zu %8zu %8zu\n", "all", v->sets[CLI_TRAIN].view.count,
           v->sets[CLI_VAL].view.count, v->sets[CLI_TEST].view.count);
}

/* ---- JSON ---- */

static json_t *shape_json(void) {
    return json_pack("[i, i, i]", 1, FM_IMAGE_SIDE, FM_IMAGE_SIDE);
}

static json_t *counts_json(const view *v) {
    json_t *sets = json_object();
    for (int set = CLI_TRAIN; set <= CLI_TEST; set++) {
        size_t counts[FM_CLASSES];
        json_t *classes = json_array();
        count_classes(counts, &v->sets[set].view);
        for (size_t c = 0; c < FM_CLASSES; c++)
            fm_json_append(&classes, json_integer((json_int_t)counts[c]));
        json_t *entry =
            json_pack("{s:I, s:o}", "n", (json_int_t)v->sets[set].view.count, "classes", classes);
        fm_json_set(&sets, cli_set_names[set], entry);
    }
    return sets;
}

/* The JSON of one image, with its values if requested. */
static json_t *image_json(const view *v, const settings *s, size_t index) {
    const unsigned label = v->shown->label[index];
    json_t *image = json_pack("{s:s, s:I, s:o, s:i, s:s}", "set", cli_set_names[s->set], "index",
                              (json_int_t)index, "shape", shape_json(), "label", (int)label, "name",
                              fm_dataset_class_name(label));
    if (!s->values)
        return image;
    json_t *values = json_array();
    for (size_t i = 0; i < FM_PIXELS; i++)
        fm_json_append(&values, json_integer(v->shown->image[index * FM_PIXELS + i]));
    fm_json_set(&image, "values", values);
    return image;
}

static int print_json(const view *v, const settings *s, fm_error *error) {
    json_t *document;
    if (s->grid) {
        json_t *images = json_array();
        for (size_t i = 0; i < s->grid; i++)
            fm_json_append(&images, image_json(v, s, s->index + i));
        document = json_pack("{s:s, s:I, s:o}", "set", cli_set_names[s->set], "index",
                             (json_int_t)s->index, "images", images);
    } else {
        document = image_json(v, s, s->index);
    }
    fm_json_set(&document, "sets", counts_json(v));
    if (s->png)
        fm_json_set(&document, "png", fm_json_text(s->png));
    return cli_json_print(document, error);
}

/* ---- The command ---- */

/* A single image has no margin and no text, so that predict can read it. */
static int draw(fm_picture *out, const settings *s, const fm_tile *tiles, fm_error *error) {
    enum { IN_ROW = 10, ZOOM = 4, ONE_SIDE = 10 * FM_IMAGE_SIDE };
    if (s->grid)
        return fm_contact_sheet_draw(out, tiles, s->grid, IN_ROW, ZOOM, error);
    int status = fm_picture_create(out, ONE_SIDE, ONE_SIDE, s->png, error);
    if (status)
        return status;
    const fm_picture image = {FM_IMAGE_SIDE, FM_IMAGE_SIDE, (uint8_t *)tiles[0].image};
    fm_picture_scale(out->pixel, ONE_SIDE, ONE_SIDE, &image);
    return FM_OK;
}

static int write_png(const settings *s, const fm_tile *tiles, fm_error *error) {
    fm_picture picture;
    int status = draw(&picture, s, tiles, error);
    if (!status)
        status = fm_png_write(s->png, &picture, error);
    fm_picture_free(&picture);
    return status;
}

static int show(const view *v, const settings *s, fm_error *error) {
    const size_t count = s->grid ? s->grid : 1;
    fm_tile *tiles = NULL;
    int status = check_range(v, s, error);
    if (!status)
        status = fm_memory_allocate(&tiles, count, sizeof *tiles, "images to show", error);
    for (size_t i = 0; i < count && !status; i++)
        fill_tile(&tiles[i], v->shown, s->index + i);
    if (!status && s->png)
        status = write_png(s, tiles, error);
    if (!status && s->common.json) {
        status = print_json(v, s, error);
    } else if (!status) {
        if (s->grid)
            print_grid(s, tiles);
        else
            print_one(v, s);
        print_counts(v);
        if (s->png) {
            fputs("\nwritten: ", stdout);
            cli_print_clean(stdout, s->png);
            putchar('\n');
        }
    }
    free(tiles);
    return status;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    view v = {.dataset = NULL};
    (void)arguments;
    int status = open_view(&v, s, error);
    if (!status)
        status = show(&v, s, error);
    close_view(&v);
    return status;
}

const cli_command cli_show = {
    .name = "show",
    .operands = "",
    .summary = "Shows an image of the data set, its values, or a grid of images with labels.",
    .about = "Draws in shades of grey if the terminal supports colours and UTF-8, otherwise with\n"
             "ASCII characters. A table lists the number of images of each class in each set.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
