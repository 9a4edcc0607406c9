#!/bin/sh
# Creates tests/interop/.venv with the packages for tests/interop/check_readers.sh: about 700 MB from PyPI;
# with --torch also PyTorch, for its part of the test: gigabytes.
#   tests/interop/setup.sh [--torch]
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "$0")" || exit 1

install() { .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@"; }

if ! { python3 -m venv .venv && install -r requirements.txt; }; then
    rm -rf .venv # half of it would make the test fail, not skip
    exit 1
fi
[ "${1:-}" != --torch ] || install torch==2.15.0 onnx2torch==1.5.15
