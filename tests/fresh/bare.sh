# For the scripts of this folder: a new minimal Debian in $bare, and commands in it. Source it as root, in a
# mount namespace of its own (unshare --mount), with $suite set.
work=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
bare=$work/debian
clean_up() {
    umount -R "$bare/proc" "$bare/dev" "$bare/sys" 2>/dev/null
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

passed=0 failed=0
# step NAME COMMAND...
step() {
    local name=$1 start=$SECONDS verdict=passed
    shift
    echo "==== $name"
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) verdict=FAILED; fi
    echo "==== $name: $verdict, $((SECONDS - start)) s"
}

# ---- The bare system ----------------------------------------------------------------------------

mirror() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(SITE)' 'Identifier: Packages' 'Component: main' \
        'Label: Debian' | head -n 1
}

make_bare() {
    local site
    site=$(mirror)
    [ -n "$site" ] || { apt-get update -q >/dev/null && site=$(mirror); }
    [ -n "$site" ] || { echo "this machine's apt knows no Debian archive"; return 1; }
    if ! command -v debootstrap >/dev/null; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends debootstrap >/dev/null || return 1
    fi
    debootstrap --variant=minbase "$suite" "$bare" "$site" >"$work/debootstrap.log" 2>&1 ||
        { tail -n 20 "$work/debootstrap.log"; return 1; }
    # This machine's access to the archive: proxy, name server, certificates.
    apt-config dump | grep -E '^Acquire::(https?|Check)' >"$bare/etc/apt/apt.conf.d/99-this-machine"
    cp -L /etc/resolv.conf /etc/hosts "$bare/etc/"
    if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
        mkdir -p "$bare/etc/ssl/certs"
        cp -L /etc/ssl/certs/ca-certificates.crt "$bare/etc/ssl/certs/"
    fi
    mount -t proc proc "$bare/proc" && mount --rbind /dev "$bare/dev" && mount --rbind /sys "$bare/sys"
}

# inside USER SCRIPT: runs the script in the new system, in that user's clone if there is one.
inside() {
    local home=/root
    [ "$1" = root ] || home=/home/$1
    chroot "$bare" /usr/bin/env -i HOME="$home" PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb \
        su "$1" -s /bin/bash -c "cd $home; [ ! -d fmnist-cl ] || cd fmnist-cl; $2" </dev/null
}

# Prints how many steps passed and failed; the exit status of the script.
summary() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}
