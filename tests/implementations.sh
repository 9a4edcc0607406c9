#!/bin/bash
# Runs the tests on four OpenCL implementations that compute on a CPU, and prints a table.
#   tests/implementations.sh [--limit SECONDS] [NAME...]     pocl intel rusticl oclgrind; all unless named
# Sets up what is missing in build/implementations (with apt as root or sudo, and pip). Changes nothing in the
# system's driver folder, so other programs are not affected. The exit status is 1 if a test failed or an
# implementation could not be set up. docs/implementations.md lists the defects of each.
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
place=$root/build/implementations
limit=3600
names=()
while [ $# -gt 0 ]; do
    case $1 in
    --limit)
        limit=${2:-}
        shift
        ;;
    pocl | intel | rusticl | oclgrind) names+=("$1") ;;
    *) limit= ;;
    esac
    shift
done
case $limit in '' | *[!0-9]*)
    echo "usage: tests/implementations.sh [--limit SECONDS] [pocl] [intel] [rusticl] [oclgrind]" >&2
    exit 2
    ;;
esac
[ ${#names[@]} -gt 0 ] || names=(pocl intel rusticl oclgrind)

say() { printf 'implementations.sh: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }

# apt_install PACKAGE...: installs those that are missing.
apt_install() {
    local missing=() package
    for package; do
        [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = 'ii ' ] || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    apt install -y --no-install-recommends "${missing[@]}" ||
        { apt update && apt install -y --no-install-recommends "${missing[@]}"; }
}

# driver NAME LIBRARY: creates a driver folder that contains only this driver.
driver() {
    [ -e "$2" ] || return 1
    mkdir -p "$place/$1" && echo "$2" >"$place/$1/$1.icd"
}

# ---- Setup -------------------------------------------------------------------------------------

set_up_pocl() {
    apt_install pocl-opencl-icd && mkdir -p "$place/pocl" && cp /etc/OpenCL/vendors/pocl.icd "$place/pocl"
}

set_up_intel() {
    local python=$place/intel-python/bin/python
    if ! cmp -s tests/implementations.txt "$place/intel-python/stamp"; then
        { python3 -c 'import ensurepip' || apt_install python3-venv; } &&
            python3 -m venv --clear "$place/intel-python" &&
            "$python" -m pip install --quiet --disable-pip-version-check -r tests/implementations.txt &&
            cp tests/implementations.txt "$place/intel-python/stamp" || return
    fi
    driver intel "$place/intel-python/lib/libintelocl.so"
}

# The package would add two drivers to the system's folder. So it is only unpacked; its dependencies are installed.
set_up_rusticl() {
    local library needs
    library=$(find "$place/mesa/all" -name libRusticlOpenCL.so.1 2>/dev/null)
    if [ -z "$library" ]; then
        mkdir -p "$place/mesa" || return
        (cd "$place/mesa" && { apt-get -q download mesa-opencl-icd || { apt update && apt-get -q download mesa-opencl-icd; }; }) || return
        dpkg-deb -x "$place"/mesa/mesa-opencl-icd_*.deb "$place/mesa/aside" && mv "$place/mesa/aside" "$place/mesa/all" || return
        library=$(find "$place/mesa/all" -name libRusticlOpenCL.so.1)
    fi
    needs=$(dpkg-deb -f "$place"/mesa/mesa-opencl-icd_*.deb Depends | sed 's/|[^,]*//g; s/([^)]*)//g; s/,//g')
    # shellcheck disable=SC2086
    apt_install $needs && driver rusticl "$library"
}

set_up_oclgrind() {
    apt_install oclgrind && driver oclgrind /usr/lib/oclgrind/liboclgrind-rt-icd.so
}

# ---- Tests -------------------------------------------------------------------------------------

# environment NAME: prints the environment variables of its tests.
environment() {
    printf '%s\n' "OCL_ICD_VENDORS=$place/$1" "FMNIST_CACHE=$place/$1-cache" "POCL_CACHE_DIR=$place/$1-cache/pocl" \
        FM_CHOICES=1
    case $1 in
    rusticl)
        printf '%s\n' RUSTICL_ENABLE=llvmpipe "MESA_SHADER_CACHE_DIR=$place/rusticl-cache/mesa" \
            "GALLIUM_PIPE_SEARCH_DIR=$(find "$place/mesa/all" -type d -name gallium-pipe)"
        ;;
    oclgrind)
        # Its check for uninitialized values does not know an instruction that the optimizer generates.
        printf '%s\n' OCLGRIND_CHECK_API=1 OCLGRIND_DATA_RACES=1 OCLGRIND_UNINITIALIZED=1 FM_SMALL_CASES=1 \
            OCLGRIND_BUILD_OPTIONS=-cl-opt-disable "LD_PRELOAD=$root/build/tests/libfm_whole_writes.so"
        ;;
    esac
}

folders='cl|backend|nn|check|tune|train|study|cli'
left_out='readme|report|study_walk|kill|hostile|disk'

# tests NAME: prints the arguments for ctest. The tests that are left out use no device.
tests() {
    case $1 in
    oclgrind) echo "-R ^(backend/(operations|plans)|nn/gradients)\$" ;;
    *) echo "-R ^($folders)/ -E ^cli/($left_out)\$" ;;
    esac
}

