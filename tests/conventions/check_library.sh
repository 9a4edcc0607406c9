#!/bin/bash
# The library does not print, does not end the process, and has no global state. The script checks its
# undefined symbols and its variables, which no macro can hide. The shared library exports the functions of
# the public headers and nothing else.
set -u
source=$1 build=$2
library=$build/src/libfmnist_cl.a
status=0
[ -e "$library" ] || { echo "no $library"; exit 1; }

needed=$(nm -A -u "$library" 2>/dev/null |
    grep -E ' U (_IO_)?(stdout|stderr|(__)?v?printf(_chk)?|puts|putchar|perror|psignal|(v?warnx?|v?errx?|error)|_?_?exit|_Exit|quick_exit|abort|__assert_fail|v?syslog)$')
[ -z "$needed" ] || {
    echo "the library prints or ends the process:"
    echo "$needed"
    status=1
}

# Sanitizers add variables to every object.
if grep -q '^FM_SANITIZE:STRING=$' "$build/CMakeCache.txt"; then
    variables=$(objdump -t "$library" | awk '
        /file format/ { object = $1 }
        / [gl] +O? +(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && !/\.data\.rel\.ro/ { print object " " $NF }')
    [ -z "$variables" ] || {
        echo "the library has global variables:"
        echo "$variables"
        status=1
    }
fi

cc=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
declared=$(cat "$source"/include/fmnist_cl/*.h | "$cc" -E -I "$source/include" - | grep -oE '\bfm_[a-z0-9_]+\(' |
    tr -d '(' | sort -u)
exported=$(nm -D --defined-only "$build/src/libfmnist_cl.so" | awk '{ print $3 }' | grep -v '^__' | sort -u)
[ "$(echo "$declared" | wc -l)" -gt 50 ] || { echo "only these functions are declared: $declared"; status=1; }
[ "$declared" = "$exported" ] || {
    echo "the shared library exports (>) other symbols than the public headers declare (<):"
    diff <(echo "$declared") <(echo "$exported")
    status=1
}
exit $status
