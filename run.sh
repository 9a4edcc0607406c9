#!/bin/sh
# Installs missing system packages, builds fmnist-cl, downloads the data set, and runs fmnist-cl:
#   ./run.sh train --device 0
#   ./run.sh test [CTEST OPTIONS]     prepares the same and runs all tests
# Does only what is necessary: if nothing has changed, it only compares the sources' times.
# Prints each action to stderr. Output of the tools goes to build/run/*.log.
set -u

me=$(readlink -f "$0" 2>/dev/null) || me=$0
root=$(CDPATH='' cd "$(dirname "$me")" && pwd) || exit 1
build=$root/build
state=$build/run # logs, the lock, and a stamp file for each finished action
compiler=${CC:-cc}

say() { printf 'run.sh: %s\n' "$*" >&2; }
die() {
    say "$@"
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# logged NAME COMMAND...: redirects the output to NAME.log; if the command fails, prints the log's end.
logged() {
    log=$state/$1.log
    shift
    "$@" >"$log" 2>&1 </dev/null && return 0
    tail -n 20 "$log" | sed 's/^/    /' >&2
    return 1
}

# ---- System packages ---------------------------------------------------------------------------

# What is needed, its level (must: required; test: required for the tests; may: optional), and its
# packages on Debian and Ubuntu, Fedora, Arch, Homebrew.
needs='
compiler  must gcc,libc6-dev      gcc                gcc     gcc
cmake     must cmake              cmake              cmake   cmake
ninja     must ninja-build        ninja-build        ninja   ninja
pkgconfig must pkg-config         pkgconf-pkg-config pkgconf pkgconf
opencl    must ocl-icd-opencl-dev,opencl-headers ocl-icd-devel,opencl-headers ocl-icd,opencl-headers opencl-icd-loader,opencl-headers
zlib      must zlib1g-dev         zlib-devel         zlib    zlib
nettle    must nettle-dev         nettle-devel       nettle  nettle
jansson   must libjansson-dev     jansson-devel      jansson jansson
libpng    must libpng-dev         libpng-devel       libpng  libpng
freetype2 must libfreetype-dev    freetype-devel     freetype2 freetype
font      must fonts-dejavu-core  dejavu-sans-mono-fonts ttf-dejavu -
protobuf  must libprotobuf-c-dev,protobuf-c-compiler protobuf-c-devel,protobuf-c-compiler protobuf-c protobuf-c
rhash     must librhash-dev       rhash-devel        rhash   rhash
magic     must libmagic-dev      file-devel         file    libmagic
cxx       test g++                gcc-c++            gcc     gcc
cmocka    test libcmocka-dev      libcmocka-devel    cmocka  cmocka
python    test python3            python3            python  python3
curl      test curl               curl               curl    curl
tmux      test tmux               tmux               tmux    tmux
pocl      may  pocl-opencl-icd    pocl               pocl    pocl
clblast   may  libclblast-dev     clblast-devel      clblast clblast
gnuplot   may  gnuplot-nox        gnuplot            gnuplot gnuplot
dataset   may  dataset-fashion-mnist - - -
'

# builds LIBRARY HEADER...: whether a program with these headers and this library compiles and links.
builds() {
    library=$1
    shift
    {
        printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h "$@"
        echo 'int main(void) { return 0; }'
    } | "$compiler" -DCL_TARGET_OPENCL_VERSION=120 -x c - "-l$library" -o "$state/probe" >/dev/null 2>&1
}

cmake_is_new() {
    version=$(cmake --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
    [ "${version% *}" -gt 3 ] 2>/dev/null ||
        { [ "${version% *}" = 3 ] && [ "${version#* }" -ge 22 ]; }
}

# The same search as in CMakeLists.txt.
font_is_there() {
    ls /usr/share/fonts/*/DejaVuSansMono.ttf /usr/share/fonts/*/*/DejaVuSansMono.ttf \
        /usr/share/fonts/*/Menlo.ttc /System/Library/Fonts/Menlo.ttc 2>/dev/null | grep -q .
}

present() {
    case $1 in
    compiler) builds c stdio.h ;;
    cmake) cmake_is_new ;;
    ninja) have ninja || have make ;;
    pkgconfig) have pkg-config ;;
    opencl) builds OpenCL CL/cl.h ;;
    zlib) builds z zlib.h ;;
    nettle | jansson | libpng | freetype2) have pkg-config && pkg-config --exists "$1" ;;
    font) font_is_there ;;
    protobuf)
        have pkg-config && pkg-config --exists libprotobuf-c &&
            { have protoc-c || { have protoc && have protoc-gen-c; }; }
        ;;
    magic) have pkg-config && pkg-config --exists libmagic ;;
    rhash) have pkg-config && pkg-config --exists 'librhash >= 1.4' ;;
    cmocka) builds cmocka cmocka.h ;;
    cxx) have c++ ;;
    python) have python3 ;;
    curl) have curl || have wget ;;
    tmux | gnuplot) have "$1" ;;
    pocl) ls "${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}"/*pocl*.icd >/dev/null 2>&1 ;;
    clblast) builds clblast clblast_c.h ;;
    dataset) data_is_there ;;
    esac
}

# missing LEVEL...: prints the missing needs of these levels.
missing() {
    echo "$needs" | while read -r need level _; do
        case " $* " in *" $level "*) present "$need" || printf '%s ' "$need" ;; esac
    done
}

# packages SYSTEM NEED...: prints the names of their packages on this system.
packages() {
    system=$1
    shift
    echo "$needs" | while read -r need _ debian fedora arch brew; do
        case " $* " in *" $need "*) ;; *) continue ;; esac
        case $system in
        debian) name=$debian ;;
        fedora) name=$fedora ;;
        arch) name=$arch ;;
        brew) name=$brew ;;
        esac
        [ "$name" = - ] || echo "$name" | tr , ' '
    done | tr '\n' ' ' | sed 's/ $//'
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND="${DEBIAN_FRONTEND:-noninteractive}" NEEDRESTART_MODE=a \
        apt-get -o DPkg::Lock::Timeout=300 "$@"
}

# apt_install NEED...: installs what is available. Updates apt's package lists if there are none, and
# if the installation fails, since they may be old.
apt_install() {
    if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
        say "updating apt's package lists"
        logged apt-update apt_get update || say "apt-get update failed; continuing with the old lists"
        updated=yes
    fi
    # shellcheck disable=SC2046
    set -- $(packages debian "$@")
    say "installing with apt: $*"
    logged apt-install apt_get install -y --no-install-recommends "$@" 2>/dev/null && return 0
    if [ "${updated:-}" != yes ]; then
        say "that failed; updating apt's package lists and trying again"
        logged apt-update apt_get update || say "apt-get update failed; continuing with the old lists"
        logged apt-install apt_get install -y --no-install-recommends "$@" 2>/dev/null && return 0
    fi
    # Install one by one, since a single unavailable package makes the whole installation fail.
    for package; do
        logged "apt-install-$package" apt_get install -y --no-install-recommends "$package" ||
            say "apt cannot install $package"
    done
}

# prepare_packages LEVEL...: installs the needs of these levels, and optional ones.
prepare_packages() {
    lacks=$(missing "$@" may)
    if [ -n "$lacks" ]; then
        # shellcheck disable=SC2086
        if have apt-get && { [ "$(id -u)" = 0 ] || { have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }; }; then
            apt_install $lacks
            lacks=$(missing "$@" may)
        elif have apt-get; then
            say "packages are missing, and installing them needs root or sudo; please install: $(packages debian $lacks)"
        elif have dnf; then
            say "packages are missing; please install: dnf install $(packages fedora $lacks)"
        elif have pacman; then
            say "packages are missing; please install: pacman -S $(packages arch $lacks)"
        elif have brew; then
            say "packages are missing; please install: brew install $(packages brew $lacks)"
        else
            say "packages are missing; please install your system's versions of: $(packages debian $lacks)"
        fi
    fi
    must=$(missing "$@")
    [ -z "$must" ] || die "cannot continue without: ${must% }"
    case " $lacks" in *" pocl "*) say "continuing without PoCL: the processor is not an OpenCL device" ;; esac
    case " $lacks" in *" clblast "*) say "continuing without CLBlast: --gemm clblast is not available" ;; esac
    case " $lacks" in *" gnuplot "*) say "continuing without gnuplot: reports have no plots" ;; esac
}

# ---- Build -------------------------------------------------------------------------------------

# sources_newer STAMP PATH...: whether a source is newer than the stamp. Folders count as well: they
# change when sources are added or removed.
sources_newer() {
    stamp=$1
    shift
    [ -n "$(cd "$root" && find "$@" -newer "$stamp" -print 2>/dev/null | head -n 1)" ]
}

# up_to_date TARGET: whether the program (for test: program and tests) was built from these sources.
up_to_date() {
    [ -x "$build/fmnist-cl" ] && [ -e "$state/$1.built" ] || return 1
    case $1 in
    program) ! sources_newer "$state/$1.built" run.sh CMakeLists.txt cmake src include kernels ;;
    test) ! sources_newer "$state/$1.built" run.sh CMakeLists.txt cmake src include kernels tests ;;
    esac
}

# option NAME NEED: prints cmake's argument for an option that requires NEED; nothing if the build
# folder already has this value.
option() {
    value=OFF
    if present "$2"; then value=ON; fi
    grep -qs "^$1:BOOL=$value\$" "$build/CMakeCache.txt" || echo "-D$1=$value"
}

configure() {
    # A build folder that was copied from elsewhere is unusable.
    if [ -e "$build/CMakeCache.txt" ] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"; then
        rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
    fi
    options="$(option WITH_CLBLAST clblast) $(option BUILD_TESTING cmocka)"
    if [ ! -e "$build/CMakeCache.txt" ]; then
        if have ninja; then options="$options -GNinja"; fi
    elif [ "$options" = ' ' ]; then
        return 0 # the build configures again by itself if CMake files change
    fi
    say "configuring the build"
    # shellcheck disable=SC2086
    logged configure cmake -S "$root" -B "$build" $options && return 0
    rm -f "$build/CMakeCache.txt" "$state"/*.packages
    die "configuring failed; see $state/configure.log"
}

cores() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1; }

# prepare TARGET: builds what is out of date. TARGET is program, or test for program and tests.
prepare() {
    up_to_date "$1" && return 0
    mkdir -p "$state" || die "cannot write to $state"
    [ -w "$state" ] || die "cannot write to $state"
    trap 'rm -f "$state/started.$$" "$state/probe"' EXIT
    # If two instances start at once, the second waits for the first and then finds everything done.
    if have flock; then
        exec 9>"$state/lock"
        flock 9
        if up_to_date "$1"; then
            exec 9>&- # otherwise the program would inherit the lock
            return 0
        fi
    fi
    # The stamp has the time before the build: sources that change during it count as newer.
    : >"$state/started.$$"
    levels=must goal=fmnist-cl
    if [ "$1" = test ]; then levels='must test' goal=all; fi
    if [ ! -e "$state/$1.packages" ] || sources_newer "$state/$1.packages" run.sh; then
        # shellcheck disable=SC2086
        prepare_packages $levels
        : >"$state/$1.packages"
    fi
    configure
    say "building (a minute or two the first time)"
    if ! logged build cmake --build "$build" --parallel "$(cores)" --target "$goal"; then
        rm -f "$state"/*.packages
        die "the build failed; see $state/build.log"
    fi
    mv "$state/started.$$" "$state/$1.built"
    rm -f "$state/probe"
    exec 9>&-
}

# ---- Data set ----------------------------------------------------------------------------------

# holds FOLDER: whether the folder has all four files, each plain or with .gz.
holds() {
    for file in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
        [ -e "$1/$file-ubyte" ] || [ -e "$1/$file-ubyte.gz" ] || return 1
    done
}

# Searches the same folders as fm_dataset_find in include/fmnist_cl/dataset.h.
data_is_there() {
    holds "$root/data/fashion-mnist" || holds "$build/data/fashion-mnist" ||
        holds ./data/fashion-mnist || holds /usr/share/datasets/fashion-mnist
}

# prepare_data ARGUMENTS: downloads the data set if the command may need it and names no folder.
prepare_data() {
    case ${1:-} in '' | -* | devices | export | tune) return 0 ;; esac
    [ -z "${FMNIST_DATA:-}" ] || return 0
    data_is_there && return 0
    for argument; do
        case $argument in --data | --data=* | --help | -h) return 0 ;; esac
    done
    mkdir -p "$state" || die "cannot write to $state"
    say "no data set found; downloading it with data/fetch.sh"
    logged fetch sh "$root/data/fetch.sh" || say "downloading failed; see $state/fetch.log"
}

# ---- Main --------------------------------------------------------------------------------------

case ${1:-} in -h | --help)
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$me"
    echo "Commands and options of fmnist-cl itself: ./run.sh train --help, and so on (builds first)"
    exit
    ;;
esac
target=program
if [ "${1:-}" = test ]; then target='test'; fi
prepare "$target"
prepare_data "$@"
if [ "$target" = test ]; then
    shift
    exec ctest --test-dir "$build" --output-on-failure --timeout 600 --parallel "$(cores)" "$@"
fi
exec "$build/fmnist-cl" "$@"
