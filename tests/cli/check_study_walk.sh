#!/bin/bash
# Every command in docs/study.md runs, every option it names exists, and so do its pictures.
set -u
. "$1/tests/cli/document.sh"
document_open "$1" "$2"
document_run docs/study.md 20
document_options docs/study.md ''
for picture in $(grep -oE '\]\([a-z0-9-]+\.png\)' "$source/docs/study.md" | tr -d '()]'); do
    [ -s "$source/docs/$picture" ] || complain "docs/study.md shows docs/$picture, which is not there"
done
exit $status
