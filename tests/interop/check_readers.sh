#!/bin/bash
# Other programs read our files, and we read theirs (readers.py). Needs what setup.sh installs.
set -u
source=$1 build=$2
python=$source/tests/interop/.venv/bin/python
[ -x "$python" ] || {
    echo "skipped: other programs' readers are not here; tests/interop/setup.sh installs them"
    exit 77
}
"$python" "$source/tests/interop/readers.py" "$build/fmnist-cl"
