#!/bin/sh
# Downloads Fashion-MNIST's four files into a folder (data/fashion-mnist when none is named):
#   data/fetch.sh [FOLDER]
# $FMNIST_URL names another place that has them. A download that was cut is resumed from its
# NAME.part; a file gets its name only when it is whole and its SHA-256 is that in SHA256SUMS.
set -u

here=$(CDPATH='' cd "$(dirname "$0")" && pwd) || exit 1
folder=${1:-$here/fashion-mnist}
base=${FMNIST_URL:-http://fashion-mnist.s3-website.eu-central-1.amazonaws.com}
sums=$here/SHA256SUMS
tries=3 # connections for one file, as long as each brings it further

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

# The downloaders go on where $part ends. They return 0 when the server says that was all, 1 when
# the connection failed or broke, 2 when the server refused, 3 when it cannot resume; $why says more.
download_curl() {
    message=$(curl -fL -sS --connect-timeout 20 --speed-limit 1 --speed-time 60 -C - -o "$part" \
        --url "$1" 2>&1)
    status=$?
    why=${message#curl: (*) }
    case $status in
    0) return 0 ;;
    33) return 3 ;; # the server answers the whole file to a request for its end
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

# whole URL: brings $part to its end, over several connections if the first is cut.
whole() {
    try=1
    while :; do
        before=$(size "$part")
        "download_$tool" "$1"
        case $? in
        0) return 0 ;;
        2) die "$1: the server says: $why" ;;
        3) rm -f "$part" ;;
        esac
        after=$(size "$part")
        if [ "$try" -ge "$tries" ] || [ "$after" = "$before" ]; then
            die "$1: $why ($after bytes are kept in $part; run this again to go on)"
        fi
        try=$((try + 1))
        say "$name: $why; going on from byte $after"
    done
}

# fetch NAME SUM
fetch() {
    name=$1
    part=$folder/$name.part
    if [ -e "$folder/$name" ]; then
        [ "$(sha256 "$folder/$name")" != "$2" ] || return 0
        say "$folder/$name is not the file it should be; fetching it anew"
    fi
    resumed=no
    if [ -s "$part" ]; then
        resumed=yes
        say "$name: going on from byte $(size "$part")"
    else
        say "$name: fetching $base/$name"
    fi
    if [ "$resumed" = no ] || [ "$(sha256 "$part")" != "$2" ]; then
        whole "$base/$name"
    fi
    found=$(sha256 "$part")
    if [ "$found" != "$2" ] && [ "$resumed" = yes ]; then
        say "$name: the part that was there does not belong to it; fetching it anew"
        rm -f "$part"
        whole "$base/$name"
        found=$(sha256 "$part")
    fi
    if [ "$found" != "$2" ]; then
        rm -f "$part"
        die "$base/$name is not the file it should be: SHA-256 $found, expected $2"
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
