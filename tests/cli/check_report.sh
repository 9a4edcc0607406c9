#!/bin/bash
# Checks report.html as a whole: it is well-formed XML and HTML, needs no other file, whatever the files
# are called, and its command trains the same weights again. With Chromium, if that is installed: the
# console stays empty, and nothing is wider than the page, on a phone and on a desktop, in light and dark
# mode.
set -u
source=$1
program=$2/fmnist-cl
command -v python3 >/dev/null || {
    echo "python3 is not installed: skipped"
    exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export HOME=$work # for what Chromium keeps
status=0
complain() {
    echo "$*"
    status=1
}

# What a careless page would take for markup, and a careless command for several words.
data="data <b>&amp; \"it's\" \$(id)"
run=$'run <script>alert(1)&\'\n"x" %n%s'
cd "$work" || exit 1
python3 "$source/tests/cli/report_data.py" "$data" || exit 1

train() { "$program" train -q "$@" >out 2>err || { cat err; exit 1; }; }
small=(--device reference --data "$data" --hidden 8,8 --epochs 3 --batch-size 32)
train "${small[@]}" --run "$run" --optimizer sgd --momentum 0.9 --nesterov --lr 0.01 --seed 7 \
    --dropout 0.1,0.3
train "${small[@]}" --run again --init "$run/best.safetensors" --val-fraction 0 --weight-decay 1e-3 \
    --no-shuffle --max-steps 17 --loss mse --activation relu
train --device reference --data "$data" --hidden none --epochs 0 --run nothing
PATH=$work/empty "$program" train -q "${small[@]}" --run plain >out 2>err || complain "fails without gnuplot: $(cat err)"

for folder in "$run" again nothing plain; do
    python3 "$source/tests/cli/report_check.py" "$folder/report.html" || complain "$folder/report.html is not sound"
done
plots=$(grep -c 'data:image/svg+xml' "$run/report.html")
if command -v gnuplot >/dev/null; then
    [ "$plots" = 2 ] || complain "$plots plots, not 2"
    grep -q 'Plots are missing' "$run/report.html" && complain "gnuplot is here, and plots are missing"
fi
grep -q 'Plots are missing: gnuplot.*gnuplot-nox' plain/report.html ||
    complain "without gnuplot the report does not say what to install"

# The command of the report, as a shell reads it, ends with the same bytes.
for folder in "$run" again; do
    command=$(python3 "$source/tests/cli/report_check.py" --command "$folder/report.html")
    (
        fmnist-cl() { "$program" "$@"; }
        eval "$command --run repeated -q"
    ) >out 2>&1 || complain "the command does not run: $command: $(cat out)"
    cmp "$folder/last.safetensors" repeated/last.safetensors || complain "another network: $command"
    rm -r repeated
done

# ---- Of experiments and of a study ----

explored=$'<b>&"x\n\'explored'
"$program" explore layers --values 1,2 --seeds 2 "${small[@]:0:4}" --hidden 8 --epochs 2 --run "$explored" -q \
    >out 2>err || complain "explore: $(cat err)"
# 1,300 images: batches of 1,024 must be possible.
python3 "$source/tests/cli/report_data.py" larger 1300 || exit 1
mv larger "larger $data"
study=(study --quick --seeds 1 --data "larger $data" --run studied -q)
"$program" "${study[@]}" >out 2>err || complain "study: $(cat err)"
for folder in "$explored" studied; do
    python3 "$source/tests/cli/report_check.py" "$folder/report.html" || complain "$folder/report.html is not sound"
done
has() { grep -q -- "$2" "$1/report.html" || complain "$1/report.html does not say: $2"; }
has "$explored" 'Best: layers'
has "$explored" 'fmnist-cl explore layers --values 1,2'
# What was varied is not among what was held fixed.
has "$explored" '8 in each hidden layer'
! grep -q '<dt>Network' "$explored/report.html" || complain "a network is said to be held fixed"
for text in 'The worst mistakes' 'Confusion matrix' 'fmnist-cl study --quick'; do
    has studied "$text"
done
[ "$(grep -o 'data:image/png' studied/report.html | wc -l)" = 2 ] || complain "not two pictures"
# The network that the report looks at is the one that was tested; over a finished study nothing is
# trained again.
cp studied/report.html before.html
python3 - <<END || complain "the report is of another network"
import json
shown = open("studied/report.html").read().split("network with the first seed: ")[1].split(" %")[0]
line = open("studied/9-final/journal.jsonl").read().splitlines()[1]
tested = json.loads(line)["test"][1]  # loss, accuracy
assert shown == f"{100 * tested:.2f}", (shown, tested)
END
touch -d '2001-01-01' studied/final.safetensors
"$program" "${study[@]}" >out 2>err || complain "again: $(cat err)"
cmp before.html studied/report.html || complain "the same study makes another report"
[ "$(date -r studied/final.safetensors +%Y)" = 2001 ] || complain "the final network was trained again"
# A network of the same widths that is not the final run's is not used instead.
settings=$(python3 -c '
import json
s = json.loads(open("studied/9-final/journal.jsonl").readline())["settings"]
print("--hidden", s["hidden"], "--activation", s["activation"])')
# shellcheck disable=SC2086
"$program" train $settings --epochs 0 --data "larger $data" --run strange -q >out 2>err || complain "strange: $(cat err)"
cp strange/last.safetensors studied/final.safetensors
"$program" "${study[@]}" >out 2>err || complain "with a strange network: $(cat err)"
cmp before.html studied/report.html || complain "the report is of a strange network"

# ---- In a browser ----

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "Chromium is not installed: the page was not checked in a browser"
    exit $status
}
# The page without its ban on scripts, and with one that opens all that is folded and measures. In a
# frame, since a window cannot be as narrow as a phone.

# visit PAGE SCHEME: what its console shows; 0 is dark, 1 is light.
visit() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --enable-logging=stderr \
        --user-data-dir="$work/profile" --blink-settings="preferredColorScheme=$2" \
        --window-size=1600,1000 --dump-dom "file://$work/$1" 2>log >dom
    grep -q '</html>' dom || complain "the browser shows nothing: $(tail -n 3 log)"
    grep CONSOLE log
}
for folder in "$run" studied; do
    cp "$folder/report.html" page.html
    python3 "$source/tests/cli/report_check.py" --measured page.html >measured.html
    [ -s measured.html ] || complain "no page to measure"
    for scheme in dark light; do
        number=$([ $scheme = light ] && echo 1 || echo 0)
        ! visit page.html "$number" || complain "the console is not empty ($scheme)"
        for width in 390 1400; do
            cat >frame.html <<END
<!DOCTYPE html><html><head><meta name="color-scheme" content="light dark"></head>
<body><iframe src="measured.html" style="width:${width}px;height:900px;border:0"></iframe></body></html>
END
            found=$(visit frame.html "$number")
            grep -q "measured $width of $width, $scheme\"" <<<"$found" || complain "$width, $scheme: $found"
        done
    done
done
exit $status
