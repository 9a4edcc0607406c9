#!/bin/bash
# Tests the first steps on a new machine: creates a minimal Debian with debootstrap from this machine's apt
# sources, clones the repository's last commit into it, and runs the commands of a new user there.
#   tests/fresh/run.sh [SUITE]     default: bookworm; needs root and about 3 GB in TMPDIR
# Not part of the test suite: it takes minutes and downloads hundreds of megabytes.
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

make_newcomer() {
    inside root 'useradd --create-home newcomer'
    git clone -q "$repository" "$bare/root/fmnist-cl" || return 1
    cp -r "$bare/root/fmnist-cl" "$bare/home/newcomer/" && inside root 'chown -R newcomer: /home/newcomer'
}

# ---- What a newcomer runs -----------------------------------------------------------------------

# Without root and sudo, run.sh prints the names of the missing packages and exits.
names_packages() {
    inside newcomer './run.sh devices' 2>"$work/said" && { echo "continued without a compiler"; return 1; }
    cat "$work/said"
    grep -q 'please install:.* gcc .*libclblast-dev' "$work/said"
}

trains() { inside root './run.sh train --device 0' && ls "$bare/root/fmnist-cl/runs"/*/metrics.json; }

# On the second start run.sh has nothing to do and prints nothing; shows the seconds that it adds to the
# program's own.
second_start() {
    inside root 'TIMEFORMAT=%R; for i in 1 2 3; do
        echo "run.sh and program; only the program:"; time ./run.sh --version; time build/fmnist-cl --version
        done' 2>&1 | tee "$work/said"
    ! grep -q '^run.sh:' "$work/said"
}

# Without root and sudo, but with the packages installed, it builds and runs.
goes_on() { inside newcomer './run.sh devices'; }

# With sudo, it installs what the tests need, and they pass.
suite_passes() {
    inside root 'DEBIAN_FRONTEND=noninteractive apt-get install -y -q sudo >/dev/null 2>&1' &&
        echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >"$bare/etc/sudoers.d/newcomer" &&
        inside newcomer './run.sh test'
}

step "bare $suite" make_bare
step "a user and a clone" make_newcomer
if [ "$failed" = 0 ]; then
    step "not root, packages missing" names_packages
    step "run.sh train --device 0" trains
    step "second start" second_start
    step "not root, packages there" goes_on
    step "run.sh test, not root, with sudo" suite_passes
fi
summary
