#!/bin/sh
# Test accuracy of the base model after 10 epochs with seeds 0, 1 and 2, and its mean. The target is a
# mean of 87.0 to 88.5 %; otherwise the exit status is 1.
#   bench/accuracy.sh [--reference] [--epochs N] [OPTIONS OF TRAIN]
# Runs on device 0; with --reference also on the reference (minutes per seed).
set -eu
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac

root=$(CDPATH='' cd "$(dirname "$0")/.." && pwd)
devices=0
epochs=10
while [ $# -gt 0 ]; do
    case $1 in
    --reference) devices='0 reference' ;;
    --epochs)
        epochs=$2
        shift
        ;;
    *) break ;;
    esac
    shift
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

status=0
for device in $devices; do
    : >"$folder/accuracies"
    for seed in 0 1 2; do
        "$root/run.sh" train --json -q --device "$device" --seed "$seed" --epochs "$epochs" \
            --run "$folder/$device-$seed" "$@" >"$folder/result.json"
        python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["test"]["accuracy"])' \
            "$folder/result.json" >>"$folder/accuracies"
        printf 'device %s, seed %s: %s\n' "$device" "$seed" "$(tail -n 1 "$folder/accuracies")"
    done
    awk -v device="$device" '
        { sum += $1 }
        END {
            mean = 100 * sum / NR
            inside = mean >= 87.0 && mean <= 88.5
            printf "device %s, mean of %d: %.2f %%, %s 87.0 to 88.5 %%\n", device, NR, mean,
                inside ? "within" : "OUTSIDE"
            exit !inside
        }' "$folder/accuracies" || status=1
done
exit $status
