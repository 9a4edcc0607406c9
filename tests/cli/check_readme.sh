#!/bin/bash
# README.md's commands run, and its options are the program's.
set -u
. "$1/tests/cli/document.sh"
document_open "$1" "$2"
document_run README.md 8
document_options README.md '--preset --build --test-dir --install --logdir --torch'
exit $status
