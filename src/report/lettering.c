#include "report/lettering.h"

#include <stdlib.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "base/memory.h"
#include "font.h"

struct fm_lettering {
    FT_Library library;
    FT_Face face;
    unsigned height;
    int lacked_memory; /* for a letter */
};

static int fail(FT_Error code, fm_error *error) {
    if (FT_ERROR_BASE(code) == FT_Err_Out_Of_Memory)
        return fm_error_set(error, FM_E_MEMORY, "lettering", "not enough memory");
    return fm_error_set(error, FM_E_FORMAT, "lettering", "FreeType cannot use the font: error %d",
                        code);
}

int fm_lettering_create(fm_lettering **out, unsigned height, fm_error *error) {
    int status = fm_memory_allocate(out, 1, sizeof **out, "lettering", error);
    if (status)
        return status;
    fm_lettering *made = *out;
    made->height = height;
    FT_Error code = FT_Init_FreeType(&made->library);
    if (!code)
        code = FT_New_Memory_Face(made->library, fm_font, (FT_Long)fm_font_size, 0, &made->face);
    if (!code)
        code = FT_Set_Pixel_Sizes(made->face, 0, height);
    if (!code)
        return FM_OK;
    fm_lettering_free(made);
    *out = NULL;
    return fail(code, error);
}

void fm_lettering_free(fm_lettering *lettering) {
    if (!lettering)
        return;
    if (lettering->library)
        FT_Done_FreeType(lettering->library); /* and its faces */
    free(lettering);
}

/* The letter, drawn; NULL for one that the font does not have or that cannot be drawn. */
static FT_GlyphSlot letter(fm_lettering *lettering, char character) {
    unsigned code = (unsigned char)character < 0x80 ? (unsigned char)character : '?';
    FT_Error wrong = FT_Load_Char(lettering->face, code, FT_LOAD_RENDER);
    lettering->lacked_memory |= FT_ERROR_BASE(wrong) == FT_Err_Out_Of_Memory;
    return wrong ? NULL : lettering->face->glyph;
}

int fm_lettering_check(const fm_lettering *lettering, fm_error *error) {
    return lettering->lacked_memory ? fail(FT_Err_Out_Of_Memory, error) : FM_OK;
}

size_t fm_lettering_width(fm_lettering *lettering, const char *text) {
    FT_Pos width = 0; /* in 64ths */
    for (; *text; text++) {
        FT_GlyphSlot glyph = letter(lettering, *text);
        width += glyph ? glyph->advance.x : 0;
    }
    return (size_t)(width + 63) / 64;
}

static void blend(fm_picture *picture, FT_Pos left, FT_Pos top, const FT_Bitmap *bitmap,
                  uint8_t grey) {
    for (unsigned row = 0; row < bitmap->rows; row++) {
        for (unsigned column = 0; column < bitmap->width; column++) {
            FT_Pos x = left + (FT_Pos)column, y = top + (FT_Pos)row;
            if (x < 0 || y < 0 || x >= (FT_Pos)picture->width || y >= (FT_Pos)picture->height)
                continue;
            uint8_t *pixel = picture->pixel + (size_t)y * picture->width + (size_t)x;
            unsigned ink = bitmap->buffer[(FT_Pos)row * bitmap->pitch + (FT_Pos)column];
            *pixel = (uint8_t)((*pixel * (255 - ink) + grey * ink + 127) / 255);
        }
    }
}

void fm_lettering_draw(fm_lettering *lettering, fm_picture *picture, size_t x, size_t y,
                       const char *text, uint8_t grey) {
    /* Four fifths of the line stand above the base line. */
    const FT_Pos base = (FT_Pos)y + (FT_Pos)lettering->height * 4 / 5;
    FT_Pos pen = (FT_Pos)x * 64;
    for (; *text; text++) {
        FT_GlyphSlot glyph = letter(lettering, *text);
        if (!glyph)
            continue;
        blend(picture, pen / 64 + glyph->bitmap_left, base - glyph->bitmap_top, &glyph->bitmap,
              grey);
        pen += glyph->advance.x;
    }
}
