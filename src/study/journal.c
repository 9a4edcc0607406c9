#include "study/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "fmnist_cl/version.h"
#include "io/file.h"
#include "io/json.h"
#include "io/settings_json.h"

enum { PATH_SIZE = 4096, DIGITS = 17, MOST_BYTES = 1 << 28 };

/* How the first line begins; nobody else's file does. */
static const char mark[] = "{\"fmnist-cl\":\"experiment\",";

struct fm_journal {
    char path[PATH_SIZE];
    char folder[PATH_SIZE];
    int descriptor;
    off_t size; /* of the whole lines */
};

static int fail(const fm_journal *j, const char *action, fm_error *error) {
    return fm_error_set(error, FM_E_FILE, j->path, "cannot %s: %s", action, strerror(errno));
}

/* ---- Writing ---- */

static int write_all(const fm_journal *j, const char *text, size_t size) {
    while (size > 0) {
        ssize_t written = write(j->descriptor, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        text += written;
        size -= (size_t)written;
    }
    return fsync(j->descriptor);
}

/* Back to whole lines; the next is written there. */
static int cut(fm_journal *j) {
    return ftruncate(j->descriptor, j->size) || lseek(j->descriptor, j->size, SEEK_SET) < 0;
}

int fm_journal_add(fm_journal *j, json_t *line, fm_error *error) {
    char *text = fm_json_dump(line, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
    json_decref(line);
    if (!text)
        return fm_error_set(error, FM_E_MEMORY, j->path, "no memory for a line");
    size_t size = strlen(text);
    text[size] = '\n'; /* in place of its end: it is written by its length */
    int status = FM_OK;
    if (write_all(j, text, size + 1)) {
        status = fail(j, "write", error);
        /* Should that fail too, the next opening takes the piece away. */
        (void)cut(j);
    } else {
        j->size += (off_t)(size + 1);
    }
    free(text);
    return status;
}

static json_t *header(const json_t *settings) {
    json_t *copy = json_deep_copy(settings);
    return copy ? json_pack("{s:s, s:s, s:o}", "fmnist-cl", "experiment", "version", FM_VERSION,
                            "settings", copy)
                : NULL;
}

/* ---- Reading ---- */

static int read_all(char **out, size_t *size, const fm_journal *j, fm_error *error) {
    struct stat info;
    *out = NULL;
    if (fstat(j->descriptor, &info))
        return fail(j, "read", error);
    if (!S_ISREG(info.st_mode))
        return fm_error_set(error, FM_E_FILE, j->path, "is no regular file");
    if (info.st_size > MOST_BYTES)
        return fm_error_set(error, FM_E_FORMAT, j->path, "is too large for a journal");
    int status = fm_memory_allocate(out, (size_t)info.st_size + 1, 1, "the journal", error);
    *size = 0;
    while (!status && *size < (size_t)info.st_size) {
        ssize_t got = read(j->descriptor, *out + *size, (size_t)info.st_size - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = fail(j, "read", error);
        if (got <= 0)
            break;
        *size += (size_t)got;
    }
    return status;
}

/* A value of a setting, short enough for a message. */
static void describe(char out[64], const json_t *value) {
    fm_text text = {0};
    if (value)
        fm_json_print(&text, value, JSON_COMPACT | JSON_REAL_PRECISION(6));
    snprintf(out, 64, "%s", text.bytes ? text.bytes : "not given");
    if (text.length >= 64)
        memcpy(out + 60, "...", 4);
    fm_text_free(&text);
}

static int compare_settings(const fm_journal *j, const json_t *there, const json_t *here,
                            fm_error *error) {
    const char *key;
    char old[64], new[64];
    if (fm_settings_json_agree(&key, there, here))
        return FM_OK;
    describe(old, json_object_get(there, key));
    describe(new, json_object_get(here, key));
    fm_error_set(error, FM_E_ARGUMENT, j->folder,
                 "holds an experiment with other settings: %s is %s there and %s here", key, old,
                 new);
    fm_error_hint(error, "name another folder, or remove this one");
    return FM_E_ARGUMENT;
}

static int damaged(const fm_journal *j, size_t line, fm_error *error) {
    return fm_error_set(error, FM_E_FORMAT, j->path, "line %zu is damaged", line);
}

static int no_memory_for_lines(const fm_journal *j, fm_error *error) {
    return fm_error_set(error, FM_E_MEMORY, j->path, "no memory for its lines");
}

/* One line, without its end. The first holds the settings. */
static int read_line(json_t *lines, const fm_journal *j, const char *text, size_t size,
                     size_t number, const json_t *settings, fm_error *error) {
    json_error_t problem;
    int no_memory;
    json_t *line = fm_json_parse(&no_memory, text, size, &problem);
    if (no_memory)
        return no_memory_for_lines(j, error);
    if (!json_is_object(line)) {
        json_decref(line);
        return damaged(j, number, error);
    }
    if (number > 1)
        return json_array_append_new(lines, line) ? no_memory_for_lines(j, error) : FM_OK;
    const json_t *there = json_object_get(line, "settings");
    int status = json_is_object(there) ? compare_settings(j, there, settings, error)
                                       : damaged(j, number, error);
    json_decref(line);
    return status;
}

/* Whole lines into lines; j->size is then where they end. */
static int read_lines(fm_journal *j, json_t *lines, const json_t *settings, fm_error *error) {
    char *text;
    size_t size = 0, number = 0, compared;
    int status = read_all(&text, &size, j, error);
    if (status || !text)
        goto out;
    compared = size < strlen(mark) ? size : strlen(mark);
    if (memcmp(text, mark, compared) != 0)
        status = fm_error_set(error, FM_E_FORMAT, j->path, "is not a journal of an experiment");
    for (const char *at = text; !status;) {
        const char *end = memchr(at, '\n', size - (size_t)(at - text));
        if (!end)
            break;
        status = read_line(lines, j, at, (size_t)(end - at), ++number, settings, error);
        at = end + 1;
        j->size = at - text;
    }
out:
    free(text);
    return status;
}

/* ---- Opening ---- */

static int lock(const fm_journal *j, fm_error *error) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!fcntl(j->descriptor, F_SETLK, &whole))
        return FM_OK;
    if (errno == EACCES || errno == EAGAIN)
        return fm_error_set(error, FM_E_FILE, j->folder,
                            "another process is at work on this experiment");
    /* Where a file system has no locks, two at a time are the user's business. */
    return FM_OK;
}

static int open_file(fm_journal *j, const char *folder, fm_error *error) {
    int length = snprintf(j->path, PATH_SIZE, "%s/journal.jsonl", folder);
    if (length < 0 || length >= PATH_SIZE)
        return fm_error_set(error, FM_E_FILE, folder, "the name is too long");
    snprintf(j->folder, PATH_SIZE, "%s", folder);
    j->descriptor = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return j->descriptor < 0 ? fail(j, "open", error) : lock(j, error);
}

int fm_journal_open(fm_journal **out, json_t **lines, const char *folder, const json_t *settings,
                    fm_error *error) {
    fm_journal *j;
    *out = NULL;
    *lines = json_array();
    int status = fm_memory_allocate(&j, 1, sizeof *j, "the journal", error);
    if (status)
        goto out;
    j->descriptor = -1;
    status = *lines ? open_file(j, folder, error)
                    : fm_error_set(error, FM_E_MEMORY, folder, "no memory for its journal");
    if (!status)
        status = read_lines(j, *lines, settings, error);
    if (!status && cut(j))
        status = fail(j, "write", error);
    if (!status && j->size == 0) {
        status = fm_journal_add(j, header(settings), error);
        if (!status) /* or the new file has no name */
            status = fm_file_flush_folder(j->folder, j->path, error);
    }
out:
    if (status) {
        fm_journal_close(j);
        json_decref(*lines);
        *lines = NULL;
    } else {
        *out = j;
    }
    return status;
}

void fm_journal_close(fm_journal *journal) {
    if (!journal)
        return;
    if (journal->descriptor >= 0)
        close(journal->descriptor);
    free(journal);
}
