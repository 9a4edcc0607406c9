#!/bin/bash
# Each kernel file compiles alone as OpenCL C 1.2 and without a warning: what it needs it includes, by a path from
# kernels/, and its tuning parameters have defaults. Each header does so twice. Without clang, which .ci/run
# installs, the test counts as skipped.
set -u
cd "$1" || exit 1
compile() {
    clang -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -Werror -Wall -fsyntax-only -I kernels "$@"
}

# clang alone is not enough: the built-in functions are in a header of its own, at times in a package of its own.
compile - >/dev/null 2>&1 <<<'kernel void probe(global float *x) { x[0] = sqrt(x[get_global_id(0)]); }' || {
    echo "skipped: no clang here that compiles OpenCL C"
    exit 77
}

status=0 count=0
while IFS= read -r file; do
    count=$((count + 1))
    case $file in
    *.h) printf '#include "%s"\n' "${file#kernels/}" "${file#kernels/}" | compile - ;;
    *) compile "$file" ;;
    esac || {
        echo "$file does not compile alone"
        status=1
    }
done < <(find kernels -name '*.cl' -o -name '*.h' | sort)
[ "$count" -ge 10 ] || { echo "only $count files found in $1/kernels"; status=1; }
exit $status
