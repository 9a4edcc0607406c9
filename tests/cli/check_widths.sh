#!/bin/bash
# Tables, pictures and texts fit terminals of 40, 50 and 80 columns.
set -u
source=$1
command -v python3 >/dev/null || {
    echo "skipped: python3 is not installed"
    exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# shellcheck source=tests/cli/document.sh
. "$source/tests/cli/document.sh"
cd "$work" || exit 1
document_small_data data
FMNIST_CACHE=$work/cache python3 "$source/tests/cli/widths.py" "$2/fmnist-cl" data
