/* Runs a fuzz target on files, and on the files in folders, without a fuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"

static int run_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        return 0;
    size_t size = (size_t)ftell(file);
    /* Exactly the size of the file, so that a sanitizer sees reads beyond it. */
    uint8_t *bytes = malloc(size ? size : 1);
    fuzz_require(bytes != NULL, "there is memory for the file");
    rewind(file);
    fuzz_require(fread(bytes, 1, size, file) == size, "the file can be read");
    fclose(file);
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    return 1;
}

static int run_folder(const char *folder) {
    DIR *entries = opendir(folder);
    int count = 0;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            count += run_file(path);
    }
    if (entries)
        closedir(entries);
    return entries ? count : run_file(folder);
}

int main(int argc, char **argv) {
    int count = 0;
    for (int i = 1; i < argc; i++)
        count += run_folder(argv[i]);
    printf("%d files\n", count);
    return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
