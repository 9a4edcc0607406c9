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
};

static int fail(FT_Error code, fm_error *error) {
    return code == FT_Err_Out_Of_Memory
               ? fm_error_set(error, FM_E_MEMORY, "lettering", "not enough memory")
               : fm_error_set(error, FM_E_FORMAT, "lettering",
                              "FreeType cannot use the font: error %d", code);
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
    FT_Done_FreeType(lettering->library); /* and its faces */
    free(lettering);
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

int fm_lettering_draw(fm_lettering *lettering, fm_picture *picture, size_t x, size_t y,
                      const char *text, uint8_t grey, fm_error *error) {
    /* Four fifths of the line stand above the base line. */
    const FT_Pos base = (FT_Pos)y + (FT_Pos)lettering->height * 4 / 5;
    FT_Pos pen = (FT_Pos)x * 64;
    for (; *text; text++) {
        const unsigned letter = (unsigned char)*text < 0x80 ? (unsigned char)*text : '?';
        FT_Error code = FT_Load_Char(lettering->face, letter, FT_LOAD_RENDER);
        if (code)
            return fail(code, error);
        FT_GlyphSlot glyph = lettering->face->glyph;
        blend(picture, pen / 64 + glyph->bitmap_left, base - glyph->bitmap_top, &glyph->bitmap,
              grey);
        pen += glyph->advance.x;
    }
    return FM_OK;
}
