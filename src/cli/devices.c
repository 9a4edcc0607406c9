/* devices: lists the devices. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/cache.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/message.h"
#include "cli/session.h"
#include "cli/terminal.h"
#include "fmnist_cl/device_check.h"
#include "io/json.h"
#include "settings/enums.h"

typedef struct settings {
    cli_common common;
    int check;
    enum fm_gemm gemm;
} settings;

#define AT(member) offsetof(settings, member)

static const fm_option check_options[] = {
    {"check", FM_OPTION_FLAG, 0, NULL, NULL,
     "compare every operation and short trainings on each device with the reference [not checked]",
     .offset = AT(check), .value = 1},
    {"gemm", FM_OPTION_CHOICE, 0, "G", "auto",
     "matrix-product back end in the check: auto, native, clblast", .offset = AT(gemm),
     .names = fm_gemm_names},
    {.name = NULL},
};

static const cli_group groups[] = {
    {"Check", check_options, 0, 0}, CLI_COMMON_GROUP, {NULL, NULL, 0, 0}};

/* The result of a device's check. */
typedef struct verdict {
    int failed;
    fm_error error; /* if it failed */
} verdict;

/* ---- The check ---- */

enum { PATH_SIZE = 4096 };

static void check(verdict *out, const fm_device_list *list, const fm_device_info *info,
                  enum fm_gemm gemm) {
    char folder[PATH_SIZE];
    fm_device *device = NULL;
    int status =
        fm_device_open(&device, list, info->number,
                       info->type == FM_DEVICE_REFERENCE ? FM_GEMM_AUTO : gemm, &out->error);
    if (!status)
        status = fm_device_check(device, cli_cache_folder(folder, sizeof folder), &out->error);
    out->failed = status != FM_OK;
    fm_device_close(device);
}

static int check_all(verdict **out, const fm_device_list *list, const settings *s,
                     fm_error *error) {
    const size_t count = fm_device_list_count(list);
    int status = fm_memory_allocate(out, count, sizeof **out, "the devices", error);
    for (size_t i = 0; !status && i < count; i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        if (s->common.verbosity >= 0)
            cli_note("checking device %d: %s", info->number, info->name);
        check(&(*out)[i], list, info, s->gemm);
    }
    return status;
}

/* Warns of each failure; the error says how many devices failed. */
static int judge(const fm_device_list *list, const verdict *verdicts, fm_error *error) {
    const size_t count = fm_device_list_count(list);
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        if (!verdicts[i].failed)
            continue;
        failed++;
        cli_warning("device %zu: %s: %s", i, verdicts[i].error.what, verdicts[i].error.why);
    }
    if (!failed)
        return FM_OK;
    fm_error_set(error, FM_E_WRONG, "check", "%zu of %zu devices failed", failed, count);
    return fm_error_hint(error, "update the driver, or use a device that passes: --device D");
}

static const char *word(const verdict *v) {
    return v->failed ? "fail" : "pass";
}

/* ---- The list ---- */

static json_t *device_json(const fm_device_info *info, const verdict *verdicts) {
    json_t *device =
        json_pack("{s:i, s:o, s:o, s:s, s:I, s:I, s:o, s:o}", "number", info->number, "platform",
                  fm_json_text(info->platform), "name", fm_json_text(info->name), "type",
                  fm_device_type_name(info->type), "compute_units", (json_int_t)info->compute_units,
                  "memory_bytes", (json_int_t)info->memory_bytes, "opencl_c",
                  fm_json_text(info->opencl_c), "driver", fm_json_text(info->driver));
    if (!verdicts)
        return device;
    const verdict *v = &verdicts[info->number];
    fm_json_update(&device, json_pack("{s:s, s:o}", "check", word(v), "failure",
                                      fm_json_text(v->failed ? v->error.why : NULL)));
    return device;
}

static int print_json(const fm_device_list *list, const fm_device_info *best,
                      const verdict *verdicts, fm_error *error) {
    json_t *devices = json_array();
    for (size_t i = 0; i < fm_device_list_count(list); i++)
        fm_json_append(&devices, device_json(fm_device_list_get(list, i), verdicts));
    json_t *number = best ? json_integer(best->number) : json_null();
    return cli_json_print(json_pack("{s:o, s:o, s:o}", "devices", devices, "default", number,
                                    "reason", fm_json_text(fm_device_list_reason(list))),
                          error);
}

enum { COLUMNS = 9, CHECK = 8, CELL_SIZE = 72 };

