#!/bin/bash
# Runs every command in README.md's ```sh blocks, in order, in an empty folder, against the program
# that was built. Trainings are cut to a few steps; `./run.sh test` is left out: this is that; and
# so is `study`, which tests/cli/test_study.c runs.
# Also: every option that README.md names is one that some command's help lists.
set -u
source=$1
program=$2/fmnist-cl
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0
complain() {
    echo "$*"
    status=1
}

probe=$("$program" train --device reference --epochs 0 --hidden none --run "$work/probe" 2>&1) || {
    echo "$probe"
    grep -q 'dataset-fashion-mnist' <<<"$probe" || exit 1
    echo "skipped: the data set is not here"
    exit 0
}
"$program" devices --json | grep -q '"default": [0-9]' || {
    echo "skipped: there is no OpenCL device to run the commands on"
    exit 0
}

cat >"$work/run.sh" <<END
#!/bin/sh
case \$1 in
test) exit 0 ;;
train | explore) exec "$program" "\$@" --max-steps 20 ;;
study) exit 0 ;;
bench) exec "$program" "\$@" --max-steps 2 --epochs 1 ;;
esac
exec "$program" "\$@"
END
chmod +x "$work/run.sh"

commands=$(sed -n '/^```sh$/,/^```$/p' "$source/README.md" | grep -v '^```')
[ "$(grep -c '^\./run.sh ' <<<"$commands")" -ge 8 ] || complain "README.md: its commands were not found"
cd "$work" || exit 1
while IFS= read -r command; do
    bash -c "$command" >out 2>err </dev/null || {
        complain "fails with status $?: $command"
        cat err
    }
done <<<"$commands"

for command in devices show train eval predict explore study bench export; do
    "$program" "$command" --help
done >help
for option in $(grep -oE '(^|[ `(])--[a-z][a-z0-9-]+' "$source/README.md" | grep -oE -- '--.*' | sort -u); do
    case $option in
    --preset | --build | --test-dir | --install | --logdir | --torch) ;; # of other programs
    *) grep -qE -- "$option( |,|$)" help || complain "README.md names $option, which no command has" ;;
    esac
done
exit $status
