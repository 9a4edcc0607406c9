#!/bin/bash
# Files and headers as described in src/README.md: each x.c includes its x.h, no name is used twice, and
# includes form no cycle.
set -u
cd "$1" || exit 1
status=0
complain() {
    echo "$*"
    status=1
}

# Whether FILE includes the header of the name STEM, private or public.
includes() {
    local file=$1 stem=$2 folder=${1%/*}
    folder=${folder#src/}
    { [ -e "src/$folder/$stem.h" ] && grep -q "^#include \"$folder/$stem.h\"" "$file"; } ||
        { [ -e "include/fmnist_cl/$stem.h" ] && grep -q "^#include \"fmnist_cl/$stem.h\"" "$file"; }
}

# Its own header, that of the module of which it is a part, or command.h, which declares the commands.
has_header() {
    local file=$1 stem
    stem=$(basename "$file" .c)
    [ "$file" != src/cli/main.c ] || return 0
    [[ $file != src/cli/* ]] || ! grep -q "^extern const cli_command cli_$stem;" src/cli/command.h || return 0
    while ! includes "$file" "$stem"; do
        [[ $stem == *_* ]] || return 1
        stem=${stem%_*}
    done
}

files=$(find src -name '*.[ch]' | sort)
headers=$(find include src -name '*.h')
[ "$(wc -w <<<"$files")" -gt 100 ] || complain "only $(wc -w <<<"$files") files found in $1/src"

for file in $files; do
    [[ $file != *.c ]] || has_header "$file" || complain "$file: includes no header of its own (src/README.md)"
done

# A file in cli may have the name of the library's file behind it.
# shellcheck disable=SC2086 # no spaces in the names
for name in $(basename -a $files | sort | uniq -d); do
    places=$(grep "/$name$" <<<"$files" | grep -v '^src/cli/')
    [ "$(wc -l <<<"$places")" -eq 1 ] || complain "$name exists twice in src:" $places
done

# A part of a module (x_PART) may include the module's header, even if x.c uses the part.
loops=$(grep -oE '^[[:space:]]*#[[:space:]]*include "[^"]+"' $files $headers |
    sed -nE 's#^(src|include)/(.*)\.[ch]:[^"]*"(.*)\.h"$#\2 \3#p' | awk '$1 != $2 && index($1, $2 "_") != 1' | tsort 2>&1 >/dev/null)
[ -z "$loops" ] || complain "includes form a cycle:
$loops"
exit $status
