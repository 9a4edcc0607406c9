#!/bin/bash
# valgrind's memcheck on the host's code: the tests that need no device, and the program's commands on the
# reference with a small data set. Without an OpenCL driver: the memory of PoCL and LLVM is not ours, and
# checking it would take minutes.
#   tests/analysis/valgrind.sh [BUILD]     BUILD: a build without sanitizers [build]
# Suppressions have their reasons in valgrind.supp.
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "${1:-$here/../../build}" && pwd) || exit 1
command -v valgrind >/dev/null || {
    echo "skipped: valgrind is not installed"
    exit 77
}
# For document_small_data.
# shellcheck source=tests/cli/document.sh
. "$here/../cli/document.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/no-drivers"
document_small_data "$work/data"
export OCL_ICD_VENDORS=$work/no-drivers FMNIST_DATA=$work/data FMNIST_CACHE=$work/cache
cd "$work" || exit 1

check() {
    local log=$work/log.$BASHPID
    valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
        --suppressions="$here/valgrind.supp" --log-file="$log" "$@" >"$log.out" 2>&1
    local result=$?
    [ $result = 0 ] && return
    echo "valgrind: status $result: $*"
    tail -n 20 "$log.out"
    head -n 60 "$log"
    return 1
}
program() { check "$build/fmnist-cl" "$@"; }

# In this order: each uses the results of the one before.
commands() {
    program devices || return
    program show --grid 20 --png grid.png --values || return
    program show --index 3 --png one.png || return
    program train --device reference --run run --hidden 8,8 --activation prelu --epochs 1 \
        --max-steps 6 --tensorboard curves --no-check || return
    program train --device reference --resume run --epochs 2 --no-check || return
    program eval run --device reference --worst 5 --png worst.png || return
    program predict run one.png --device reference --json || return
    program predict run --device reference --logits logits.csv || return
    program export run network.onnx || return
    program explore activation --values relu,elu --seeds 2 --max-steps 3 --epochs 1 --hidden 8 \
        --device reference --no-check || return
}

tests() {
    local test
    for test in base_{error,memory,number,philox,random,shell,statistics,text} \
        data_{dataset_split,idx,picture} settings_{option,settings} graph_graph nn_{schedule,weights} \
        io_{file,json,onnx,png,safetensors,tensorboard,weights_file} \
        report_{confusion,experiment_plot,html,contact_sheet,terminal_picture,terminal_plot} \
        study_{journal,plan} cli_options; do
        echo "$build/tests/test_$test"
    done
}
export -f check
export here work
commands &
tests | xargs -P 1 -I {} bash -c 'check {}' || status=1
wait $! || status=1
exit $status
