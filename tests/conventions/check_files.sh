#!/bin/bash
# No source file is longer than 500 lines; src/README.md names every folder, in the order of the
# list in src/CMakeLists.txt.
set -u
cd "$1" || exit 1
status=0
complain() {
    echo "$*"
    status=1
}

count=0
while read -r lines file; do
    [ "$file" != total ] || continue
    count=$((count + 1))
    [ "$lines" -le 500 ] || complain "$file has $lines lines: more than 500"
done < <(find include src kernels tests bench data cmake run.sh .ci -type f \
    \( -name '*.[ch]' -o -name '*.cl' -o -name '*.sh' -o -name '*.py' -o -name '*.cmake' -o -name run \) \
    -not -path '*/.venv/*' -exec wc -l {} + 2>/dev/null)
[ $count -gt 20 ] || complain "only $count source files found"

last=0
for folder in $(sed -n 's/^set(folders \(.*\))$/\1/p' src/CMakeLists.txt) cli; do
    line=$(grep -nE "(^|[^[:alnum:]_/.])(src/)?$folder/?\`" src/README.md | head -n 1 | cut -d : -f 1)
    [ -n "$line" ] || { complain "src/README.md does not name \`$folder\`"; continue; }
    [ "$line" -gt "$last" ] || complain "src/README.md names \`$folder\` before a folder that is below it"
    last=$line
done
exit $status
