#include "cl/icd.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cl/error.h"

#define VENDOR_FOLDER "/etc/OpenCL/vendors"

enum { PATH_LIMIT = 4096 };

typedef cl_int(CL_API_CALL *get_platforms)(cl_uint, cl_platform_id *, cl_uint *);
typedef void *(CL_API_CALL *get_extension)(const char *);

/* Finds the driver's own clGetPlatformIDs as the extension cl_khr_icd specifies. NULL if the
 * library is not an OpenCL driver. */
static get_platforms find_entry(void *library) {
    get_extension address = NULL;
    get_platforms entry = NULL;
    /* ISO C cannot convert an object pointer to a function pointer, but POSIX guarantees that both
     * have the same representation. */
    void *symbol = dlsym(library, "clGetExtensionFunctionAddress");
    memcpy(&address, &symbol, sizeof address);
    if (address) {
        symbol = address("clIcdGetPlatformIDsKHR");
        memcpy(&entry, &symbol, sizeof entry);
    }
    return entry;
}

/* source says where the driver is named: ", named in /etc/OpenCL/vendors/x.icd,". */
static int check_library(fm_warnings *warnings, const char *name, const char *source,
                         fm_error *error) {
    void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (!library) {
        const char *why = dlerror();
        if (!why)
            why = "no reason given";
        size_t length = strlen(name);
        if (strncmp(why, name, length) == 0 && strncmp(why + length, ": ", 2) == 0)
            why += length + 2; /* dlerror already begins with the name */
        return fm_warnings_add(warnings, error, "driver %s%s cannot be loaded: %s", name, source,
                               why);
    }
    int status = FM_OK;
    get_platforms entry = find_entry(library);
    if (!entry) {
        status =
            fm_warnings_add(warnings, error, "driver %s%s is not an OpenCL driver", name, source);
        goto out;
    }
    cl_uint count = 0;
    cl_int code = entry(0, NULL, &count);
    if (code != CL_SUCCESS)
        status = fm_warnings_add(warnings, error, "driver %s%s has no platform: %s (%d)", name,
                                 source, fm_cl_error_name(code), code);
    else if (count == 0)
        status = fm_warnings_add(warnings, error, "driver %s%s has no platform", name, source);
out:
    dlclose(library);
    return status;
}

static int check_file(fm_warnings *warnings, const char *path, fm_error *error) {
    char name[PATH_LIMIT] = "";
    FILE *file = fopen(path, "r");
    bool read = file && fgets(name, sizeof name, file);
    int reason = errno;
    bool failed = !file || ferror(file);
    if (file)
        fclose(file);
    if (failed)
        return fm_warnings_add(warnings, error, "%s cannot be read: %s", path, strerror(reason));
    size_t length = strcspn(name, "\n");
    /* dlopen("") would return the program itself. */
    if (!read || length == 0)
        return fm_warnings_add(warnings, error, "%s names no driver", path);
    if (length == sizeof name - 1)
        return fm_warnings_add(warnings, error, "%s: its first line is too long", path);
    name[length] = '\0';
    char source[PATH_LIMIT + 16];
    snprintf(source, sizeof source, ", named in %s,", path);
    return check_library(warnings, name, source, error);
}

static bool ends_in_icd(const char *name) {
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".icd") == 0;
}

static int is_icd(const struct dirent *entry) {
    return ends_in_icd(entry->d_name);
}

/* In alphabetical order, so that the warnings are the same every time. */
static int check_folder(fm_warnings *warnings, const char *folder, bool must_exist,
                        fm_error *error) {
    struct dirent **files = NULL;
    int count = scandir(folder, &files, is_icd, alphasort);
    if (count < 0) {
        if (errno == ENOENT && !must_exist)
            return FM_OK;
        return fm_warnings_add(warnings, error, "the driver folder %s cannot be read: %s", folder,
                               strerror(errno));
    }
    int status = FM_OK;
    for (int i = 0; i < count; i++) {
        char path[PATH_LIMIT];
        int length = snprintf(path, sizeof path, "%s/%s", folder, files[i]->d_name);
        if (!status && length > 0 && (size_t)length < sizeof path)
            status = check_file(warnings, path, error);
        free(files[i]);
    }
    free(files);
    return status;
}

int fm_icd_check(fm_warnings *warnings, fm_error *error) {
    const char *folder = getenv("OPENCL_VENDOR_PATH");
    const char *chosen = getenv("OCL_ICD_VENDORS");
    bool asked_for = folder && folder[0];
    if (!asked_for)
        folder = VENDOR_FOLDER;
    if (!chosen || !chosen[0])
        return check_folder(warnings, folder, asked_for, error);

    struct stat status;
    bool exists = stat(chosen, &status) == 0;
    if (exists && S_ISDIR(status.st_mode))
        return check_folder(warnings, chosen, true, error);
    if (ends_in_icd(chosen)) {
        char path[PATH_LIMIT];
        bool bare = !exists && !strchr(chosen, '/'); /* a file name without a folder means a file in
                                                      * the usual folder */
        snprintf(path, sizeof path, "%s%s%s", bare ? folder : "", bare ? "/" : "", chosen);
        return check_file(warnings, path, error);
    }
    return check_library(warnings, chosen, ", named in OCL_ICD_VENDORS,", error);
}
