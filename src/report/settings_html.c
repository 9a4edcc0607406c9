#include "report/settings_html.h"

#include <string.h>

#include "study/plan.h"

static void add_network(fm_html *page, const fm_architecture *architecture) {
    fm_text text = {0};
    fm_text_print(&text, "%zu", architecture->inputs);
    for (size_t i = 0; i < architecture->hidden_count; i++)
        fm_text_print(&text, " \xe2\x86\x92 %zu", architecture->hidden[i]);
    fm_text_print(&text, " \xe2\x86\x92 %zu", architecture->outputs);
    fm_html_fact(page, "Network", "%s (%zu parameters)", text.failed ? "" : text.bytes,
                 fm_architecture_parameter_count(architecture));
    page->text.failed |= text.failed;
    fm_text_free(&text);
}

static void add_setting(fm_html *page, const fm_settings *settings, const fm_option *row,
                        const char *label) {
    char text[FM_OPTION_TEXT_SIZE];
    fm_option_print(text, settings, row);
    if (!row->or_none || strcmp(text, "none") != 0)
        fm_html_fact(page, label, "%s%s%s",
                     row->words[0] ? row->words[fm_option_is_on(settings, row)] : text,
                     row->unit ? " " : "", row->unit ? row->unit : "");
}

/* Whether the page lists the row as a fixed setting. Widths appear once: all of them, or those that
 * remain if the layers or the nodes are varied. */
static int is_listed(const fm_settings *settings, const fm_option *row, const fm_option *varied) {
    const int parts_told = varied && fm_option_is_alias(varied);
    if (row == varied || !fm_settings_uses(settings, row))
        return 0;
    return row->kind != FM_OPTION_SIZES && !fm_option_is_alias(row)
               ? 1
               : fm_option_is_alias(row) == parts_told;
}

void fm_settings_html_add(fm_html *page, const fm_architecture *architecture,
                          const fm_train_options *options, enum fm_factor varied) {
    const fm_settings settings = {*architecture, *options};
    const fm_option *factor = fm_factor_option(varied);
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        if (!is_listed(&settings, row, factor))
            continue;
        if (row->kind == FM_OPTION_SIZES)
            add_network(page, architecture);
        else
            add_setting(page, &settings, row,
                        factor && row->offset == offsetof(fm_settings, options.seed) ? "First seed"
                                                                                     : row->label);
    }
}

void fm_settings_html_add_device(fm_html *page, const fm_device_info *device, enum fm_gemm gemm) {
    fm_html_fact(page, "Device", "%s (%s)", device->name, fm_device_type_name(device->type));
    fm_html_fact(page, "Platform", "%s", device->platform);
    if (device->opencl_c[0])
        fm_html_fact(page, "Language", "%s", device->opencl_c);
    if (device->driver[0])
        fm_html_fact(page, "Driver", "%s", device->driver);
    if (device->compute_units)
        fm_html_fact(page, "Compute units", "%u", device->compute_units);
    if (device->memory_bytes)
        fm_html_fact(page, "Memory", "%.1f GiB", (double)device->memory_bytes / (1 << 30));
    fm_html_fact(page, "Matrix products", "%s", fm_gemm_name(gemm));
}

void fm_settings_html_add_sums(fm_html *page, const fm_dataset *dataset) {
    static const char *const heads[] = {"file", "SHA-256"};
    fm_html_table_begin(page, "The data set's files", heads, "ll");
    for (size_t i = 0; i < FM_DATA_FILES; i++) {
        const fm_data_file *file = fm_dataset_file(dataset, i);
        fm_html_row(page);
        fm_html_cell(page, "%s", file->name);
        fm_html_cell(page, "%s", file->sha256);
    }
    fm_html_table_end(page);
}
