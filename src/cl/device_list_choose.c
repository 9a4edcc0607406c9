/* Chooses a device by what the user typed. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cl/clean_text.h"
#include "cl/device_list.h"

#define HINT_LIST "list the devices: fmnist-cl devices"
#define HINT_INSTALL                                                                               \
    "install a driver, for example the CPU driver PoCL: apt install pocl-opencl-icd"

static const fm_device_info *first_of(const fm_device_list *list, enum fm_device_type type) {
    for (size_t i = 0; i < fm_device_list_count(list); i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        if (info->type == type)
            return info;
    }
    return NULL;
}

/* Fails because no device of this kind exists. Gives the reason: no driver, a broken driver, or
 * only devices of other kinds. */
static int fail_missing(const fm_device_list *list, const char *what, const char *kind,
                        fm_error *error) {
    size_t warnings = fm_device_list_warning_count(list);
    if (first_of(list, FM_DEVICE_GPU) || first_of(list, FM_DEVICE_CPU) ||
        first_of(list, FM_DEVICE_ACCELERATOR)) {
        fm_error_set(error, FM_E_DEVICE, what, "there is no %s", kind);
        fm_error_hint(error, HINT_LIST);
        return FM_E_DEVICE;
    }
    if (warnings == 0)
        fm_error_set(error, FM_E_DEVICE, what, "there is no %s: no OpenCL driver was found", kind);
    else
        fm_error_set(error, FM_E_DEVICE, what, "there is no %s: %s", kind,
                     fm_device_list_warning(list, 0));
    const char *advice = fm_device_list_advice(list);
    fm_error_hint(error, "%s; or compute without OpenCL: --device reference",
                  advice ? advice : HINT_INSTALL);
    return FM_E_DEVICE;
}

static int choose_default(const fm_device_info **out, const fm_device_list *list, fm_error *error) {
    *out = first_of(list, FM_DEVICE_GPU);
    if (!*out)
        *out = first_of(list, FM_DEVICE_CPU);
    return *out ? FM_OK : fail_missing(list, "device", "OpenCL GPU or CPU", error);
}

static int choose_type(const fm_device_info **out, const fm_device_list *list,
                       enum fm_device_type type, fm_error *error) {
    *out = first_of(list, type);
    if (*out)
        return FM_OK;
    return fail_missing(list, type == FM_DEVICE_GPU ? "device gpu" : "device cpu",
                        type == FM_DEVICE_GPU ? "OpenCL GPU" : "OpenCL CPU", error);
}

static void name_wanted(char out[128], const char *wanted) {
    snprintf(out, 128, "device %s", wanted);
    fm_cl_text_clean(out, 128, out); /* the user may have typed any bytes */
}

static int choose_number(const fm_device_info **out, const fm_device_list *list, const char *digits,
                         fm_error *error) {
    char what[128];
    /* strtoul saturates for a number that is too large, and no device has that number. */
    *out = fm_device_list_get(list, strtoul(digits, NULL, 10));
    if (*out)
        return FM_OK;
    name_wanted(what, digits);
    fm_error_set(error, FM_E_DEVICE, what, "no device has this number; expected 0 to %zu",
                 fm_device_list_count(list) - 1);
    fm_error_hint(error, HINT_LIST);
    return FM_E_DEVICE;
}

/* strcasestr is not in POSIX. */
static bool contains(const char *text, const char *part) {
    size_t length = strlen(part);
    for (; *text; text++) {
        if (strncasecmp(text, part, length) == 0)
            return true;
    }
    return false;
}

static int fail_ambiguous(const fm_device_list *list, const char *part, fm_error *error) {
    char what[128], matches[384] = "";
    size_t used = 0;
    for (size_t i = 0; i < fm_device_list_count(list); i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        if (!contains(info->name, part) || used >= sizeof matches)
            continue;
        int length = snprintf(matches + used, sizeof matches - used, "%s%d (%s)", used ? ", " : "",
                              info->number, info->name);
        used += length > 0 ? (size_t)length : 0;
    }
    name_wanted(what, part);
    fm_error_set(error, FM_E_DEVICE, what, "several devices match: %s", matches);
    fm_error_hint(error, "choose one by its number");
    return FM_E_DEVICE;
}

static int choose_name(const fm_device_info **out, const fm_device_list *list, const char *part,
                       fm_error *error) {
    size_t matches = 0, exact = 0;
    const fm_device_info *match = NULL, *same = NULL;
    for (size_t i = 0; i < fm_device_list_count(list); i++) {
        const fm_device_info *info = fm_device_list_get(list, i);
        if (contains(info->name, part)) {
            matches++;
            match = info;
        }
        if (strcasecmp(info->name, part) == 0) {
            exact++;
            same = info;
        }
    }
    if (exact == 1 || matches == 1) {
        *out = exact == 1 ? same : match;
        return FM_OK;
    }
    if (matches > 1)
        return fail_ambiguous(list, part, error);
    char what[128];
    name_wanted(what, part);
    fm_error_set(error, FM_E_DEVICE, what, "no device name contains this text");
    fm_error_hint(error, HINT_LIST);
    return FM_E_DEVICE;
}

int fm_device_list_choose(const fm_device_info **out, const fm_device_list *list,
                          const char *wanted, fm_error *error) {
    *out = NULL;
    if (!wanted || !wanted[0])
        return choose_default(out, list, error);
    if (strspn(wanted, "0123456789") == strlen(wanted))
        return choose_number(out, list, wanted, error);
    if (strcasecmp(wanted, "gpu") == 0)
        return choose_type(out, list, FM_DEVICE_GPU, error);
    if (strcasecmp(wanted, "cpu") == 0)
        return choose_type(out, list, FM_DEVICE_CPU, error);
    if (strcasecmp(wanted, "reference") == 0) {
        *out = first_of(list, FM_DEVICE_REFERENCE);
        return FM_OK;
    }
    return choose_name(out, list, wanted, error);
}
