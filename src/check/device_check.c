/* Checks a device, and records in a file that it passed. */
#include "fmnist_cl/device_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/path.h"
#include "base/text.h"
#include "check/check.h"
#include "fmnist_cl/version.h"
#include "io/cache.h"
#include "io/file.h"
#include "io/folder.h"
#include "kernels.h"

enum { MOST_BYTES = 4096 };

#define KIND "checked" /* file name prefix in the cache */

static int name_device(int status, const fm_device *device, fm_error *error) {
    if (status == FM_E_WRONG && error)
        snprintf(error->what, sizeof error->what, "%s", fm_device_get_info(device)->name);
    return status;
}

int fm_device_check(fm_device *device, const char *cache, fm_error *error) {
    int status = fm_check_all(fm_device_backend(device), error);
    /* Deletes the records of all devices: a short check is cheap, and finding a file's device can
     * fail. */
    if (status && cache)
        fm_cache_remove(cache, KIND);
    return name_device(status, device, error);
}

/* The content of a record: everything on which the results may depend. */
static int describe(char **out, const fm_device *device, enum fm_activation activation,
                    fm_error *error) {
    const fm_device_info *info = fm_device_get_info(device);
    const fm_device_kernels kernels = fm_device_get_kernels(device);
    fm_text text = {0};
    fm_text_print(&text,
                  "computes correctly: checked by fmnist-cl " FM_VERSION "\nof kernels: %s\n"
                  "platform: %s\ndevice: %s\nopencl: %s\ndriver: %s\ngemm: %s\nprelu: %s\n",
                  fm_kernels_sum, info->platform, info->name, info->opencl_c, info->driver,
                  fm_gemm_name(kernels.products), activation == FM_PRELU ? "too" : "no");
    for (size_t i = 0; kernels.choices && i < FM_CHOICES; i++)
        fm_text_print(&text, "%s: %d\n", fm_choice_get(i)->name,
                      fm_choice_value(kernels.choices, i));
    return fm_text_take(out, &text, "the check", error);
}

/* A file with other content, or that cannot be read, counts as no record. */
static int recall(int *remembered, const char *path, const char *text, fm_error *error) {
    unsigned char *bytes = NULL;
    size_t size = 0;
    int status = fm_file_read(&bytes, &size, path, MOST_BYTES, NULL);
    if (status == FM_E_MEMORY)
        return fm_error_set(error, status, path, "not enough memory to read it");
    *remembered = !status && size == strlen(text) && !memcmp(bytes, text, size);
    free(bytes);
    return FM_OK;
}

static void remember(const char *path, const char *text) {
    const fm_file_part part = {text, strlen(text)};
    if (!fm_folder_create_parents(path, NULL))
        (void)fm_file_write(path, &part, 1, NULL);
}

int fm_device_check_short(int *remembered, fm_device *device, enum fm_activation activation,
                          const char *cache, fm_error *error) {
    char path[FM_PATH_SIZE], *text = NULL;
    *remembered = 0;
    int status = describe(&text, device, activation, error);
    if (status)
        return status;
    int can_remember = cache && fm_cache_path(path, sizeof path, cache, KIND, text);
    if (can_remember)
        status = recall(remembered, path, text, error);
    if (!status && !*remembered)
        status = fm_check_short(fm_device_backend(device), activation, error);
    if (!status && !*remembered && can_remember)
        remember(path, text);
    free(text);
    return name_device(status, device, error);
}
