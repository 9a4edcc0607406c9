#!/bin/bash
# Tests the Debian packages: builds them, checks them with lintian, installs them into a new minimal Debian,
# trains there without the source tree, builds a second program against the library, and removes them.
#   tests/fresh/package.sh [SUITE]     default: bookworm; needs root, debootstrap and about 3 GB in TMPDIR
set -u
case ${1:-} in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" && exit ;; esac
suite=${1:-bookworm}
[ "$(id -u)" = 0 ] || { echo "needs root: debootstrap and chroot"; exit 2; }
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Mounts are private to this process, and disappear with it.
if [ "${FM_FRESH_UNSHARED:-}" != yes ]; then
    FM_FRESH_UNSHARED=yes exec unshare --mount "$0" "$@"
fi
# shellcheck source=tests/fresh/bare.sh
. "$repository/tests/fresh/bare.sh"
packages=$repository/build-deb

build_packages() {
    (
        cd "$repository" && cmake --preset deb && cmake --build --preset deb --parallel "$(nproc)" &&
            cd "$packages" && rm -f ./*.deb && cpack
    ) >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log"; return 1; }
}

# The project has no address for mail yet; FM_MAINTAINER sets one.
lint() {
    command -v lintian >/dev/null || { echo "lintian is not installed"; return 1; }
    lintian --allow-root --fail-on error --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog \
        "$packages"/*.deb
}

installs() {
    mkdir "$bare/packages" && cp "$packages"/*.deb "$bare/packages/" &&
        inside root 'export DEBIAN_FRONTEND=noninteractive; { apt-get update && apt-get install -y /packages/*.deb; } >log 2>&1 ||
            { tail -n 20 log; exit 1; }'
}

trains() {
    inside root 'fmnist-cl train --device 0 --epochs 1 --run run && fmnist-cl eval run && ls run/metrics.json'
}

builds_a_program() {
    cp "$repository/tests/conventions/second_program.c" "$bare/root/"
    inside root 'DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends gcc libc6-dev pkg-config >log 2>&1
        gcc second_program.c -o second $(pkg-config --cflags --libs fmnist_cl) && ./second'
}

leaves_nothing() {
    inside root 'DEBIAN_FRONTEND=noninteractive apt-get purge -y fmnist-cl libfmnist-cl0.1 libfmnist-cl-dev >log 2>&1
        find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /root -o -path /packages \) -prune -o \
            -iname "*fmnist*cl*" -print' | tee "$work/left"
    [ ! -s "$work/left" ]
}

step "packages" build_packages
step "lintian" lint
[ "$failed" != 0 ] || step "bare $suite" make_bare
if [ "$failed" = 0 ]; then
    step "apt-get install" installs
    step "train and eval" trains
    step "a second program" builds_a_program
    step "apt-get purge" leaves_nothing
fi
summary
