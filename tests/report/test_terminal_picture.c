/* Pictures in the terminal, at every width. */
#define _GNU_SOURCE

#include <stdlib.h>
#include <string.h>

#include "report/terminal_picture.h"
#include "support/check.h"

#define UPPER "\xe2\x96\x80"

static uint8_t image[FM_PIXELS];

/* The output of `draw`; free() it. */
#define CAPTURE(text, draw)                                                                        \
    do {                                                                                           \
        size_t capture_size;                                                                       \
        FILE *out = open_memstream(&(text), &capture_size);                                        \
        assert_non_null(out);                                                                      \
        draw;                                                                                      \
        assert_int_equal(fclose(out), 0);                                                          \
    } while (0)

/* The number of lines, and of characters in the longest one without escape sequences. */
static void measure(const char *text, size_t *lines, size_t *columns) {
    size_t column = 0;
    *lines = *columns = 0;
    for (const char *at = text; *at; at++) {
        if (*at == '\033') {
            at += strcspn(at, "m");
        } else if (*at == '\n') {
            ++*lines;
            column = 0;
        } else if (((unsigned char)*at & 0xc0) != 0x80) {
            column++;
        }
        *columns = column > *columns ? column : *columns;
    }
}

static fm_picture whole(void) {
    return (fm_picture){FM_IMAGE_SIDE, FM_IMAGE_SIDE, image};
}

static int setup(void **state) {
    (void)state;
    for (size_t i = 0; i < FM_PIXELS; i++)
        image[i] = (uint8_t)(i % 256);
    return 0;
}

static void test_two_pixels_in_a_character(void **state) {
    uint8_t pixel[] = {1, 2, 2, 3, 3, 200};
    const fm_picture picture = {2, 3, pixel};
    const fm_terminal narrow = {3, 24, 1, FM_COLOURS_TRUE, 0};
    char *text;
    (void)state;
    /* Two columns fit: scaled to 1 x 2, as 3 : 2 rounds; one character. */
    CAPTURE(text, fm_terminal_picture(out, &picture, &narrow));
    assert_string_equal(text, "\033[38;2;2;2;2m\033[48;2;69;69;69m" UPPER "\033[0m\n");
    free(text);
}

static void test_drawn_pixel_by_pixel(void **state) {
    const fm_picture picture = whole();
    const fm_terminal terminal = {80, 24, 1, FM_COLOURS_TRUE, 0};
    char *text, wanted[128];
    size_t lines, columns;
    (void)state;
    CAPTURE(text, fm_terminal_picture(out, &picture, &terminal));
    measure(text, &lines, &columns);
    assert_int_equal(lines, 14);
    assert_int_equal(columns, 28);
    const char *at = text;
    for (unsigned line = 0; line < 14; line++) {
        for (unsigned x = 0; x < 28; x++) {
            unsigned top = image[2 * line * 28 + x], bottom = image[(2 * line + 1) * 28 + x];
            snprintf(wanted, sizeof wanted, "\033[38;2;%u;%u;%um\033[48;2;%u;%u;%um" UPPER, top,
                     top, top, bottom, bottom, bottom);
            assert_memory_equal(at, wanted, strlen(wanted));
            at += strlen(wanted);
        }
        assert_memory_equal(at, "\033[0m\n", 5);
        at += 5;
    }
    assert_string_equal(at, "");
    free(text);
}

/* With fewer colours, the nearest ones: 128 is grey 244 of 256, and light grey of 16. */
static void test_fewer_colours(void **state) {
    uint8_t pixel[] = {128, 128};
    const fm_picture picture = {1, 2, pixel};
    fm_terminal terminal = {3, 24, 1, FM_COLOURS_256, 0};
    char *text;
    (void)state;
    CAPTURE(text, fm_terminal_picture(out, &picture, &terminal));
    assert_non_null(strstr(text, "\033[38;5;244m\033[48;5;244m" UPPER));
    free(text);
    terminal.colours = FM_COLOURS_16;
    CAPTURE(text, fm_terminal_picture(out, &picture, &terminal));
    assert_non_null(strstr(text, "\033[37m\033[47m" UPPER));
    free(text);
}

