#!/bin/sh
# Downloads the four files of Fashion-MNIST to a folder (default: data/fashion-mnist):
#   data/fetch.sh [FOLDER]
# $FMNIST_URL is the address of a mirror. An interrupted download is resumed from NAME.part. A file
# gets its final name only after its SHA-256 matches SHA256SUMS.
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac

here=$(CDPATH='' cd "$(dirname "$0")" && pwd) || exit 1
folder=${1:-$here/fashion-mnist}
base=${FMNIST_URL:-http://fashion-mnist.s3-website.eu-central-1.amazonaws.com}
sums=$here/SHA256SUMS
tries=3 # connections per file, if each of them makes progress

say() { printf 'fetch.sh: %s\n' "$*" >&2; }
die() {
    say "$@"
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

sha256() {
    if have sha256sum; then
        sha256sum <"$1"
    elif have shasum; then
        shasum -a 256 <"$1"
    else
        openssl dgst -sha256 -r <"$1"
    fi | cut -c 1-64
}

size() { [ -e "$1" ] && wc -c <"$1" | tr -d ' ' || echo 0; }

# The downloaders continue at the end of $part. They return 0 when the file is complete, 1 when the
# connection failed, 2 when the server refused, 3 when it cannot resume; $why is the reason.
download_curl() {
    message=$(curl -fL -sS --connect-timeout 20 --speed-limit 1 --speed-time 60 -C - -o "$part" \
        --url "$1" 2>&1)
    status=$?
    why=${message#curl: (*) }
    case $status in
    0) return 0 ;;
    33) return 3 ;; # the server ignores byte ranges and sends the whole file
    22) case $message in *416*) return 3 ;; *) return 2 ;; esac ;;
    23) die "cannot write $part: $why" ;;
    *) return 1 ;;
    esac
}

download_wget() {
    message=$(LC_ALL=C wget -c -nv -T 60 -t 1 -O "$part" "$1" 2>&1)
    status=$?
    why=$(printf '%s\n' "$message" | sed -n '$s/^.*ERROR //p')
    why=${why:-$(printf '%s\n' "$message" | tail -n 1)}
    case $status in
    0) return 0 ;;
    3) die "cannot write $part: $why" ;;
    8) case $message in *416*) return 3 ;; *) return 2 ;; esac ;;
    *) return 1 ;;
    esac
}

# download URL: completes $part, with several connections if one breaks.
download() {
    try=1
    while :; do
        before=$(size "$part")
        "download_$tool" "$1"
        case $? in
        0) return 0 ;;
        2) die "$1: the server refused: $why" ;;
        3) rm -f "$part" ;;
        esac
        after=$(size "$part")
        if [ "$try" -ge "$tries" ] || [ "$after" = "$before" ]; then
            die "$1: $why ($after bytes are kept in $part; run this again to resume)"
        fi
        try=$((try + 1))
        say "$name: $why; resuming at byte $after"
    done
}

# fetch NAME SUM
fetch() {
    name=$1
    part=$folder/$name.part
    if [ -e "$folder/$name" ]; then
        [ "$(sha256 "$folder/$name")" != "$2" ] || return 0
        say "$folder/$name has a wrong SHA-256; downloading it again"
    fi
    resumed=no
    if [ -s "$part" ]; then
        resumed=yes
        say "$name: resuming at byte $(size "$part")"
    else
        say "$name: downloading $base/$name"
    fi
    if [ "$resumed" = no ] || [ "$(sha256 "$part")" != "$2" ]; then
        download "$base/$name"
    fi
    found=$(sha256 "$part")
    if [ "$found" != "$2" ] && [ "$resumed" = yes ]; then
        say "$name: the resumed download has a wrong SHA-256; downloading it again"
        rm -f "$part"
        download "$base/$name"
        found=$(sha256 "$part")
    fi
    if [ "$found" != "$2" ]; then
        rm -f "$part"
        die "$base/$name has SHA-256 $found; expected $2"
    fi
    mv -f "$part" "$folder/$name" || die "cannot write $folder/$name"
}

base=${base%/}
case $base in
*://*) ;;
*) die "FMNIST_URL is '$base': expected something like http://host/folder" ;;
esac
if have curl; then
    tool=curl
elif have wget; then
    tool=wget
else
    die "needs curl or wget; please install one of them (apt-get install curl)"
fi
[ -r "$sums" ] || die "cannot read $sums"
mkdir -p "$folder" || die "cannot write to $folder"
[ -w "$folder" ] || die "cannot write to $folder"

while read -r sum name; do
    fetch "$name" "$sum"
done <"$sums"
say "the data set is in $folder"
