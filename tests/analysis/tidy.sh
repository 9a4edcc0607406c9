#!/bin/bash
# clang-tidy over the sources, with the checks of .clang-tidy, as they are compiled in build/, which
# must be there (./run.sh test).
#   tests/analysis/tidy.sh [--deep] [FILE...]
# clang's static analyzer takes a short way through each function, a second or so a file; with --deep
# it takes all the ways it can, 5 to 10 s a file.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
tidy=clang-tidy-14
command -v $tidy >/dev/null || {
    echo "clang-tidy 14 is not here: skipped"
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
# Files that no build compiles are no command's: clang-tidy would guess.
compiled() { grep -qF "\"file\": \"$PWD/$1\"" $commands; }
for file in "${files[@]}"; do
    if compiled "$file"; then printf '%s\0' "$file"; fi
done | xargs -0 -n 8 -P "$(nproc)" $tidy -p build --quiet "${ways[@]}" 2>&1 |
    grep -vE '(warnings?|errors?) (generated|treated as error)|^Suppressed|^Use -'
exit "${PIPESTATUS[1]}"
