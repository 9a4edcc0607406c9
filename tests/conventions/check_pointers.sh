#!/bin/bash
# Every file and every fm_... or FM_... that a document or a comment names exists, and every link of a
# document leads to a file. A path may leave out its first folders: graph/graph.h, phases.cl.
# Placeholders are in capitals (test_NAME.c) or x (x.c).
set -u
export LC_ALL=C
cd "$1" || exit 1
status=0
complain() {
    echo "$*"
    status=1
}

files=$(find ./*.md run.sh CMakeLists.txt .ci include examples src kernels tests bench data docs cmake -type f \
    -not -path '*/.venv/*' | sed 's|^\./||')
declare -A exists=([kernels.h]=1 [build_info.h]=1 [cl_icd.h]=1) # generated; the ICD loader's
while read -r file; do
    exists[$file]=1
    while [[ $file == */* ]]; do
        file=${file#*/}
        exists[$file]=1
    done
done <<<"$files"

# Everything but comments.
while read -r name; do
    exists[$name]=1
done < <({
    grep -E '\.([ch]|cl)$' <<<"$files" | xargs sed -E '/^ \*/d; s|/\*.*||; s|//.*||'
    grep -E '\.(sh|cmake|txt)$' <<<"$files" | xargs cat
} | grep -oE '\b(fm|FM)_[[:alnum:]_]+' | sort -u)

# A document, or a file's comments.
prose() {
    case $1 in
    *.md) cat "$1" ;;
    *.[ch] | *.cl) grep -E '^ *\*|/\*|//' "$1" ;;
    *.sh | *.py | *.cmake | */run | *CMakeLists.txt) sed -nE 's/(^|.* )# /# /p' "$1" ;;
    esac
}

count=0
while read -r file; do
    text=$(prose "$file")
    [ -n "$text" ] || continue
    for name in $(grep -oE '(^|[^][:alnum:]_<>/.$*{}-])[][:alnum:]_./-]*[[:alnum:]_]\.(c|h|cl|sh|py|md)\b' <<<"$text" |
        sed -E 's/^[^[:alnum:]_.]//; s|^\./||'; grep -oE '\b(fm|FM)_[[:alnum:]_]+' <<<"$text"); do
        count=$((count + 1))
        case $name in
        ../* | x[._]* | */x.* | *_) continue ;;
        *NAME* | *PART* | *FILE* | *PROGRAM* | *OUTPUT* | *FOLDER*) continue ;;
        esac
        [ -n "${exists[$name]:-}" ] || complain "$file names $name, which does not exist"
    done
    [[ $file == *.md ]] || continue
    for link in $(grep -oE '\]\([^)# ]+' <<<"$text" | cut -c 3- | grep -v '^https\?:'); do
        [ -e "$(dirname "$file")/$link" ] || complain "$file links to $link, which does not exist"
    done
done < <(grep -vE '^(bench/results|tests/bench)/' <<<"$files") # data
[ $count -gt 1000 ] || complain "found only $count names"
exit $status
