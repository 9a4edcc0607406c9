#!/bin/bash
# Checks the race and the growth plots without running them: their Python compiles, and recorded results
# give the tables in race.md and growth.md. Needs only Python.
#   tests/bench/check_race.sh SOURCE_FOLDER
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONPYCACHEPREFIX=$work/cache
status=0
complain() {
    echo "$*"
    status=1
}

command -v python3 >/dev/null || {
    echo "skipped: python3 is not installed"
    exit 77
}
files=("$source"/bench/*.py "$source"/bench/*/*.py)
[ ${#files[@]} -gt 10 ] || complain "only ${#files[@]} files of Python found in bench"
python3 -W error -m py_compile "${files[@]}" || complain "bench has Python that does not compile"

# The module of each contestant exists, and installs what it imports.
for module in pytorch jax scikit_learn tinygrad openblas; do
    [ -e "$source/bench/peers/$module.py" ] || complain "no bench/peers/$module.py"
    grep -q "\"$module\"" "$source/bench/support/contestants.py" || complain "$module does not take part"
done

for name in race growth; do
    "$source/bench/$name.py" --show "$source/tests/bench/$name.json" >"$work/$name.md" ||
        complain "$name.py --show failed"
    diff -u "$source/tests/bench/$name.md" "$work/$name.md" || complain "$name.py makes another table"
    "$source/bench/$name.py" no-such 2>"$work/error"
    [ $? = 2 ] || complain "$name.py no-such: the exit status is not 2"
    grep -q 'no-such' "$work/error" || complain "$name.py no-such does not name it: $(cat "$work/error")"
done

# A single row is a table too; contestants that did not run have no column.
python3 - "$source/tests/bench/race.json" >"$work/one.json" <<'PYTHON'
import json, sys

race = json.load(open(sys.argv[1]))
race["training"] = {"batch-1": race["training"]["batch-1"]}
race["command"] = {}
print(json.dumps(race))
PYTHON
"$source/bench/race.py" --show "$work/one.json" >"$work/one.md" || complain "a race of one row has no table"
grep -q '^| 256,256, 1 |' "$work/one.md" || complain "a race of one row does not show it"
! grep -qE 'tinygrad|whole command|Logits' "$work/one.md" || complain "a race of one row shows what was not run"

sh "$source/bench/gpu.sh" --nonsense >"$work/usage" 2>&1
[ $? = 2 ] && grep -q '^usage: bench/gpu.sh' "$work/usage" || complain "gpu.sh takes what it does not know"

# gnuplot draws the plots as SVG.
if command -v gnuplot >/dev/null; then
    PYTHONPATH=$source/bench python3 - "$source/tests/bench/growth.json" "$work" <<'PYTHON' ||
import json, pathlib, sys

import growth

growth.keep(json.load(open(sys.argv[1])), pathlib.Path(sys.argv[2]))
rounds = [[{"x": 1, "seconds": 2, "peak_bytes": 9}], [{"x": 1, "seconds": 3, "peak_bytes": 8}]]
assert growth.best_of(rounds) == [{"x": 1, "seconds": 2, "peak_bytes": 8}]
PYTHON
        complain "growth.py does not keep its figures"
    for plot in nodes samples; do
        grep -q '</svg>' "$work/$plot.svg" || complain "no plot of $plot"
        grep -q 'seconds per epoch' "$work/$plot.svg" || complain "the plot of $plot has no label"
    done
fi
exit $status
