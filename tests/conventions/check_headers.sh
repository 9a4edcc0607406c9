#!/bin/bash
# Each header compiles on its own, and when included twice: it includes what it needs, and has an include
# guard. The public ones also compile as C++.
set -u
source=$1 build=$2
cd "$source" || exit 1
cc=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
flags=(-fsyntax-only -Wall -Wextra -Wpedantic -Werror -D_POSIX_C_SOURCE=200809L
    -DCL_TARGET_OPENCL_VERSION=120 -DCL_USE_DEPRECATED_OPENCL_1_2_APIS
    -I include -I src -I kernels -I tests -I "$build/src/embedded")
status=0

# compiles HEADER COMPILER...
compiles() {
    local header=$1
    shift
    printf '#include "%s"\n#include "%s"\nextern int fm_not_empty;\n' "$header" "$header" |
        "$@" "${flags[@]}" - || {
        echo "$header does not compile on its own with $1"
        status=1
    }
}

count=0
for header in $(find include src tests/support -name '*.h'); do
    compiles "${header#*/}" "$cc" -std=c11 -x c
    count=$((count + 1))
done
if command -v c++ >/dev/null; then
    for header in include/*/*.h; do compiles "${header#*/}" c++ -std=c++11 -x c++; done
else
    echo "no C++ compiler: the public headers were compiled as C only"
fi
[ $count -gt 10 ] || { echo "only $count headers found in $source"; status=1; }
exit $status
