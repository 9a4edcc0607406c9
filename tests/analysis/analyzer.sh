#!/bin/bash
# gcc's static analyzer on library and program: a finding is an error of the preset analyze. There are no
# findings with gcc 12; other versions report others, some of them false.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
command -v gcc >/dev/null || {
    echo "skipped: gcc is not installed"
    exit 77
}
cmake --preset analyze >/dev/null && cmake --build --preset analyze --parallel "$(nproc)" |
    grep -vE '^\[[0-9]+/[0-9]+\]|^ninja:'
exit "${PIPESTATUS[0]}"
