#!/bin/bash
# cppcheck on the sources. Suppressions have their reasons in cppcheck.supp, or beside the line.
#   tests/analysis/cppcheck.sh
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
command -v cppcheck >/dev/null || {
    echo "skipped: cppcheck is not installed"
    exit 77
}
cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr -j "$(nproc)" \
    --std=c11 --platform=unix64 --library=posix \
    --suppressions-list=tests/analysis/cppcheck.supp -D_POSIX_C_SOURCE=200809L -DFM_WITH_CLBLAST \
    -DCL_TARGET_OPENCL_VERSION=120 -I include -I src src 2>&1
