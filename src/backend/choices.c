/* The table of tuning parameters, their defaults, and whether a device supports given ones. */
#include "backend/choices.h"

#define AT(member) offsetof(fm_choices, member)

/* L2 cache of a typical CPU core, for drivers that do not report it. */
enum { USUAL_CACHE = 512 << 10 };

/* The first ones need no rebuild of the kernels, so the tuner tries them quickly. */
static const fm_choice table[FM_CHOICES] = {
    {"groups", AT(groups), 0, {2, 4, 8, 16, 32}},
    {"row_groups", AT(row_groups), 0, {1, 2, 3, 4, 8}},
    {"panels", AT(panels), 0, {1, 2, 3, 4}},
    {"lines", AT(lines), 0, {1, 2, 4}},
    {"inputs", AT(inputs), 0, {3, 4, 5, 6, 7, 8, 10, 12}},
    {"side", AT(side), 1, {16, 32, 64, 128}},
    {"work", AT(work), 1, {2, 4, 8}},
    {"depth", AT(depth), 1, {8, 16, 32}},
};

const fm_choice *fm_choice_get(size_t index) {
    return &table[index];
}

int fm_choice_allows(size_t index, long long value) {
    for (const int *allowed = table[index].values; *allowed; allowed++)
        if (*allowed == value)
            return 1;
    return 0;
}

int fm_choice_value(const fm_choices *choices, size_t index) {
    return *(const int *)((const char *)choices + table[index].offset);
}

void fm_choice_set(fm_choices *choices, size_t index, int value) {
    *(int *)((char *)choices + table[index].offset) = value;
}

void fm_choices_init(fm_choices *out, const fm_cl_context *context) {
    *out = (fm_choices){.panels = 3,
                        .lines = 2,
                        .inputs = 6,
                        .groups = 8,
                        .row_groups = 1,
                        .side = 32,
                        .work = 4,
                        .depth = 32};
    /* With AVX2, six vectors of 16 floats take 12 of 16 registers. With AVX-512, a vector is one of
     * 32 registers, and eight independent sums hide the latency of an addition. */
    if (context->vector_width >= 16) {
        out->panels = 4;
        out->inputs = 8;
    }
}

size_t fm_choices_cached_floats(const fm_cl_context *context) {
    const size_t bytes = context->cache_bytes ? context->cache_bytes : USUAL_CACHE;
    return bytes / 2 / sizeof(cl_float);
}

int fm_choices_fit(const fm_choices *c, const fm_cl_context *context) {
    for (size_t i = 0; i < FM_CHOICES; i++)
        if (!fm_choice_allows(i, fm_choice_value(c, i)))
            return 0;
    if (context->single_item_groups)
        return 1;
    const size_t side = (size_t)c->side, work = (size_t)c->work, depth = (size_t)c->depth;
    /* The same as SHARED and ITEMS in kernels/gpu/linear_tile.cl. */
    const size_t items = FM_TILE_TEAMS * (side / work) * (side / work);
    const size_t slices = 2 * depth * (side + (work > 4 ? work : 4));
    const size_t sums = FM_TILE_TEAMS * (side / work) * side;
    const size_t local = (slices > sums ? slices : sums) * sizeof(cl_float);
    return items <= context->group_items && local <= context->local_bytes;
}