typedef char row[COLUMNS][CELL_SIZE];

static void fill(row out, const fm_device_info *info, int is_default, const verdict *verdicts) {
    snprintf(out[0], CELL_SIZE, "%c%d", is_default ? '*' : ' ', info->number);
    snprintf(out[1], CELL_SIZE, "%s", fm_device_type_name(info->type));
    snprintf(out[2], CELL_SIZE, "%s", info->name);
    snprintf(out[3], CELL_SIZE, "%u", info->compute_units);
    snprintf(out[4], CELL_SIZE, info->memory_bytes ? "%.1f GiB" : "-",
             (double)info->memory_bytes / (1024.0 * 1024 * 1024));
    snprintf(out[5], CELL_SIZE, "%s", info->opencl_c[0] ? info->opencl_c : "-");
    snprintf(out[6], CELL_SIZE, "%s", info->platform[0] ? info->platform : "-");
    snprintf(out[7], CELL_SIZE, "%s", info->driver[0] ? info->driver : "-");
    snprintf(out[CHECK], CELL_SIZE, "%s", verdicts ? word(&verdicts[info->number]) : "");
}

/* A line per cell, for narrow windows. */
static void print_blocks(row *rows, size_t count, size_t columns) {
    for (size_t i = 1; i < count; i++) {
        printf("%s  %s\n", rows[i][0], rows[i][1]);
        for (size_t c = 2; c < columns; c++)
            if (c == 2)
                printf("   %s\n", rows[i][c]);
            else
                printf("   %-8s %s\n", rows[0][c], rows[i][c]);
    }
}

static int print_text(const fm_device_list *list, const fm_device_info *best,
                      const verdict *verdicts, fm_error *error) {
    static const row head = {" #",       "type",     "name",   "units", "memory",
                             "OpenCL C", "platform", "driver", "check"};
    const size_t count = fm_device_list_count(list) + 1, columns = verdicts ? COLUMNS : CHECK;
    int width[COLUMNS] = {0};
    row *rows;
    int status = fm_memory_allocate(&rows, count, sizeof *rows, "the table of devices", error);
    if (status)
        return status;
    memcpy(rows[0], head, sizeof head);
    for (size_t i = 1; i < count; i++) {
        const fm_device_info *info = fm_device_list_get(list, i - 1);
        fill(rows[i], info, info == best, verdicts);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t c = 0; c < columns; c++) {
            int length = (int)strlen(rows[i][c]);
            width[c] = length > width[c] ? length : width[c];
        }
    }
    size_t line = 0;
    for (size_t c = 0; c < columns; c++)
        line += (size_t)width[c] + 2;
    if (cli_is_narrower(line)) {
        print_blocks(rows, count, columns);
    } else {
        for (size_t i = 0; i < count; i++) {
            for (size_t c = 0; c + 1 < columns; c++) /* numbers are right-aligned */
                printf("%*s  ", c == 3 || c == 4 ? width[c] : -width[c], rows[i][c]);
            puts(rows[i][columns - 1]);
        }
    }
    free(rows);
    if (best) {
        char reason[256];
        snprintf(reason, sizeof reason, "\n* default device: %s\n", fm_device_list_reason(list));
        cli_print_wrapped(reason, 2);
    }
    return FM_OK;
}

static int run(void *value, const cli_arguments *arguments, fm_error *error) {
    const settings *s = value;
    (void)arguments;
    fm_device_list *list = NULL;
    verdict *verdicts = NULL;
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
    /* Without an OpenCL device, lists the reference and warns with a hint how to install one. */
    if (status)
        cli_warning("%s%s%s", none.why, none.hint[0] ? "; " : "", none.hint);
    status = s->check ? check_all(&verdicts, list, s, error) : FM_OK;
    if (!status)
        status = s->common.json ? print_json(list, best, verdicts, error)
                                : print_text(list, best, verdicts, error);
    if (!status && verdicts)
        status = judge(list, verdicts, error);
out:
    free(verdicts);
    fm_device_list_free(list);
    return status;
}

const cli_command cli_devices = {
    .name = "devices",
    .operands = "",
    .summary = "Lists every device of every OpenCL platform, and the reference.",
    .about =
        "* marks the default device. With --check, the last column says pass or fail; if a device\n"
        "fails, the exit status is 1, and a warning names the operation, its sizes and the error.",
    .groups = groups,
    .settings_size = sizeof(settings),
    .run = run,
};
