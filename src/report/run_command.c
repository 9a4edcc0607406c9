#include "report/run_command.h"

#include "base/shell.h"
#include "settings/settings.h"

/* Adds " --option", on a new line if this one is long: a browser might break it in an option. */
static void add_option(fm_text *out, const char *option) {
    enum { LONG = 56 };
    size_t start = out->length;
    while (start > 0 && out->bytes[start - 1] != '\n')
        start--;
    fm_text_print(out, "%s --%s", out->length - start > LONG ? " \\\n   " : "", option);
}

static void add_word(fm_text *out, const char *option, const char *word) {
    add_option(out, option);
    fm_text_add(out, " ");
    fm_shell_add_word(out, word);
}

/* To keep the command short, settings of one optimizer are left out if they are the default. */
static int is_named(const fm_settings *settings, const fm_settings *usual, const fm_option *row) {
    if (fm_option_is_alias(row) || !fm_settings_uses(settings, row))
        return 0;
    if (row->kind == FM_OPTION_FLAG)
        return fm_option_is_on(settings, row);
    return !(row->used_by || row->or_none) || !fm_option_same(settings, usual, row);
}

static void add_settings(fm_text *out, const fm_settings *settings) {
    char text[FM_OPTION_TEXT_SIZE];
    fm_settings usual;
    fm_settings_init(&usual);
    for (const fm_option *row = fm_settings_table; row->name; row++) {
        if (!is_named(settings, &usual, row))
            continue;
        add_option(out, row->name);
        fm_option_print(text, settings, row);
        if (row->kind != FM_OPTION_FLAG)
            fm_text_print(out, " %s", text);
    }
}

void fm_run_command_add(fm_text *out, const fm_run_report *report) {
    const fm_settings settings = {*report->architecture, *report->options};
    fm_text_add(out, "fmnist-cl train");
    add_option(out, "device ");
    if (report->device->type == FM_DEVICE_REFERENCE)
        fm_text_add(out, "reference");
    else
        fm_text_print(out, "%d", report->device->number);
    if (report->data)
        add_word(out, "data", report->data);
    add_settings(out, &settings);
    if (report->init)
        add_word(out, "init", report->init);
    if (report->gemm != FM_GEMM_AUTO)
        add_word(out, "gemm", fm_gemm_name(report->gemm));
}
