#!/bin/sh
# Builds and runs the examples in a fresh directory that knows nothing of the checkout: with pkg-config,
# with CMake, with the static library, and from Python.
# usage: outside.sh ROOT PREFIX DIRECTORY
set -eu
root=$1 prefix=$2 directory=$3
rm -rf "$directory"
mkdir -p "$directory"
cp -r "$root/examples/c" "$root/examples/cpp" "$root/examples/python-ctypes" "$directory/"
cd "$directory"

# The library exports what is listed, and says its name.
nm -D --defined-only "$prefix/lib/libflowtime.so" | sed 's/.* //' | LC_ALL=C sort >exported
LC_ALL=C sort "$root/include/flowtime.symbols" | diff - exported
objdump -p "$prefix/lib/libflowtime.so" | grep -q "SONAME *libflowtime.so.0$"

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
strict="-O1 -Wall -Wextra -Wpedantic -Werror"
for source in c/*.c; do
    program=$(basename "$source" .c)
    # shellcheck disable=SC2046,SC2086
    cc -std=c11 $strict "$source" -o "$program" $(pkg-config --cflags --libs flowtime) -pthread -lm
    LD_LIBRARY_PATH="$prefix/lib" "./$program" >"$program.out" 2>"$program.err"
    readelf -d "$program" | grep -q "NEEDED.*\[libflowtime.so.0\]"
    test -s "$program.out" && test ! -s "$program.err"
done
for source in cpp/*.cpp; do
    program=$(basename "$source" .cpp)_cpp
    # shellcheck disable=SC2046,SC2086
    c++ -std=c++17 $strict "$source" -o "$program" $(pkg-config --cflags --libs flowtime) -pthread
    LD_LIBRARY_PATH="$prefix/lib" "./$program" >"$program.out" 2>"$program.err"
    readelf -d "$program" | grep -q "NEEDED.*\[libflowtime.so.0\]"
    test -s "$program.out" && test ! -s "$program.err"
done

# The line that docs/c-api.md gives for the static library, as pkg-config has it.
static=$(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --variable=libdir flowtime)/libflowtime.a
private=$(sed -n 's/^Libs.private: //p' "$prefix/lib/pkgconfig/flowtime.pc")
# shellcheck disable=SC2046,SC2086
cc -std=c11 $strict c/run_model.c -o run_model_static $(pkg-config --cflags flowtime) "$static" $private
./run_model_static >run_model_static.out
cmp run_model.out run_model_static.out

cmake -S c -B cmake-c -DCMAKE_PREFIX_PATH="$prefix" >cmake.log
cmake --build cmake-c >>cmake.log
./cmake-c/run_model >cmake.out
cmp run_model.out cmake.out

if command -v python3 >/dev/null; then
    FLOWTIME_LIBRARY="$prefix/lib/libflowtime.so.0" python3 python-ctypes/run_model.py >python.out
    cmp run_model.out python.out
fi
echo "the examples build and run outside of the checkout"
