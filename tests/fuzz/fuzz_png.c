/* PNG files, and their conversion to 28 x 28. */
#include <string.h>

#include "data/picture.h"
#include "fuzz/fuzz.h"
#include "io/png.h"

#ifdef FM_FUZZ
#include <zlib.h>
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    enum { MOST = 1024 * 1024 }; /* larger pictures take long, and run the same code */
    const char *path = fuzz_file(bytes, size);
    if (size >= 24 && !memcmp(bytes + 12, "IHDR", 4)) {
        uint64_t width = 0, height = 0;
        for (int i = 0; i < 4; i++) {
            width = width << 8 | bytes[16 + i];
            height = height << 8 | bytes[20 + i];
        }
        if (width <= FM_PICTURE_MOST_SIDE && height <= FM_PICTURE_MOST_SIDE &&
            width * height > MOST)
            return 0;
    }
    for (int invert = 0; invert < 2; invert++) {
        fm_picture picture;
        fm_error error = {0};
        uint8_t image[FM_PIXELS];
        int status = fm_png_read(&picture, path, invert, &error);
        if (status) {
            fuzz_require_error(status, &error);
            fuzz_require(!picture.pixel, "nothing comes out of a bad file");
            continue;
        }
        fuzz_require(picture.width >= 1 && picture.height >= 1, "a picture is not empty");
        unsigned sum = 0;
        for (size_t i = 0; i < (size_t)picture.width * picture.height; i++)
            sum += picture.pixel[i];
        (void)sum;
        fm_picture_to_image(image, &picture);
        fm_picture_free(&picture);
    }
    return 0;
}

#ifdef FM_FUZZ
static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Usually corrects the checksums of the chunks: a file with a wrong one is refused early. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed) {
    enum { SIGNATURE = 8, AROUND = 12 }; /* length, name and checksum */
    size = LLVMFuzzerMutate(bytes, size, most);
    for (size_t at = SIGNATURE; seed % 8 && at + AROUND <= size;) {
        size_t length = big_endian(bytes + at);
        if (length > size - at - AROUND)
            break;
        uint8_t *sum = bytes + at + 8 + length;
        uLong right = crc32(0, bytes + at + 4, (uInt)length + 4);
        for (int i = 0; i < 4; i++)
            sum[i] = (uint8_t)(right >> (24 - 8 * i));
        at += AROUND + length;
    }
    return size;
}
#endif
