#include "report/lettering.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_MODULE_H

#include "base/memory.h"
#include "base/ring.h"
#include "font.h"

struct fm_lettering {
    struct FT_MemoryRec_ memory; /* its user is this */
    fm_ring pieces;              /* all that it has */
    jmp_buf no_memory;
    int lacked_memory; /* FreeType was left where it was, and is not to be called any more */
    FT_Library library;
    FT_Face face;
    unsigned height;
};

/* ---- FreeType's memory ----
 *
 * FreeType 2.12 does not stand a failing allocation everywhere: it draws another letter, names
 * another error, or reads through NULL. So none of its functions sees one: it is left by a jump,
 * and all that it has is taken back from the ring. */

static void *allocate(FT_Memory memory, long size) {
    fm_lettering *lettering = memory->user;
    void *made = fm_ring_allocate(&lettering->pieces, (size_t)size);
    if (!made)
        longjmp(lettering->no_memory, 1);
    return made;
}

static void release(FT_Memory memory, void *bytes) {
    (void)memory;
    fm_ring_release(bytes);
}

static void *reallocate(FT_Memory memory, long old_size, long size, void *bytes) {
    fm_lettering *lettering = memory->user;
    (void)old_size;
    void *moved = fm_ring_reallocate(bytes, (size_t)size);
    if (!moved)
        longjmp(lettering->no_memory, 1);
    return moved;
}

/* Calls FreeType, unless memory is lacking or was. */
static FT_Error call(FT_Error (*function)(fm_lettering *, unsigned), fm_lettering *lettering,
                     unsigned argument) {
    if (setjmp(lettering->no_memory))
        lettering->lacked_memory = 1;
    if (lettering->lacked_memory)
        return FT_Err_Out_Of_Memory;
    return function(lettering, argument);
}

/* ---- Letters ---- */

static FT_Error open_font(fm_lettering *lettering, unsigned height) {
    FT_Error code = FT_New_Library(&lettering->memory, &lettering->library);
    if (!code) {
        FT_Add_Default_Modules(lettering->library);
        code = FT_New_Memory_Face(lettering->library, fm_font, (FT_Long)fm_font_size, 0,
                                  &lettering->face);
    }
    return code ? code : FT_Set_Pixel_Sizes(lettering->face, 0, height);
}

static FT_Error load_letter(fm_lettering *lettering, unsigned code) {
    return FT_Load_Char(lettering->face, code, FT_LOAD_RENDER);
}

int fm_lettering_check(const fm_lettering *lettering, fm_error *error) {
    if (lettering->lacked_memory)
        return fm_error_set(error, FM_E_MEMORY, "lettering", "not enough memory");
    return FM_OK;
}

int fm_lettering_create(fm_lettering **out, unsigned height, fm_error *error) {
    int status = fm_memory_allocate(out, 1, sizeof **out, "lettering", error);
    if (status)
        return status;
    fm_lettering *made = *out;
    made->memory = (struct FT_MemoryRec_){made, allocate, release, reallocate};
    fm_ring_start(&made->pieces);
    made->height = height;
    FT_Error code = call(open_font, made, height);
    if (!code)
        return FM_OK;
    status = fm_lettering_check(made, error);
    if (!status)
        status = fm_error_set(error, FM_E_FORMAT, "lettering",
                              "FreeType cannot use the font: error %d", code);
    fm_lettering_free(made);
    *out = NULL;
    return status;
}

void fm_lettering_free(fm_lettering *lettering) {
    if (!lettering)
        return;
    /* FreeType holds nothing else: what it reads is in memory. */
    fm_ring_free(&lettering->pieces);
    free(lettering);
}

/* The letter, drawn; NULL for one that the font does not have or that cannot be drawn. */
static FT_GlyphSlot letter(fm_lettering *lettering, char character) {
    unsigned code = (unsigned char)character < 0x80 ? (unsigned char)character : '?';
    return call(load_letter, lettering, code) ? NULL : lettering->face->glyph;
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
