#!/bin/bash
# Builds the fuzzers, runs each for SECONDS (default: 60), and prints a table.
#   tests/fuzz/run.sh [SECONDS] [NAME...]
# Failing inputs are in build-fuzz/findings/NAME; once the fault is fixed, add them to tests/fuzz/found/NAME.
# The corpus stays in build-fuzz/corpus/NAME, and the next run continues with it.
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.." || exit 1
seconds=${1:-60}
shift
case $seconds in '' | *[!0-9]*)
    echo "usage: tests/fuzz/run.sh [SECONDS] [NAME...]" >&2
    exit 2
    ;;
esac
mkdir -p build-fuzz
{ cmake --preset fuzz && cmake --build --preset fuzz --parallel "$(nproc)"; } >build-fuzz/build.log 2>&1 || {
    tail -n 20 build-fuzz/build.log
    exit 1
}
names=("$@")
[ $# -gt 0 ] || for file in "$here"/fuzz_*.c; do
    name=${file##*/fuzz_}
    names+=("${name%.c}")
done

failed=0
table=$(printf '%-12s %12s %8s %9s %9s' target executions seconds coverage findings)
for name in "${names[@]}"; do
    corpus=build-fuzz/corpus/$name findings=build-fuzz/findings/$name log=build-fuzz/$name.log
    inputs=("$corpus" "$here/seeds/$name")
    [ ! -d "$here/found/$name" ] || inputs+=("$here/found/$name")
    mkdir -p "$corpus" "$findings"
    before=$(find "$findings" -type f | wc -l)
    # jansson's hash tables have random seeds, so the coverage varies, but not the results.
    build-fuzz/tests/"fuzz_$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
        -print_final_stats=1 -artifact_prefix="$findings/" "${inputs[@]}" >"$log" 2>&1
    status=$?
    found=$(($(find "$findings" -type f | wc -l) - before))
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    took=$(sed -n 's/^Done .* in \([0-9]*\) second.*/\1/p' "$log")
    covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    table+=$(printf '\n%-12s %12s %8s %9s %9s' "$name" "${runs:--}" "${took:--}" "${covered:--}" "$found")
    if [ $status != 0 ]; then
        failed=1
        grep -aE 'ERROR:|runtime error|does not hold|SUMMARY' "$log" | head -n 5
        echo "see $log and $findings"
    fi
done
echo "$table"
exit $failed
