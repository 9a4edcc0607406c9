#!/bin/bash
# tests/faults can fail every OpenCL call and every file operation of the program, so that
# tests/cli/test_faults.c covers all of them. For terminal output (fputs, printf), failing the flush is enough.
set -u
build=$2
library=$build/tests/libfm_faults.so
[ -e "$library" ] || {
    echo "no $library in a build with sanitizers: skipped"
    exit 77
}
files='open|openat|creat|close|p?readv?|p?writev?|__read_chk|__pread_chk|__open_2|__openat_2|fsync|fdatasync|f?truncate|lseek
|rename(at2?)?|link|symlink|unlink(at)?|remove|rmdir|mkdir(at)?|mkdtemp|mkstemp|[fl]?stat|fstatat|f?access|readlink(at)?
|fcntl|scandir|opendir|fdopendir|readdir|closedir|fopen|fdopen|freopen|fclose|fflush|fread|getline|getdelim|fgetc|mmap|flock
|sendfile|copy_file_range|posix_fallocate|posix_fadvise|utimensat|realpath|statvfs|tmpfile'
wanted=$(nm -D --undefined-only "$build/fmnist-cl" | awk '{ sub(/@.*/, "", $2); print $2 }' |
    grep -E "^(cl[A-Z][A-Za-z]*|malloc|calloc|realloc|reallocarray|aligned_alloc|posix_memalign|$(tr -d '\n' <<<"$files"))\$")
known=$(nm -D --defined-only "$library" | awk '{ sub(/@.*/, "", $3); print $3 }')
[ -n "$wanted" ] || { echo "no symbols in $build/fmnist-cl"; exit 1; }
unknown=$(comm -23 <(sort -u <<<"$wanted") <(sort -u <<<"$known"))
[ -z "$unknown" ] || {
    echo "tests/faults lacks these calls:"
    echo "$unknown"
    exit 1
}
