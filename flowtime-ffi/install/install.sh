#!/bin/sh
# Puts libflowtime in place like a system library.
# usage: install.sh ROOT BUILT PREFIX LIBDIR VERSION
set -eu
root=$1 built=$2 prefix=$3 libdir=$4 version=$5
major=${version%%.*}
here=$root/flowtime-ffi/install
lib=$prefix/$libdir
mkdir -p "$prefix/include" "$lib/pkgconfig" "$lib/cmake/Flowtime"

cp "$root/include/flowtime.h" "$root/include/flowtime.hpp" "$prefix/include/"
case $(uname -s) in
Darwin)
    cp "$built/libflowtime.dylib" "$lib/libflowtime.$version.dylib"
    ln -sf "libflowtime.$version.dylib" "$lib/libflowtime.$major.dylib"
    ln -sf "libflowtime.$major.dylib" "$lib/libflowtime.dylib"
    shared=libflowtime.$major.dylib
    private="-framework CoreFoundation -liconv -lSystem -lc -lm"
    ;;
*)
    # Beside the old one and then in its place: programs that run keep what they have loaded.
    cp "$built/libflowtime.so" "$lib/libflowtime.so.$version.new"
    mv "$lib/libflowtime.so.$version.new" "$lib/libflowtime.so.$version"
    ln -sf "libflowtime.so.$version" "$lib/libflowtime.so.$major"
    ln -sf "libflowtime.so.$major" "$lib/libflowtime.so"
    shared=libflowtime.so.$major
    private="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"
    ;;
esac
cp "$built/libflowtime.a" "$lib/"

fill() {
    sed -e "s|@VERSION@|$version|g" -e "s|@MAJOR@|$major|g" -e "s|@SHARED@|$shared|g" \
        -e "s|@LIBDIR@|$libdir|g" -e "s|@PRIVATE@|$private|g" "$here/$1.in" >"$2"
}
fill flowtime.pc "$lib/pkgconfig/flowtime.pc"
fill FlowtimeConfig.cmake "$lib/cmake/Flowtime/FlowtimeConfig.cmake"
fill FlowtimeConfigVersion.cmake "$lib/cmake/Flowtime/FlowtimeConfigVersion.cmake"
