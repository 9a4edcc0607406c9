#!/bin/bash
# `cmake --install` is complete: the program runs, and a second program compiles and links against the
# library with the options from pkg-config, and lists the devices. Then the same after the folder was
# moved: no file contains its first path.
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

try() {
    local prefix=$1 pc
    [ -x "$prefix/bin/fmnist-cl" ] || fail "no program in $prefix/bin"
    "$prefix/bin/fmnist-cl" --version >/dev/null || fail "the installed program does not run"
    pc=$(find "$prefix" -name fmnist_cl.pc)
    [ -n "$pc" ] || fail "no fmnist_cl.pc in $prefix"
    # A separate folder for the program, so that no header is found beside it.
    mkdir "$work/program"
    cp "$source/tests/conventions/second_program.c" "$work/program/"
    (
        cd "$work/program" || exit 1
        PKG_CONFIG_PATH=$(dirname "$pc")
        export PKG_CONFIG_PATH
        arguments=$(pkg-config --cflags --libs --static fmnist_cl) || exit 1
        # shellcheck disable=SC2086
        "$cc" "${flags[@]}" second_program.c -o second_program $arguments || exit 1
        ./second_program >devices || exit 1
    ) || fail "a second program does not build and run in $prefix"
    grep -q ' reference ' "$work/program/devices" || fail "the second program lists: $(cat "$work/program/devices")"
    rm -r "$work/program"
}

cmake --install "$build" --prefix "$work/first" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
for header in "$source"/include/fmnist_cl/*.h; do
    [ -e "$work/first/include/fmnist_cl/$(basename "$header")" ] || fail "$header is not installed"
done
try "$work/first"
mv "$work/first" "$work/second"
try "$work/second"
