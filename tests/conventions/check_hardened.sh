#!/bin/bash
# A release build of the program is hardened (cmake/harden.cmake): position independent, read-only
# relocations, no executable stack, checked sizes and returns. It calls no function that cannot check the
# size of its output, or that passes a text to a shell.
set -u
build=$2
program=$build/fmnist-cl
status=0
complain() {
    echo "$*"
    status=1
}
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

unsafe=$(nm -A -u "$build/src/libfmnist_cl.a" "$build/src/libfm_cli.a" 2>/dev/null |
    grep -E ' U (__)?(gets|v?sprintf|strcat|system|popen|wordexp|execlp?|execvpe?|mktemp|tmpnam|tempnam)(_chk)?(@.*)?$')
[ -z "$unsafe" ] || complain "not to be called:
$unsafe"

if [ -n "$(cached FM_SANITIZE)" ] || [[ "$(cached CMAKE_BUILD_TYPE)" != Rel* ]]; then
    echo "skipped: only optimised builds without sanitizers are hardened"
    exit $status
fi
command -v readelf >/dev/null || {
    echo "skipped: readelf is not installed"
    exit $status
}
has() { readelf --wide "$1" "$program" | grep -qE "$2" || complain "$3"; }
has --file-header 'Type: *DYN' "it is not position independent"
has --program-headers 'GNU_RELRO' "its relocations are writable (relro)"
has --dynamic '(BIND_NOW|FLAGS.*NOW)' "its relocations are resolved lazily (now)"
has --program-headers 'GNU_STACK .* RW +0x' "its stack is executable"
has --dyn-syms '__stack_chk_fail' "its returns are not checked (stack protector)"
has --dyn-syms '__[a-z]+_chk' "its sizes are not checked (_FORTIFY_SOURCE)"
exit $status
