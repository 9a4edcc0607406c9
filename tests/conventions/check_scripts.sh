#!/bin/bash
# A clone works on any system, and scripts explain themselves:
#   - with Git's core.autocrlf, as Git for Windows sets it, a clone's text files still end their lines with LF;
#   - --help of every executable script prints how it is called, exits 0 and does nothing else.
set -u
source=$1
cd "$source" || exit 1
git rev-parse --git-dir >/dev/null 2>&1 || {
    echo "skipped: not a git checkout"
    exit 77
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0
complain() {
    echo "$*"
    status=1
}

git -c core.autocrlf=true -c core.eol=crlf checkout-index --all --prefix="$work/clone/" 2>"$work/log" ||
    complain "cannot write out the index: $(head -n 1 "$work/log")"
while IFS= read -r file; do complain "$file: lines end with CR LF in a clone"; done < <(
    grep -rlI $'\r$' "$work/clone" --exclude-dir=seeds | sed "s|^$work/clone/||")

scripts=$(git ls-files -s | sed -n 's/^100755 [^\t]*\t//p' | grep -v -e '^\.ci/' -e '^tests/golden/')
[ "$(echo "$scripts" | wc -l)" -gt 15 ] || complain "only these scripts are executable: $scripts"
mkdir "$work/empty"
for script in $scripts; do
    said=$(cd "$work/empty" && PATH=$PATH timeout 20 "$work/clone/$script" --help 2>&1 </dev/null)
    code=$?
    [ $code = 0 ] || complain "$script --help exits $code"
    case ${said,,} in
    *"${script##*/}"*) ;;
    *) complain "$script --help does not say how it is called: ${said:0:100}" ;;
    esac
done
[ -z "$(ls -A "$work/empty")" ] || complain "--help of a script leaves files"
[ ! -e "$work/clone/build" ] || complain "run.sh --help builds something"
exit $status
