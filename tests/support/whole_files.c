#include "support/whole_files.h"

#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/png.h"
#include "io/safetensors.h"
#include "support/check.h"
#include "support/temporary.h"

static int ends_with(const char *text, const char *end) {
    size_t length = strlen(text), size = strlen(end);
    return length >= size && !strcmp(text + length - size, end);
}

static int commas(const char *line) {
    int count = 0;
    for (; *line && *line != '\n'; line++)
        count += *line == ',';
    return count;
}

/* Every line must have as many columns as the first. */
static int is_table(const char *text, int careless) {
    for (const char *line = text; *line;) {
        const char *next = strchr(line, '\n');
        if (!next)
            return careless;
        if (commas(line) != commas(text))
            return 0;
        line = next + 1;
    }
    return 1;
}

static int is_json(const char *text, size_t size) {
    json_t *document = json_loadb(text, size, 0, NULL);
    int is = document != NULL;
    json_decref(document);
    return is;
}

static int is_lines_of_json(const char *text, int careless) {
    for (const char *line = text; *line;) {
        const char *next = strchr(line, '\n');
        if (!next)
            return careless;
        if (!is_json(line, (size_t)(next - line)))
            return 0;
        line = next + 1;
    }
    return 1;
}

static int is_safetensors(const char *path) {
    fm_safetensors *file;
    int is = !fm_safetensors_read(&file, path, NULL);
    fm_safetensors_free(file);
    return is;
}

static int is_png(const char *path) {
    fm_picture picture;
    int is = !fm_png_read(&picture, path, 0, NULL);
    if (is)
        fm_picture_free(&picture);
    return is;
}

static int is_whole(const char *path, int careless) {
    size_t size;
    if (ends_with(path, ".safetensors"))
        return is_safetensors(path);
    if (ends_with(path, ".png"))
        return is_png(path);
    char *text = (char *)temporary_read(path, &size);
    int is = ends_with(path, ".csv")     ? is_table(text, careless)
             : ends_with(path, ".jsonl") ? is_lines_of_json(text, careless)
             : ends_with(path, ".json")  ? is_json(text, size)
             : ends_with(path, ".html")  ? ends_with(text, "</html>\n")
                                         : 1;
    free(text);
    return is;
}

const char *whole_files_find_torn(const char *folder, int careless) {
    static char torn[1024];
    const char *found = NULL;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry; !found && (entry = readdir(entries));) {
        char path[600];
        struct stat info;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        assert_int_equal(lstat(path, &info), 0);
        if (S_ISDIR(info.st_mode)) {
            found = whole_files_find_torn(path, careless);
        } else if (strstr(entry->d_name, ".tmp-")) {
            snprintf(torn, sizeof torn, "%s is left over", path);
            found = careless ? NULL : torn;
        } else if (!is_whole(path, careless)) {
            snprintf(torn, sizeof torn, "%s is not whole", path);
            found = torn;
        }
    }
    closedir(entries);
    return found;
}

void whole_files_write_png(const char *path) {
    fm_picture picture;
    assert_int_equal(fm_picture_create(&picture, 28, 28, "a picture", NULL), 0);
    for (size_t i = 0; i < 28 * 28; i++)
        picture.pixel[i] = (uint8_t)(i % 256);
    assert_int_equal(fm_png_write(path, &picture, NULL), 0);
    fm_picture_free(&picture);
}
