#!/bin/sh
# Puts libflowtime in place like a system library, or takes it away again.
# usage: install.sh install|uninstall ROOT BUILT PREFIX LIBDIR INCLUDEDIR VERSION ABI
# DESTDIR from the environment goes before every path; STRIP=1 leaves out what only debuggers read.
set -eu
verb=$1 root=$2 built=$3 prefix=$4 libdir=$5 includedir=$6 version=$7 abi=$8
here=$root/flowtime-ffi/install

# Folders are below the prefix, or anywhere.
case $prefix in /*) ;; *) echo "PREFIX is \`$prefix\`, which does not begin with /" >&2; exit 2 ;; esac
prefix=${prefix%/}
inside() { case $1 in /*) echo "${1%/}" ;; *) echo "$prefix/${1%/}" ;; esac; }
lib=$(inside "$libdir")
include=$(inside "$includedir")
lib_to=${DESTDIR:-}$lib
include_to=${DESTDIR:-}$include

# The folder $3 as seen from the folder $1, which is called $2 there, so that the installed files can be
# moved as a whole; what is not below the prefix stays where it is.
seen_from() {
    case $1/ in "$prefix"/*) ;; *) echo "$3"; return ;; esac
    case $3/ in "$prefix"/*) ;; *) echo "$3"; return ;; esac
    rest=${1#"$prefix"}
    up=$2
    while [ -n "$rest" ]; do
        up=$up/..
        rest=${rest%/*}
    done
    echo "$up${3#"$prefix"}"
}

case $(uname -s) in
Darwin)
    file=libflowtime.$version.dylib shared=libflowtime.$abi.dylib link=libflowtime.dylib
    private="-framework CoreFoundation -liconv -lSystem -lc -lm"
    ;;
*)
    file=libflowtime.so.$version shared=libflowtime.so.$abi link=libflowtime.so
    private="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"
    ;;
esac

if [ "$verb" = uninstall ]; then
    rm -f "$include_to/flowtime.h" "$include_to/flowtime.hpp" "$lib_to/$file" "$lib_to/$shared" "$lib_to/$link" \
        "$lib_to/libflowtime.a" "$lib_to/pkgconfig/flowtime.pc" "$lib_to/cmake/Flowtime/FlowtimeConfig.cmake" \
        "$lib_to/cmake/Flowtime/FlowtimeConfigVersion.cmake"
    # Folders of others stay.
    for folder in "$lib_to/cmake/Flowtime" "$lib_to/cmake" "$lib_to/pkgconfig"; do
        rmdir "$folder" 2>/dev/null || true
    done
    exit 0
fi

mkdir -p "$include_to" "$lib_to/pkgconfig" "$lib_to/cmake/Flowtime"
install -m 644 "$root/include/flowtime.h" "$root/include/flowtime.hpp" "$include_to/"
# Beside the old one and then in its place: programs that run keep what they have loaded.
install -m 755 "$built/$link" "$lib_to/$file.new"
install -m 644 "$built/libflowtime.a" "$lib_to/libflowtime.a.new"
if [ "${STRIP:-}" = 1 ]; then
    strip -S -x "$lib_to/$file.new"
    strip -S "$lib_to/libflowtime.a.new"
fi
mv -f "$lib_to/$file.new" "$lib_to/$file"
mv -f "$lib_to/libflowtime.a.new" "$lib_to/libflowtime.a"
ln -sf "$file" "$lib_to/$shared"
ln -sf "$shared" "$lib_to/$link"

fill() {
    sed -e "s|@VERSION@|$version|g" -e "s|@MAJOR@|${version%%.*}|g" -e "s|@SHARED@|$shared|g" \
        -e "s|@PRIVATE@|$private|g" -e "s|@INCLUDE@|$(seen_from "$3" "$4" "$include")|g" \
        -e "s|@PREFIX@|$(seen_from "$3" "$4" "$prefix")|g" "$here/$1.in" >"$2"
    chmod 644 "$2"
}
# shellcheck disable=SC2016
{
    fill flowtime.pc "$lib_to/pkgconfig/flowtime.pc" "$lib/pkgconfig" '${pcfiledir}'
    for name in FlowtimeConfig.cmake FlowtimeConfigVersion.cmake; do
        fill $name "$lib_to/cmake/Flowtime/$name" "$lib/cmake/Flowtime" '${CMAKE_CURRENT_LIST_DIR}'
    done
}

# A folder that the system's loader keeps a list of needs a new list.
if [ -z "${DESTDIR:-}" ] && [ "$(id -u)" = 0 ] && command -v ldconfig >/dev/null; then
    if ldconfig -v -N -X 2>/dev/null | grep -q "^$lib:"; then
        ldconfig
    fi
fi
