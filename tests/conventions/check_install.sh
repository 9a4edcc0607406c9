#!/bin/bash
# `cmake --install` is complete: the program runs, and a second program compiles and links against the
# library and lists the devices: shared, with the options from pkg-config, and static, with those for it.
# examples/ build through CMake's find_package, and run. Then the same after the folder was moved: no file
# contains its first path.
set -u
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "$*"
    exit 1
}
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

cc=$(cached CMAKE_C_COMPILER)
flags=(-std=c11 -Wall -Wextra -Wpedantic -Werror)
# A sanitized library needs its run-time library in the program.
sanitize=$(cached FM_SANITIZE)
if [ -n "$sanitize" ]; then flags+=("-fsanitize=$sanitize"); fi

# lists_devices PROGRAM
lists_devices() {
    "$1" >devices && grep -q ' reference ' devices || fail "$1 lists: $(cat devices)"
}

with_pkg_config() {
    local arguments
    arguments=$(pkg-config --cflags --libs fmnist_cl) || exit 1
    # shellcheck disable=SC2086
    "$cc" "${flags[@]}" second_program.c -o shared $arguments || exit 1
    LD_LIBRARY_PATH=$(pkg-config --variable=libdir fmnist_cl) lists_devices ./shared
    arguments=$(pkg-config --cflags --libs --static fmnist_cl) || exit 1
    # shellcheck disable=SC2086
    "$cc" "${flags[@]}" second_program.c -o static ${arguments/-lfmnist_cl/-l:libfmnist_cl.a} || exit 1
    lists_devices ./static
}

# Builds examples/ and runs them on a small data set.
with_cmake() {
    cp -r "$source/examples" .
    { cmake -S examples -B made -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="${flags[*]}" -DCMAKE_PREFIX_PATH="$1" \
        -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Werror" && cmake --build made; } >log 2>&1 || fail "$(tail -n 20 log)"
    FMNIST_DATA='' made/train "$work/data" >log 2>&1 && grep -q '^the first test image is: ' log || fail "train: $(cat log)"
    head -c 784 /dev/zero | made/embed trained.safetensors >log 2>&1 || fail "embed: $(cat log)"
    ! made/embed trained.safetensors </dev/null 2>/dev/null || fail "embed accepts an image of no bytes"
}

# try PREFIX: runs the program, and builds the second one in a separate folder, with no header beside it.
try() {
    local prefix=$1 pc
    "$prefix/bin/fmnist-cl" --version >/dev/null || fail "the installed program does not run"
    pc=$(find "$prefix" -name fmnist_cl.pc)
    [ -n "$pc" ] || fail "no fmnist_cl.pc in $prefix"
    mkdir "$work/program"
    cp "$source/tests/conventions/second_program.c" "$work/program/"
    (
        cd "$work/program" || exit 1
        export PKG_CONFIG_PATH=${pc%/*}
        with_pkg_config && with_cmake "$prefix"
    ) || fail "a second program does not build and run with $prefix"
    rm -r "$work/program"
}

# shellcheck source=tests/cli/document.sh
. "$source/tests/cli/document.sh"
document_small_data "$work/data"
prefix=$(cached CMAKE_INSTALL_PREFIX)
DESTDIR=$work/first cmake --install "$build" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
outside=$(sed -n 's/^-- \(Installing\|Up-to-date\): //p' "$work/log" | grep -v "^$work/first")
[ -z "$outside" ] || fail "DESTDIR is not respected: $outside"
for header in "$source"/include/fmnist_cl/*.h; do
    [ -e "$work/first$prefix/include/fmnist_cl/${header##*/}" ] || fail "$header is not installed"
done
try "$work/first$prefix"
mv "$work/first$prefix" "$work/second"
try "$work/second"
if named=$(grep -rl "$work/first" "$work/second"); then fail "these files name the first folder: $named"; fi
