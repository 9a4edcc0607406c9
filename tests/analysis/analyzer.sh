#!/bin/bash
# gcc's static analyzer on library and program: a finding is an error of the preset analyze. There are no
# findings with gcc 12; other versions report others, some of them false.
#   tests/analysis/analyzer.sh
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
command -v gcc >/dev/null || {
    echo "skipped: gcc is not installed"
    exit 77
}
cmake --preset analyze >/dev/null && cmake --build --preset analyze --parallel "$(nproc)" |
    grep -vE '^\[[0-9]+/[0-9]+\]|^ninja:'
exit "${PIPESTATUS[0]}"
