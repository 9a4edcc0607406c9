#include "report/text_rendering.h"

#include <stdlib.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "base/memory.h"
#include "font.h"

struct fm_text_renderer {
    FT_Library library;
    FT_Face face;
    unsigned height;
};

static int fail(FT_Error code, fm_error *error) {
    return code == FT_Err_Out_Of_Memory
               ? fm_error_set(error, FM_E_MEMORY, "text rendering", "not enough memory")
               : fm_error_set(error, FM_E_FORMAT, "renderer",
                              "FreeType cannot use the font: error %d", code);
}

int fm_text_renderer_create(fm_text_renderer **out, unsigned height, fm_error *error) {
    int status = fm_memory_allocate(out, 1, sizeof **out, "renderer", error);
    if (status)
        return status;
    fm_text_renderer *made = *out;
    made->height = height;
    FT_Error code = FT_Init_FreeType(&made->library);
    if (!code)
        code = FT_New_Memory_Face(made->library, fm_font, (FT_Long)fm_font_size, 0, &made->face);
    if (!code)
        code = FT_Set_Pixel_Sizes(made->face, 0, height);
    if (!code)
        return FM_OK;
    fm_text_renderer_free(made);
    *out = NULL;
    return fail(code, error);
}

void fm_text_renderer_free(fm_text_renderer *renderer) {
    if (!renderer)
        return;
    FT_Done_FreeType(renderer->library); /* frees the faces too */
    free(renderer);
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

int fm_text_renderer_draw(fm_text_renderer *renderer, fm_picture *picture, size_t x, size_t y,
                          const char *text, uint8_t grey, fm_error *error) {
    /* Four fifths of the line are above the baseline. */
    const FT_Pos base = (FT_Pos)y + (FT_Pos)renderer->height * 4 / 5;
    FT_Pos pen = (FT_Pos)x * 64;
    for (; *text; text++) {
        const unsigned letter = (unsigned char)*text < 0x80 ? (unsigned char)*text : '?';
        FT_Error code = FT_Load_Char(renderer->face, letter, FT_LOAD_RENDER);
        if (code)
            return fail(code, error);
        FT_GlyphSlot glyph = renderer->face->glyph;
        blend(picture, pen / 64 + glyph->bitmap_left, base - glyph->bitmap_top, &glyph->bitmap,
              grey);
        pen += glyph->advance.x;
    }
    return FM_OK;
}