# Oclgrind's messages about kernels. A program that it runs ends with status 0 in spite of them.
findings='[Uu]ninitialized value|Invalid (read|write) of|data race|Work-(item|group) divergence|OCLGRIND FATAL|runtime error detected'

# run NAME: sets passed, failed, skipped, seconds, version.
run() {
    local log=$place/$1.log out=$place/$1.ctest variables start=$SECONDS found total
    mkdir -p "$place/$1-cache/mesa"
    mapfile -t variables < <(environment "$1")
    version=$(env "${variables[@]}" LD_PRELOAD= build/fmnist-cl devices --json |
        python3 -c 'import json,sys; d=json.load(sys.stdin)["devices"][0]; print(d["driver"], d["type"], d["name"], sep=", ")')
    # Compiling the CPU kernels takes longer than a test's time limit. Mesa caches the result.
    [ "$1" != rusticl ] || env "${variables[@]}" timeout -k 10 "$limit" build/tests/test_backend_batch >"$place/$1-first.log" 2>&1
    # shellcheck disable=SC2046
    env "${variables[@]}" timeout -k 10 $((limit + 60)) ctest --test-dir build -V --timeout "$limit" \
        --stop-time "$(date -d "+$limit seconds" +%H:%M:%S)" $(tests "$1") >"$log" 2>&1
    grep -E '^ *[0-9]+/[0-9]+ Test +#' "$log" >"$out"
    found=
    if [ "$1" = oclgrind ]; then
        found=$(sed -nE "s/^([0-9]+): .*($findings).*/\1/p" "$log" | sort -un)
        for number in $found; do
            sed -i -E "s/(Test +#$number: .*) Passed /\1 ***Found /" "$out"
        done
    fi
    passed=$(grep -c ' Passed ' "$out")
    skipped=$(grep -c '\*\*\*Skipped' "$out")
    total=$(sed -nE '1s|^ *[0-9]+/([0-9]+) Test .*|\1|p' "$out")
    failed=$((${total:-1} - passed - skipped))
    seconds=$((SECONDS - start))
    sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]*) .*(\*\*\*(Found|Failed|Timeout|Not Run|Exception[^0-9]*)).*/'"$1"': \1 \3/p' "$out" >>"$place/failures"
    [ "$(wc -l <"$out")" = "$total" ] ||
        echo "$1: $((${total:-1} - $(wc -l <"$out"))) tests not reached within $limit s" >>"$place/failures"
    sed -nE 's/^([0-9]+): \[  SKIPPED \] (test_[a-z_]*).*/\2/p' "$log" | sort -u |
        sed "s/^/$1: /; s/\$/ skipped within its program/" >>"$place/notes"
}

mkdir -p "$place" || exit 1
: >"$place/failures"
: >"$place/notes"
say "building"
./run.sh test -N >"$place/build.log" 2>&1 || { tail -n 20 "$place/build.log"; exit 1; }

table=$(printf '%-9s %7s %7s %8s %8s  %s' "" passed failed skipped seconds version)
status=0
for name in "${names[@]}"; do
    say "$name: setting up"
    if ! "set_up_$name" >"$place/$name-set-up.log" 2>&1; then
        say "$name: setup failed; see $place/$name-set-up.log"
        table+=$'\n'$(printf '%-9s %s' "$name" "setup failed")
        status=1
        continue
    fi
    say "$name: running (at most $limit s); the log is $place/$name.log"
    run "$name"
    [ "$failed" = 0 ] || status=1
    table+=$'\n'$(printf '%-9s %7d %7d %8d %8d  %s' "$name" "$passed" "$failed" "$skipped" "$seconds" "$version")
done
printf '%s\n' "$table"
cat "$place/failures" "$place/notes"
exit $status
