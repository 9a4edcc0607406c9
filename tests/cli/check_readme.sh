#!/bin/bash
# Every command in README.md runs, and every option it names exists.
set -u
. "$1/tests/cli/document.sh"
document_open "$1" "$2"
document_run README.md 32
document_options README.md '--preset --build --test-dir --install --logdir --torch'
exit $status
