/* Event files have the TFRecord format. A record is the length of the message (8 bytes, little
 * endian), the checksum of the length (4 bytes), the message, and the checksum of the message. */
#include "fmnist_cl/tensorboard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rhash.h>

#include "base/clock.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/folder.h"
#include "tensorboard.pb-c.h"

enum { PATH_SIZE = 4096, LENGTH_SIZE = 8, SUM_SIZE = 4 };

struct fm_tensorboard {
    int descriptor;
    char path[PATH_SIZE];
};

/* ---- Records ---- */

static void put_little_endian(unsigned char *out, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

/* TFRecord's masked CRC-32C: rotated plus a constant, because the CRC of data that contains CRCs is
 * weak. */
static int put_sum(unsigned char out[SUM_SIZE], const void *bytes, size_t size, const char *path,
                   fm_error *error) {
    unsigned char big_endian[SUM_SIZE];
    if (rhash_msg(RHASH_CRC32C, bytes, size, big_endian))
        return fm_error_set(error, FM_E_MEMORY, path, "no memory for a checksum");
    uint32_t sum = 0;
    for (size_t i = 0; i < SUM_SIZE; i++)
        sum = sum << 8 | big_endian[i];
    put_little_endian(out, ((sum >> 15 | sum << 17) + 0xa282ead8u) & 0xffffffffu, SUM_SIZE);
    return FM_OK;
}

static int write_event(fm_tensorboard *file, FmTensorboard__Event *event, fm_error *error) {
    unsigned char head[LENGTH_SIZE + SUM_SIZE], sum[SUM_SIZE];
    uint8_t *bytes = NULL;
    event->wall_time = fm_clock_date();
    const size_t size = fm_tensorboard__event__get_packed_size(event);
    int status = fm_memory_allocate(&bytes, size, 1, file->path, error);
    if (status)
        return status;
    fm_tensorboard__event__pack(event, bytes);
    put_little_endian(head, size, LENGTH_SIZE);
    status = put_sum(head + LENGTH_SIZE, head, LENGTH_SIZE, file->path, error);
    if (!status)
        status = put_sum(sum, bytes, size, file->path, error);
    if (!status) {
        const fm_file_part parts[] = {{head, sizeof head}, {bytes, size}, {sum, sizeof sum}};
        status = fm_file_append(file->descriptor, file->path, parts, 3, error);
    }
    free(bytes);
    return status;
}

/* ---- The file ---- */

/* "FOLDER/events.out.tfevents.SECONDS.PROCESS.NUMBER": TensorBoard searches names for "tfevents"
 * and reads a folder's files in alphabetical order. */
static int open_new(fm_tensorboard *file, const char *folder, fm_error *error) {
    enum { MOST_TRIES = 1000 };
    for (int number = 0; number < MOST_TRIES; number++) {
        int length = snprintf(file->path, PATH_SIZE, "%s/events.out.tfevents.%010.0f.%ld.%d",
                              folder, fm_clock_date(), (long)getpid(), number);
        if (length < 0 || length >= PATH_SIZE)
            return fm_error_set(error, FM_E_FILE, folder, "the name is too long");
        file->descriptor =
            open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
        if (file->descriptor >= 0)
            return FM_OK;
        if (errno != EEXIST)
            break;
    }
    return fm_error_set(error, FM_E_FILE, file->path, "cannot write: %s", strerror(errno));
}

/* The first event of each file, and in a resumed run the start of its curves. */
static int begin(fm_tensorboard *file, int64_t resumed_at, fm_error *error) {
    FmTensorboard__Event version = FM_TENSORBOARD__EVENT__INIT;
    version.what_case = FM_TENSORBOARD__EVENT__WHAT_FILE_VERSION;
    version.file_version = (char *)"brain.Event:2";
    int status = write_event(file, &version, error);
    if (status || !resumed_at)
        return status;
    FmTensorboard__SessionLog log = FM_TENSORBOARD__SESSION_LOG__INIT;
    FmTensorboard__Event start = FM_TENSORBOARD__EVENT__INIT;
    log.status = FM_TENSORBOARD__SESSION_LOG__SESSION_STATUS__START;
    start.step = resumed_at;
    start.what_case = FM_TENSORBOARD__EVENT__WHAT_SESSION_LOG;
    start.session_log = &log;
    return write_event(file, &start, error);
}

int fm_tensorboard_create(fm_tensorboard **out, const char *folder, int64_t resumed_at,
                          fm_error *error) {
    fm_tensorboard *file = NULL;
    *out = NULL;
    int status = fm_folder_create(folder, error);
    if (!status)
        status = fm_memory_allocate(&file, 1, sizeof *file, folder, error);
    if (status)
        return status;
    file->descriptor = -1;
    rhash_library_init();
    status = open_new(file, folder, error);
    if (status)
        goto out;
    status = begin(file, resumed_at, error);
    if (status) {
        unlink(file->path);
        goto out;
    }
    *out = file;
    file = NULL;
out:
    fm_tensorboard_free(file);
    return status;
}

void fm_tensorboard_free(fm_tensorboard *file) {
    if (!file)
        return;
    if (file->descriptor >= 0)
        close(file->descriptor);
    free(file);
}

int fm_tensorboard_add(fm_tensorboard *file, int64_t step, const fm_scalar *scalars, size_t count,
                       fm_error *error) {
    FmTensorboard__Event event = FM_TENSORBOARD__EVENT__INIT;
    FmTensorboard__Summary summary = FM_TENSORBOARD__SUMMARY__INIT;
    FmTensorboard__Summary__Value *values = NULL, **list = NULL;
    int status = fm_memory_allocate(&values, count, sizeof *values, file->path, error);
    if (!status)
        status = fm_memory_allocate(&list, count, sizeof *list, file->path, error);
    if (status)
        goto out;
    for (size_t i = 0; i < count; i++) {
        list[i] = &values[i];
        fm_tensorboard__summary__value__init(&values[i]);
        values[i].tag = (char *)scalars[i].tag; /* read only */
        values[i].value_case = FM_TENSORBOARD__SUMMARY__VALUE__VALUE_SIMPLE_VALUE;
        values[i].simple_value = (float)scalars[i].value;
    }
    summary.n_value = count;
    summary.value = list;
    event.step = step;
    event.what_case = FM_TENSORBOARD__EVENT__WHAT_SUMMARY;
    event.summary = &summary;
    status = write_event(file, &event, error);
out:
    free(list);
    free(values);
    return status;
}
