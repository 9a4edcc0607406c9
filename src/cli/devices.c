/* devices: lists what can compute. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "fmnist_cl/device.h"
#include "io/json.h"

typedef struct settings {
    cli_common common;
} settings;

static const cli_group groups[] = {CLI_COMMON_GROUP, {NULL, NULL, 0}};

static json_t *device_json(const fm_device_info *info) {
    return json_pack("{s:i, s:o, s:o, s:s, s:I, s:I, s:o, s:o}", "number", info->number, "platform",
                     fm_json_text(info->platform), "name", fm_json_text(info->name), "type",
                     fm_device_type_name(info->type), "compute_units",
                     (json_int_t)info->compute_units, "memory_bytes",
                     (json_int_t)info->memory_bytes, "opencl_c", fm_json_text(info->opencl_c),
                     "driver", fm_json_text(info->driver));
}

static int print_json(const fm_device_list *list, const fm_device_info *best, fm_error *error) {
    json_t *devices = json_array();
    for (size_t i = 0; i < fm_device_list_count(list); i++)
        fm_json_append(&devices, device_json(fm_device_list_get(list, i)));
    json_t *number = best ? json_integer(best->number) : json_null();
    return cli_json_print(json_pack("{s:o, s:o, s:o}", "devices", devices, "default", number,
                                    "reason", fm_json_text(fm_device_list_reason(list))),
                          error);
}

enum { COLUMNS = 8, CELL_SIZE = 72 };

typedef char row[COLUMNS][CELL_SIZE];

static void fill(row out, const fm_device_info *info, int is_default) {
    snprintf(out[0], CELL_SIZE, "%c%d", is_default ? '*' : ' ', info->number);
    cli_clean(out[1], CELL_SIZE, fm_device_type_name(info->type), 0);
    cli_clean(out[2], CELL_SIZE, info->name, 0);
    snprintf(out[3], CELL_SIZE, "%u", info->compute_units);
    snprintf(out[4], CELL_SIZE, info->memory_bytes ? "%.1f GiB" : "-",
             (double)info->memory_bytes / (1024.0 * 1024 * 1024));
    cli_clean(out[5], CELL_SIZE, info->opencl_c[0] ? info->opencl_c : "-", 0);
    cli_clean(out[6], CELL_SIZE, info->platform[0] ? info->platform : "-", 0);
    cli_clean(out[7], CELL_SIZE, info->driver[0] ? info->driver : "-", 0);
}

static int print_text(const fm_device_list *list, const fm_device_info *best, fm_error *error) {
    static const row head = {" #",     "type",     "name",     "units",
                             "memory", "OpenCL C", "platform", "driver"};
    size_t count = fm_device_list_count(list) + 1;
    int width[COLUMNS] = {0};
    row *rows;
    int status = fm_memory_allocate(&rows, count, sizeof *rows, "the table of devices", error);
    if (status)
        return status;
    memcpy(rows[0], head, sizeof head);
    for (size_t i = 1; i < count; i++) {
        const fm_device_info *info = fm_device_list_get(list, i - 1);
        fill(rows[i], info, info == best);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t c = 0; c < COLUMNS; c++) {
            int length = (int)strlen(rows[i][c]);
            width[c] = length > width[c] ? length : width[c];
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t c = 0; c + 1 < COLUMNS; c++) /* numbers to the right */
            printf("%*s  ", c == 3 || c == 4 ? width[c] : -width[c], rows[i][c]);
        puts(rows[i][COLUMNS - 1]);
    }
    free(rows);
    if (best) {
        fputs("\n* is used unless --device says otherwise: ", stdout);
        cli_print_clean(stdout, fm_device_list_reason(list), 0);
        putchar('\n');
    }
    return FM_OK;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    (void)arguments;
    fm_device_list *list = NULL;
    int status = fm_device_list_create(&list, error);
    if (status)
        return status;
    for (size_t i = 0; i < fm_device_list_warning_count(list); i++)
        cli_warning("%s", fm_device_list_warning(list, i));
    const fm_device_info *best = NULL;
    fm_error none = {0};
    status = fm_device_list_choose(&best, list, s->common.device, &none);
    if (status && s->common.device) {
        *error = none;
        goto out;
    }
    /* Without an OpenCL device there is still the reference to show, and what to do about it. */
    if (status)
        cli_warning("%s%s%s", none.why, none.hint[0] ? "; " : "", none.hint);
    if (s->common.json)
        status = print_json(list, best, error);
    else
        status = print_text(list, best, error);
out:
    fm_device_list_free(list);
    return status;
}

const cli_command cli_devices = {
    .name = "devices",
    .operands = "",
    .summary = "Lists every device of every OpenCL platform, and the reference.",
    .about = "The device that is used unless --device says otherwise is marked.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
