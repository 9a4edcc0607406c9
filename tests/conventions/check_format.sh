#!/bin/bash
# The C sources are formatted according to .clang-format. Versions of clang-format differ in details, so
# only version 14 is used; without it the test is skipped (.ci/run installs it).
set -u
cd "$1" || exit 1
for formatter in clang-format-14 clang-format; do
    case $("$formatter" --version 2>/dev/null) in
    *"version 14."*)
        find include src tests bench examples \( -name '*.[ch]' -o -name '*.cpp' \) -not -path '*/.venv/*' -print0 2>/dev/null |
            xargs -0 "$formatter" --dry-run -Werror
        exit
        ;;
    esac
done
echo "skipped: clang-format 14 is not installed"
exit 77
