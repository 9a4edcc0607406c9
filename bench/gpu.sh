#!/bin/sh
# All measurements for a machine with a GPU, in one command:
#   bench/gpu.sh [--short] [--device D] [--data DIR] [--python PROGRAM]
# Builds; runs the tests of operations, gradients and trainings, and the self-check, on each OpenCL device;
# tunes; times all devices; races device D (default 0) against JAX and PyTorch on CUDA, eager and with CUDA
# graphs. PROGRAM is a Python with PyTorch and JAX; without it, one is set up in build/gpu-python. Each step's
# output is a file in bench/results/gpu-DATE-COMMIT. Tuning results are stored there too; the user's are not
# changed. --short does a little of each step, as a test. The exit status is 1 if a step fails.
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$root" || exit 1
short='' device=0 python='' failed=''
while [ $# -gt 0 ]; do
    case $1 in
    --short) short=yes ;;
    --device) device=$2 && shift ;;
    --data) FMNIST_DATA=$2 && export FMNIST_DATA && shift ;;
    --python) python=$2 && shift ;;
    *)
        echo "usage: bench/gpu.sh [--short] [--device D] [--data DIR] [--python PROGRAM]" >&2
        exit 2
        ;;
    esac
    shift
done

say() { printf 'gpu.sh: %s\n' "$*" >&2; }

# step NAME COMMAND...: runs the command, and copies its output to NAME.txt.
step() {
    name=$1
    shift
    say "$name: $*"
    { "$@" 2>&1 || echo "exit status $?"; } | tee "$results/$name.txt"
    if tail -n 1 "$results/$name.txt" | grep -q '^exit status'; then failed="$failed $name"; fi
}

# has PYTHON MODULE EXPRESSION: whether this Python has the module and the expression is true.
has() { "$1" -c "import $2; assert $3" >/dev/null 2>&1; }

./run.sh test -N >/dev/null || exit 1
results=$root/bench/results/gpu-$(date +%Y-%m-%d-%H%M)-$(git describe --always --dirty 2>/dev/null || echo unknown)
mkdir -p "$results" || exit 1
program=$root/build/fmnist-cl
FMNIST_CACHE=$results/cache
export FMNIST_CACHE

step devices "$program" devices
numbers=$("$program" devices --json |
    python3 -c 'import json,sys; print(*(d["number"] for d in json.load(sys.stdin)["devices"] if d["type"] != "reference"))')
tests='^(backend|nn|check|train)/'
[ -z "$short" ] || tests='^backend/batch$'
for number in $numbers; do
    step "tests-$number" env FM_TEST_DEVICE="$number" FM_CHOICES=1 ctest --test-dir build --output-on-failure -R "$tests"
done
step check "$program" devices --check
# shellcheck disable=SC2046
step tune "$program" tune --device "$device" $([ -z "$short" ] || echo --seconds 5)
for network in 20 512,512 2048,2048 256,256,256,256,256,256,256,256; do
    [ -z "$short" ] || break
    step "tune-$network" "$program" tune --device "$device" --hidden $network
done
for batch in 1 8 32 1000; do
    [ -z "$short" ] || break
    step "tune-batch-$batch" "$program" tune --device "$device" --batch-size $batch
done
# shellcheck disable=SC2046
step bench "$program" bench --device all $([ -z "$short" ] || echo --max-steps 5 --epochs 1)
for batch in 1 8 1024; do
    [ -z "$short" ] || break
    step "bench-$batch" "$program" bench --batch-size $batch --no-reference
done
rm -rf build/gpu-run
# shellcheck disable=SC2046
step profile "$program" train --profile --device "$device" --run build/gpu-run --epochs 1 \
    $([ -z "$short" ] || echo --max-steps 5)

# PyTorch's packages include CUDA; JAX's only on request.
own=build/gpu-python/bin/python
if [ -z "$python$short" ] && command -v nvidia-smi >/dev/null && [ ! -e build/gpu-python/done ]; then
    say "setting up PyTorch and JAX for CUDA in build/gpu-python (some minutes, once)"
    python3 -m venv --clear build/gpu-python &&
        $own -m pip install -q -r bench/requirements.txt "$(sed -n 's/^jax==/jax[cuda13]==/p' bench/requirements.txt)" &&
        : >build/gpu-python/done
fi
only=fmnist-cl
for candidate in "$python" $own bench/.venv/bin/python python3; do
    [ -n "$candidate" ] || continue
    has "$candidate" torch 'torch.cuda.is_available()' && only="$only,PyTorch CUDA,PyTorch CUDA graph"
    has "$candidate" jax "jax.default_backend() == 'gpu'" && only="$only,JAX CUDA"
    [ "$only" = fmnist-cl ] || break
done
if [ "$only" = fmnist-cl ]; then
    say "race skipped: found no Python with PyTorch or JAX for CUDA; name one with --python"
else
    step race bench/race.py --python "$candidate" --device "$device" --only "$only" --results "$results"
fi

say "results: $results"
[ -z "$failed" ] || { say "failed:$failed" && exit 1; }