static void test_plain_has_no_escapes(void **state) {
    const fm_picture picture = whole();
    const fm_terminal terminal = {.columns = 80, .rows = 24};
    static const char ramp[] = " .:-=+*#%@";
    char *text;
    (void)state;
    CAPTURE(text, fm_terminal_picture(out, &picture, &terminal));
    assert_int_equal(strlen(text), 28 * 57);
    for (size_t i = 0; i < FM_PIXELS; i++) {
        assert_int_equal(text[i / 28 * 57 + i % 28 * 2], ramp[image[i] * 10 / 256]);
        assert_int_equal(text[i / 28 * 57 + i % 28 * 2 + 1], ramp[image[i] * 10 / 256]);
    }
    free(text);
}

static void test_scales_to_the_available_room(void **state) {
    static const size_t cases[][3] = {{80, 60, 56},  {80, 45, 28},  {200, 60, 84}, {200, 200, 112},
                                      {57, 100, 56}, {56, 100, 28}, {29, 24, 28},  {28, 24, 27}};
    const fm_picture picture = whole();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const fm_terminal terminal = {cases[i][0], cases[i][1], 1, FM_COLOURS_TRUE, 0};
        size_t lines, columns;
        char *text;
        CAPTURE(text, fm_terminal_picture(out, &picture, &terminal));
        measure(text, &lines, &columns);
        assert_int_equal(columns, cases[i][2]);
        assert_int_equal(lines, (cases[i][2] + 1) / 2);
        free(text);
    }
}

static void test_every_width(void **state) {
    const fm_picture picture = whole();
    fm_tile tiles[12];
    (void)state;
    for (size_t i = 0; i < 12; i++)
        tiles[i] = (fm_tile){image, {"T-shirt/top", "second"}};
    for (size_t columns = 0; columns < 400; columns += columns < 90 ? 1 : 17) {
        for (int drawn = 0; drawn < 2; drawn++) {
            const fm_terminal terminal = {columns, 24, drawn, FM_COLOURS_TRUE, 0};
            const size_t most = columns > 2 ? columns - 1 : 1;
            size_t lines, longest;
            char *text;
            CAPTURE(text, fm_terminal_picture(out, &picture, &terminal));
            measure(text, &lines, &longest);
            assert_true(lines >= 1 && longest <= most);
            free(text);
            CAPTURE(text, fm_terminal_tiles(out, tiles, 12, &terminal));
            measure(text, &lines, &longest);
            assert_true(lines >= 1 && longest <= most);
            free(text);
        }
    }
}

static size_t occurrences(const char *text, const char *part) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

static void test_tiles_have_their_texts(void **state) {
    fm_tile tiles[25];
    const fm_terminal terminal = {160, 50, 1, FM_COLOURS_TRUE, 0};
    size_t lines, columns;
    char *text;
    (void)state;
    for (size_t i = 0; i < 25; i++) {
        tiles[i] = (fm_tile){image, {"", ""}};
        snprintf(tiles[i].line[0], sizeof tiles[i].line[0], "name %zu.", i);
    }
    CAPTURE(text, fm_terminal_tiles(out, tiles, 25, &terminal));
    measure(text, &lines, &columns);
    /* Ten in a row of 15 columns each: three rows of 8 lines and a name, with a line between. */
    assert_int_equal(lines, 3 * 9 + 2);
    for (size_t i = 0; i < 25; i++)
        assert_int_equal(occurrences(text, tiles[i].line[0]), 1);
    free(text);
    CAPTURE(text, fm_terminal_tiles(out, tiles, 0, &terminal));
    assert_string_equal(text, "");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_pixels_in_a_character),
        cmocka_unit_test(test_drawn_pixel_by_pixel),
        cmocka_unit_test(test_fewer_colours),
        cmocka_unit_test(test_plain_has_no_escapes),
        cmocka_unit_test(test_scales_to_the_available_room),
        cmocka_unit_test(test_every_width),
        cmocka_unit_test(test_tiles_have_their_texts),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
