#!/bin/bash
# Tests data/fetch.sh with a web server on the loopback interface: complete, interrupted, wrong and
# missing files, and servers that cannot resume; with curl and with wget if they are installed. A copy of
# the script downloads small random files.
set -u
source=$1
work=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; fi; rm -rf "$work"' EXIT

fail() {
    echo "$tool, $case: $*"
    echo "-- output of fetch.sh:"
    cat "$work/said"
    echo "-- requests to the server:"
    cat "$work/log"
    exit 1
}

one=train-images-idx3-ubyte.gz
mkdir "$work/files" "$work/data"
for name in $one train-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz; do
    head -c 200000 /dev/urandom >"$work/files/$name"
done
(cd "$work/files" && sha256sum -- train-i* train-l* t10k-*) >"$work/data/SHA256SUMS"
cp "$source/data/fetch.sh" "$work/data/"

python3 "$source/tests/data/http_server.py" "$work/files" "$work/log" >"$work/port" &
server=$!
for _ in $(seq 100); do
    [ -s "$work/port" ] && break
    sleep 0.1
done
port=$(cat "$work/port")
[ -n "$port" ] || { echo "the server did not start"; exit 1; }

# start MODE: begins a case with an empty target folder and an empty log of requests.
start() {
    case=$1
    rm -rf "$work/out"
    : >"$work/log"
}

# fetch STATUS [URL]: runs the script with only one downloader in its PATH; checks its exit status.
fetch() {
    PATH=$work/bin-$tool FMNIST_URL=${2:-http://127.0.0.1:$port/$tool/$case/} \
        sh "$work/data/fetch.sh" "$work/out" >"$work/said" 2>&1
    local status=$?
    [ "$status" = "$1" ] || fail "exit status $status, expected $1"
}
said() { grep -q -- "$1" "$work/said" || fail "the output lacks '$1'"; }
asked() { grep -qx -- "$1" "$work/log" || fail "the server got no request '$1'"; }
all_right() {
    (cd "$work/out" && sha256sum --quiet -c "$work/data/SHA256SUMS") >/dev/null 2>&1 || fail "wrong files"
    local left=("$work/out"/*)
    [ ${#left[@]} = 4 ] || fail "expected exactly four files: ${left[*]}"
}
nothing_in_place() { ! ls "$work/out"/*.gz >/dev/null 2>&1 || fail "there is a file with its final name"; }

check() {
    start right
    fetch 0
    all_right
    : >"$work/log"
    fetch 0
    [ ! -s "$work/log" ] || fail "downloaded existing files again"
    echo damaged >"$work/out/$one"
    fetch 0
    all_right

    start cut
    fetch 0
    all_right
    asked "cut $one 0 200"
    asked "cut $one 100000 206"

    start cut-long
    fetch 1
    nothing_in_place
    [ "$(wc -c <"$work/out/$one.part")" = 60000 ] || fail "did not keep the partial download"
    fetch 1 # the second file's connections break as well
    asked "cut-long $one 60000 206"
    cmp -s "$work/files/$one" "$work/out/$one" || fail "did not complete the first file"

    start no-range
    fetch 0
    all_right

    start wrong
    fetch 1
    nothing_in_place
    said "has SHA-256"
    [ ! -e "$work/out/$one.part" ] || fail "kept a wrong partial download"

    start missing
    fetch 1
    nothing_in_place
    said 404

    # Partial downloads with other content: shorter than the file, as long, and longer.
    for length in 1000 200000 300000; do
        start right
        case="right (foreign part of $length bytes)"
        mkdir "$work/out"
        head -c $length /dev/zero >"$work/out/$one.part"
        fetch 0 "http://127.0.0.1:$port/$tool/right"
        all_right
    done

    start "whole part"
    mkdir "$work/out"
    cp "$work/files/$one" "$work/out/$one.part"
    fetch 0 "http://127.0.0.1:$port/$tool/right"
    all_right
    ! grep -q "$one" "$work/log" || fail "downloaded a complete file again"

    start "server down"
    fetch 1 "http://127.0.0.1:1"
    nothing_in_place
    said "run this again"

    start "no address"
    fetch 1 "127.0.0.1"
    said "expected something like"

    start "no folder"
    : >"$work/out"
    fetch 1
    said "cannot write"
}

tools=0
for tool in curl wget; do
    command -v $tool >/dev/null || continue
    mkdir "$work/bin-$tool"
    for needed in sh dirname sha256sum cut wc tr sed tail rm mv mkdir $tool; do
        ln -s "$(command -v "$needed")" "$work/bin-$tool/"
    done
    check
    tools=$((tools + 1))
done
[ $tools -gt 0 ] || { echo "skipped: neither curl nor wget is installed"; exit 77; }

tool=none
mkdir "$work/bin-none"
ln -s "$(command -v sh)" "$(command -v dirname)" "$work/bin-none/"
start "no downloader"
fetch 1
said "apt-get install curl"
