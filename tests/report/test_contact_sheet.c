/* Contact sheets, and text rendering. */
#include <stdlib.h>
#include <string.h>

#include "report/contact_sheet.h"
#include "report/text_rendering.h"
#include "support/check.h"

/* Pixels of a part of the picture that are not white. */
static size_t inked(const fm_picture *p, size_t left, size_t top, size_t width, size_t height) {
    size_t count = 0;
    for (size_t y = top; y < top + height; y++)
        for (size_t x = left; x < left + width; x++)
            count += p->pixel[y * p->width + x] != 255;
    return count;
}

static void test_text(void **state) {
    fm_text_renderer *renderer;
    fm_picture paper;
    fm_error error = {0};
    (void)state;
    CHECK_OK(fm_text_renderer_create(&renderer, 12, &error), &error);
    CHECK_OK(fm_picture_create(&paper, 100, 40, "paper", &error), &error);
    memset(paper.pixel, 255, 100 * 40);
    CHECK_OK(fm_text_renderer_draw(renderer, &paper, 10, 10, "Coat", 0, &error), &error);
    size_t all = inked(&paper, 0, 0, 100, 40);
    assert_true(all > 40 && all < 250);
    assert_int_equal(inked(&paper, 10, 10, 30, 12), all); /* and only there */
    /* At and beyond the edges, text is cut. */
    CHECK_OK(fm_text_renderer_draw(renderer, &paper, 90, 35, "gjpq Wide text", 0, &error), &error);
    CHECK_OK(fm_text_renderer_draw(renderer, &paper, 1000, 1000, "away", 0, &error), &error);
    CHECK_OK(fm_text_renderer_draw(renderer, &paper, 0, 0, "\xc3\xa9\x01", 0, &error), &error);
    fm_picture_free(&paper);
    fm_text_renderer_free(renderer);
    fm_text_renderer_free(NULL);
}

static void test_images_in_rows(void **state) {
    uint8_t images[3][FM_PIXELS];
    fm_tile tiles[3];
    fm_picture sheet;
    fm_error error = {0};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t p = 0; p < FM_PIXELS; p++)
            images[i][p] = (uint8_t)(p * 7 + i * 50);
        tiles[i] = (fm_tile){images[i], {"Shirt", ""}};
    }
    enum { ZOOM = 4, SIDE = 28 * ZOOM, MARGIN = 12, LINE = 12 };
    CHECK_OK(fm_contact_sheet_draw(&sheet, tiles, 3, 2, ZOOM, &error), &error);
    assert_int_equal(sheet.width, MARGIN + 2 * (SIDE + MARGIN));
    assert_int_equal(sheet.height, MARGIN + 2 * (SIDE + LINE + MARGIN));
    for (size_t i = 0; i < 3; i++) {
        const size_t left = MARGIN + i % 2 * (SIDE + MARGIN);
        const size_t top = MARGIN + i / 2 * (SIDE + LINE + MARGIN);
        for (size_t y = 0; y < SIDE; y++)
            for (size_t x = 0; x < SIDE; x++)
                assert_int_equal(sheet.pixel[(top + y) * sheet.width + left + x],
                                 images[i][y / ZOOM * 28 + x / ZOOM]);
        assert_true(inked(&sheet, left, top + SIDE, SIDE, LINE) > 40);
    }
    /* There is no fourth image. */
    assert_int_equal(inked(&sheet, 2 * MARGIN + SIDE, 2 * MARGIN + SIDE + LINE, SIDE, SIDE), 0);
    fm_picture_free(&sheet);
    snprintf(tiles[2].line[1], sizeof tiles[2].line[1], "as Coat");
    CHECK_OK(fm_contact_sheet_draw(&sheet, tiles, 3, 10, ZOOM, &error), &error);
    assert_int_equal(sheet.width, MARGIN + 3 * (SIDE + MARGIN));
    assert_int_equal(sheet.height, 2 * MARGIN + SIDE + 2 * LINE);
    fm_picture_free(&sheet);
}

static void test_too_large(void **state) {
    const uint8_t image[FM_PIXELS] = {0};
    const fm_tile tile = {image, {"", ""}};
    fm_picture sheet;
    fm_error error = {0};
    (void)state;
    assert_int_equal(fm_contact_sheet_draw(&sheet, &tile, 1, 1, 600, &error), FM_E_ARGUMENT);
    assert_null(sheet.pixel);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_images_in_rows),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
