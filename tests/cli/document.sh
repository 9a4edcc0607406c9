# Functions that check_readme.sh and check_study_walk.sh source. They run the commands of a document in
# an empty folder with the program in BUILD. Additional options shorten what would take long: a
# training to a few steps, experiments and the study to one seed and a small data set. `./run.sh test`
# is skipped, because this is part of it.
#   document_open SOURCE BUILD    exits with 77 if the data set or a device is missing
#   document_run FILE LEAST       runs the ```sh blocks of FILE in order; at least LEAST commands
#   document_options FILE OTHER   checks that each option in FILE is in the help of some command, or
#                                 in OTHER: options of other programs
# After an error, $status is 1.
status=0
complain() {
    echo "$*"
    status=1
}

document_open() {
    source=$1
    program=$2/fmnist-cl
    work=$(mktemp -d) || exit 1
    trap 'rm -rf "$work"' EXIT
    cd "$work" || exit 1
    local probe
    probe=$("$program" train --device reference --epochs 0 --hidden none --run "$work/probe" 2>&1) || {
        echo "$probe"
        grep -q 'dataset-fashion-mnist' <<<"$probe" || exit 1
        echo "skipped: the data set is missing"
        exit 77
    }
    "$program" devices --json | grep -q '"default": [0-9]' || {
        echo "skipped: there is no OpenCL device to run the commands on"
        exit 77
    }
    document_small_data "$work/small"
    cat >run.sh <<END
#!/bin/sh
case \$1 in
test) exit 0 ;;
train) exec "$program" "\$@" --max-steps 20 ;;
bench) exec "$program" "\$@" --max-steps 2 --epochs 1 ;;
tune) exec "$program" "\$@" --seconds 0 ;;
explore) FMNIST_DATA="$work/small" exec "$program" "\$@" --seeds 1 --max-steps 20 ;;
study) FMNIST_DATA="$work/small" exec "$program" "\$@" --quick --seeds 1 ;;
esac
exec "$program" "\$@"
END
    chmod +x run.sh
}

# A band of white pixels for each label, 1 to 9 and 0.
document_ten_images() {
    local label
    for label in 1 2 3 4 5 6 7 8 9 0; do
        head -c $((label * 78)) /dev/zero
        head -c 78 /dev/zero | tr '\0' '\377'
        head -c $((706 - label * 78)) /dev/zero
    done
}

# Writes a data set of 1300 training images, enough for a batch of 1024, and 50 test images. They are
# easy to learn, because nothing is chosen among networks that guess.
document_small_data() {
    mkdir "$1"
    local name count size i
    for name in train t10k; do
        if [ $name = train ]; then count=1300 size='\005\024'; else count=50 size='\000\062'; fi
        {
            printf "\\0\\0\\010\\003\\0\\0$size\\0\\0\\0\\034\\0\\0\\0\\034"
            for ((i = 0; i < count; i += 10)); do document_ten_images; done
        } >"$1/$name-images-idx3-ubyte"
        {
            printf "\\0\\0\\010\\001\\0\\0$size"
            yes $'\1\2\3\4\5\6\7\b\t' | head -c $count | tr '\n' '\0'
        } >"$1/$name-labels-idx1-ubyte"
    done
}

# The output of a block's commands goes to the file `printed`. `show` prints the same on every machine,
# so after a block of `show` commands each line of the document's output block must be in that file.
document_run() {
    local line at=text comparable='' count=0
    : >printed
    while IFS= read -r line; do
        case $at:$line in
        'text:```sh')
            at=commands comparable=yes
            : >printed
            ;;
        'text:```') at=output ;;
        'text:```'*) at=other ;;
        *:'```')
            [ $at = commands ] || comparable=''
            at=text
            ;;
        commands:*)
            count=$((count + 1))
            [[ $line == './run.sh show'* ]] || comparable=''
            bash -c "$line" >out 2>err </dev/null || {
                complain "fails with status $?: $line"
                cat err
            }
            cat out >>printed
            ;;
        output:...) ;;
        output:*)
            [ -z "$comparable" ] || sed 's/ *$//' printed | grep -qxF -e "${line%"${line##*[! ]}"}" ||
                complain "$1: show does not print: $line"
            ;;
        esac
    done <"$source/$1"
    [ $count -ge "$2" ] || complain "$1: $count commands were found, not $2"
}

document_options() {
    local command option
    for command in $("$program" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
        "$program" "$command" --help
    done >help
    grep -q -- --worst help || complain "the commands' help was not found"
    for option in $(grep -oE '(^|[ `(])--[a-z][a-z0-9-]+' "$source/$1" | grep -oE -- '--.*' | sort -u); do
        [[ " $2 " == *" $option "* ]] || grep -qE -- "$option( |,|$)" help ||
            complain "$1 names $option, which no command has"
    done
}
