#include "cl/device_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/count.h"
#include "base/memory.h"
#include "cl/error_code.h"
#include "cl/icd.h"
#include "cl/warnings.h"

/* More than any machine has. */
enum { PLATFORM_LIMIT = 64, DEVICE_LIMIT = 256 };

struct fm_device_list {
    fm_device_entry *entries;
    size_t count;
    size_t capacity;
    fm_warnings warnings;
    const char *advice; /* what helps a platform without devices; NULL: unknown */
};

/* ---- Building the list ---- */

/* Inserts in the order of enum fm_device_type, which goes from the most to the least preferred.
 * Within a type, devices keep the order in which their platforms list them. */
static int insert(fm_device_list *list, const fm_device_entry *entry, fm_error *error) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 8;
        fm_device_entry *entries;
        int status = fm_memory_allocate(&entries, capacity, sizeof *entries, "devices", error);
        if (status)
            return status;
        if (list->count)
            memcpy(entries, list->entries, list->count * sizeof *entries);
        free(list->entries);
        list->entries = entries;
        list->capacity = capacity;
    }
    size_t place = list->count;
    while (place > 0 && list->entries[place - 1].info.type > entry->info.type)
        place--;
    memmove(&list->entries[place + 1], &list->entries[place],
            (list->count - place) * sizeof *entry);
    list->entries[place] = *entry;
    list->count++;
    return FM_OK;
}

static int add_device(fm_device_list *list, const char *platform_name, cl_device_id device,
                      fm_error *error) {
    fm_device_entry entry = {.device = device};
    snprintf(entry.platform_name, sizeof entry.platform_name, "%s", platform_name);
    bool usable;
    int status = fm_device_query(&entry, &usable, device, &list->warnings, error);
    if (status || !usable)
        return status;
    return insert(list, &entry, error);
}

/* What helps when a known driver offers no device. */
static const char *advise(const char *platform) {
    static const struct {
        const char *platform, *advice;
    } known[] = {
        {"Portable Computing Language",
         "PoCL needs a folder that it can write to: set POCL_CACHE_DIR, such as "
         "POCL_CACHE_DIR=/tmp/pocl"},
        {"rusticl", "rusticl offers only the drivers that RUSTICL_ENABLE names: set it, such as "
                    "RUSTICL_ENABLE=llvmpipe"},
    };
    for (size_t i = 0; i < FM_COUNT(known); i++)
        if (!strcmp(platform, known[i].platform))
            return known[i].advice;
    return NULL;
}

static int add_platform(fm_device_list *list, cl_platform_id platform, fm_error *error) {
    char name[sizeof list->entries->platform_name];
    fm_device_query_platform(name, sizeof name, platform);

    cl_device_id devices[DEVICE_LIMIT] = {NULL};
    cl_uint count = 0;
    cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, DEVICE_LIMIT, devices, &count);
    if (code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && count == 0)) {
        list->advice = list->advice ? list->advice : advise(name);
        return fm_warnings_add(&list->warnings, error, "platform %s has no devices", name);
    }
    if (code != CL_SUCCESS)
        return fm_warnings_add(&list->warnings, error,
                               "platform %s cannot list its devices: clGetDeviceIDs: %s (%d)", name,
                               fm_cl_error_name(code), code);
    int status = FM_OK;
    for (cl_uint i = 0; i < count && i < DEVICE_LIMIT && !status; i++)
        status = add_device(list, name, devices[i], error);
    return status;
}

static int add_platforms(fm_device_list *list, fm_error *error) {
    cl_platform_id platforms[PLATFORM_LIMIT] = {NULL};
    cl_uint count = 0;
    cl_int code = clGetPlatformIDs(PLATFORM_LIMIT, platforms, &count);
    if (code == CL_PLATFORM_NOT_FOUND_KHR)
        count = 0;
    else if (code != CL_SUCCESS)
        return fm_warnings_add(&list->warnings, error, "clGetPlatformIDs: %s (%d)",
                               fm_cl_error_name(code), code);
    int status = FM_OK;
    for (cl_uint i = 0; i < count && i < PLATFORM_LIMIT && !status; i++)
        status = add_platform(list, platforms[i], error);
    return status;
}

