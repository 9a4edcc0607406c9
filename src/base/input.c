#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fm_input_open(fm_input *out, const char *path, fm_error *error) {
    /* Opening a FIFO without O_NONBLOCK waits for a writer. Regular files ignore the flag. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return fm_error_set(error, FM_E_FILE, path, "cannot open: %s", strerror(errno));
    struct stat found;
    int status = FM_OK;
    if (fstat(descriptor, &found))
        status = fm_error_set(error, FM_E_FILE, path, "cannot stat: %s", strerror(errno));
    else if (S_ISDIR(found.st_mode))
        status = fm_error_set(error, FM_E_FILE, path, "is a folder, not a file");
    else if (!S_ISREG(found.st_mode))
        status = fm_error_set(error, FM_E_FILE, path, "is not a regular file");
    if (status) {
        close(descriptor);
        return status;
    }
    *out = (fm_input){.path = path, .descriptor = descriptor, .size = (uint64_t)found.st_size};
    return FM_OK;
}

int fm_input_read(void *out, size_t *got, fm_input *input, size_t size, fm_error *error) {
    *got = 0;
    while (*got < size) {
        ssize_t count = read(input->descriptor, (unsigned char *)out + *got, size - *got);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fm_error_set(error, FM_E_FILE, input->path, "cannot read: %s", strerror(errno));
        if (count == 0)
            break;
        *got += (size_t)count;
    }
    return FM_OK;
}

void fm_input_close(fm_input *input) {
    close(input->descriptor);
}

int fm_input_begin(void *out, size_t *got, const fm_input *input, size_t size, fm_error *error) {
    const ssize_t count = pread(input->descriptor, out, size, 0);
    *got = count > 0 ? (size_t)count : 0;
    return count < 0
               ? fm_error_set(error, FM_E_FILE, input->path, "cannot read: %s", strerror(errno))
               : FM_OK;
}
