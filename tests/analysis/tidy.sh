#!/bin/bash
# clang-tidy on the sources, with the checks in .clang-tidy and the compile commands of build/, which must
# exist (./run.sh test).
#   tests/analysis/tidy.sh [--deep] [FILE...]
# By default, clang's static analyzer follows few paths through each function, about a second per file; with
# --deep it follows all it can, 5 to 10 s per file.
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
tidy=clang-tidy-14
command -v $tidy >/dev/null || {
    echo "skipped: clang-tidy 14 is not installed"
    exit 77
}
ways=(--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow)
if [ "${1:-}" = --deep ]; then
    ways=()
    shift
fi
commands=build/compile_commands.json
[ -e $commands ] || {
    echo "there is no $commands: build with ./run.sh test first"
    exit 1
}
files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(find src bench tests -name '*.c' -not -path '*/.venv/*' | sort)
# Only files with a compile command: for others clang-tidy would guess.
compiled() { grep -qF "\"file\": \"$PWD/$1\"" $commands; }
for file in "${files[@]}"; do
    if compiled "$file"; then printf '%s\0' "$file"; fi
done | xargs -0 -n 8 -P "$(nproc)" $tidy -p build --quiet "${ways[@]}" 2>&1 |
    grep -vE '(warnings?|errors?) (generated|treated as error)|^Suppressed|^Use -'
exit "${PIPESTATUS[1]}"
