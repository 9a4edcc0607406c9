#!/bin/bash
# Folders depend only downwards: a file in src/FOLDER includes headers of its own folder and of those
# before it in the list in src/CMakeLists.txt. Only src/cl calls OpenCL (and tests/cl, tests/support and
# tests/faults), so that all calls are checked in the same way.
set -u
cd "$1" || exit 1
status=0
complain() {
    echo "$*"
    status=1
}

read -ra folders <<<"$(sed -n 's/^set(folders \(.*\))$/\1/p' src/CMakeLists.txt) cli"
[ ${#folders[@]} -gt 1 ] || complain "src/CMakeLists.txt: no line set(folders ...)"
declare -A place
for i in "${!folders[@]}"; do place[${folders[i]}]=$i; done

for folder in src/*/; do
    folder=$(basename "$folder")
    [ -n "${place[$folder]:-}" ] || complain "src/$folder: not in the list of folders in src/CMakeLists.txt"
done

while IFS=: read -r file line text; do
    from=${file#src/} from=${from%%/*}
    to=${text#*\"} to=${to%%/*}
    [ "$to" != .. ] || complain "$file:$line: name the folder from src on: $text"
    [ -n "${place[$to]:-}" ] || continue # the public headers, and those made from kernels
    [ "${place[$to]}" -le "${place[$from]:-0}" ] || complain "$file:$line: $from is below $to: $text"
done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' src/*/*.[ch] src/*/*/*.[ch])

calls=$(grep -rnE --include='*.[ch]' --exclude-dir=.venv '\bcl[A-Z][A-Za-z]*[[:space:]]*\(' src tests bench 2>/dev/null |
    grep -vE '^(src/cl|tests/cl|tests/support|tests/faults)/')
[ -z "$calls" ] || complain "OpenCL called outside src/cl:
$calls"

exit $status
