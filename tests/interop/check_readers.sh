#!/bin/bash
# Other programs read our files, and we read theirs (readers.py). setup.sh installs what it needs.
set -u
source=$1 build=$2
python=$source/tests/interop/.venv/bin/python
[ -x "$python" ] || {
    echo "skipped: the other programs are not installed; run tests/interop/setup.sh"
    exit 77
}
"$python" "$source/tests/interop/readers.py" "$build/fmnist-cl"
