#!/bin/bash
# Each kernel file compiles on its own as OpenCL C 1.2 without warnings: it includes what it needs, by a path
# from kernels/, and its tuning parameters have defaults. Headers compile when included twice. Without clang,
# which .ci/run installs, the test is skipped.
set -u
cd "$1" || exit 1
compile() {
    clang -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -Werror -Wall -fsyntax-only -I kernels "$@"
}

# Besides clang, its header of built-in functions is needed, which some systems have in a separate package.
compile - >/dev/null 2>&1 <<<'kernel void probe(global float *x) { x[0] = sqrt(x[get_global_id(0)]); }' || {
    echo "skipped: no clang that compiles OpenCL C is installed"
    exit 77
}

status=0 count=0
while IFS= read -r file; do
    count=$((count + 1))
    case $file in
    *.h) printf '#include "%s"\n' "${file#kernels/}" "${file#kernels/}" | compile - ;;
    *) compile "$file" ;;
    esac || {
        echo "$file does not compile on its own"
        status=1
    }
done < <(find kernels -name '*.cl' -o -name '*.h' | sort)
[ "$count" -ge 10 ] || { echo "only $count files found in $1/kernels"; status=1; }
exit $status