static uint64_t host_memory(void) {
#ifdef _SC_PHYS_PAGES
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages > 0 && size > 0)
        return (uint64_t)pages * (uint64_t)size;
#endif
    return 0;
}

static int add_reference(fm_device_list *list, fm_error *error) {
    fm_device_entry entry = {
        .info = {.type = FM_DEVICE_REFERENCE, .compute_units = 1, .memory_bytes = host_memory()},
        .platform_name = "host",
        .name = "plain C",
    };
    return insert(list, &entry, error);
}

int fm_device_list_create(fm_device_list **out, fm_error *error) {
    fm_device_list *list;
    *out = NULL;
    int status = fm_memory_allocate(&list, 1, sizeof *list, "device list", error);
    if (status)
        return status;
    status = add_platforms(list, error);
    /* After clGetPlatformIDs, because then the loader has already loaded the drivers. */
    if (!status)
        status = fm_icd_check(&list->warnings, error);
    if (!status)
        status = add_reference(list, error);
    if (status) {
        fm_device_list_free(list);
        return status;
    }
    for (size_t i = 0; i < list->count; i++) {
        list->entries[i].info.number = (int)i;
        fm_device_entry_link(&list->entries[i]);
    }
    *out = list;
    return FM_OK;
}

void fm_device_list_free(fm_device_list *list) {
    if (!list)
        return;
    fm_warnings_clear(&list->warnings);
    free(list->entries);
    free(list);
}

/* ---- Access ---- */

size_t fm_device_list_count(const fm_device_list *list) {
    return list->count;
}

const fm_device_info *fm_device_list_get(const fm_device_list *list, size_t index) {
    return index < list->count ? &list->entries[index].info : NULL;
}

size_t fm_device_list_warning_count(const fm_device_list *list) {
    return list->warnings.count;
}

const char *fm_device_list_warning(const fm_device_list *list, size_t index) {
    return index < list->warnings.count ? list->warnings.lines[index] : NULL;
}

const fm_device_entry *fm_device_list_entry(const fm_device_list *list, int number) {
    return number >= 0 && (size_t)number < list->count ? &list->entries[number] : NULL;
}

int fm_device_list_opencl(cl_device_id *out, const fm_device_list *list, int number,
                          fm_error *error) {
    const fm_device_entry *entry = fm_device_list_entry(list, number);
    if (!entry)
        return fm_error_set(error, FM_E_DEVICE, "device", "there is no device %d; the last is %zu",
                            number, list->count - 1);
    if (entry->info.type == FM_DEVICE_REFERENCE)
        return fm_error_set(error, FM_E_ARGUMENT, entry->name, "is not an OpenCL device");
    *out = entry->device;
    return FM_OK;
}

const char *fm_device_list_reason(const fm_device_list *list) {
    static const char *const reasons[] = {
        [FM_DEVICE_GPU] = "the first GPU",
        [FM_DEVICE_CPU] = "the first OpenCL CPU: there is no GPU",
        [FM_DEVICE_ACCELERATOR] = "the first accelerator: there is neither a GPU nor an OpenCL CPU",
        [FM_DEVICE_REFERENCE] = "the reference: there is no OpenCL device",
    };
    return reasons[list->entries[0].info.type];
}

const char *fm_device_type_name(enum fm_device_type type) {
    static const char *const names[] = {
        [FM_DEVICE_GPU] = "gpu",
        [FM_DEVICE_CPU] = "cpu",
        [FM_DEVICE_ACCELERATOR] = "accelerator",
        [FM_DEVICE_REFERENCE] = "reference",
    };
    return names[type];
}

const char *fm_device_list_advice(const fm_device_list *list) {
    return list->advice;
}
