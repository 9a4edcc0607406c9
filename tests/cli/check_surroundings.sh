#!/bin/bash
# Signals, a reader that leaves, a home that cannot be written, a driver that wants a variable: what the system
# around the program does. With the CPU driver PoCL, because drivers install signal handlers of their own.
set -u
source=$1
program=$2/fmnist-cl
work=$(mktemp -d) || exit 1
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
# shellcheck source=tests/cli/document.sh
. "$source/tests/cli/document.sh"
cd "$work" || exit 1
document_small_data data
"$program" devices | grep -q 'Portable Computing' || {
    echo "skipped: the driver PoCL is not installed"
    exit 77
}
export FMNIST_CACHE=$work/cache
long=(train --data data --device cpu --hidden 8 --epochs 100000)

# start RUN [COMMAND...]: starts a long training in the background, through the command, and waits for its
# second epoch.
start() {
    local run=$1
    shift
    "$@" "$program" "${long[@]}" --run "$run" >"$run.out" 2>"$run.err" &
    for ((i = 0; i < 600; i++)); do
        grep -q 'epoch *2/' "$run.err" "$run.out" 2>/dev/null && return
        sleep 0.1
    done
    complain "$run does not start: $(cat "$run.err")"
}

# ends RUN STATUS: waits for the training's end.
ends() {
    local code
    wait $!
    code=$?
    [ $code = "$2" ] || complain "$1 ends with status $code, not $2: $(tail -n 3 "$1.err")"
}

# ---- Signals ----

for signal in INT TERM HUP USR1 USR2 XCPU; do
    start "run-$signal" env --default-signal
    for ((i = 0; i < 5; i++)); do kill -s $signal $! 2>/dev/null; done # however often it comes
    ends "run-$signal" 130
    grep -q "resume with: fmnist-cl train --resume run-$signal --data data" "run-$signal.err" ||
        complain "after SIG$signal: $(tail -n 2 "run-$signal.err")"
    [ -e "run-$signal/resume.safetensors" ] || complain "no checkpoint after SIG$signal"
done
start quit env --default-signal
kill -s QUIT $!
ends quit 131 2>/dev/null # the shell reports such an end
start ignored env --default-signal --ignore-signal=HUP
kill -s HUP $!
sleep 0.5
kill -0 $! || complain "SIGHUP ends a run that was started to ignore it"
kill -s TERM $!
ends ignored 130
# A command that saves nothing ends as any program does.
"$program" bench --data data --device cpu --epochs 1000 >bench.out 2>bench.err &
sleep 1
kill -s TERM $!
wait $!
code=$?
[ $code = 143 ] || [ $code = 130 ] || complain "bench ends with status $code"

# ---- Streams ----

"$program" show --data data --values 2>show.err | head -n 1 >/dev/null
[ ! -s show.err ] || complain "a reader that leaves: $(cat show.err)"

# ---- Drivers ----

without=(env -u POCL_CACHE_DIR -u XDG_CACHE_HOME HOME=/proc/nowhere)
"${without[@]}" "$program" train --data data --hidden 8 --epochs 1 --device cpu --run homeless 2>homeless.err
code=$?
if [ $code = 1 ]; then
    grep -q POCL_CACHE_DIR homeless.err || complain "without a home: $(cat homeless.err)"
    ! grep -q 'apt install' homeless.err || complain "the installed driver is to be installed: $(cat homeless.err)"
    [ ! -e homeless ] || complain "a failed start leaves a folder"
elif [ $code != 0 ]; then
    complain "without a home: status $code"
fi
"${without[@]}" "$program" train --data data --hidden 8 --epochs 1 --device reference --run without-home -q >/dev/null ||
    complain "the reference needs a home"
exit $status
