#!/bin/sh
# Builds and runs the examples in a fresh directory that knows nothing of the checkout: with pkg-config,
# with CMake, with the static library, and from Python.
# usage: outside.sh ROOT LIB ABI DIRECTORY
set -eu
root=$1 lib=$2 abi=$3 directory=$4
rm -rf "$directory"
mkdir -p "$directory"
cp -r "$root/examples/c" "$root/examples/cpp" "$root/examples/python-ctypes" "$directory/"
cd "$directory"

# The library exports what is listed, and says its name.
nm -D --defined-only "$lib/libflowtime.so" | sed 's/.* //' | LC_ALL=C sort >exported
LC_ALL=C sort "$root/include/flowtime.symbols" | diff - exported
objdump -p "$lib/libflowtime.so" | grep -q "SONAME *libflowtime.so.$abi$"

# Runs an example, which has something to say and nothing to complain about.
runs() {
    LD_LIBRARY_PATH="$lib" "./$1" >"$1.out" 2>"$1.err"
    test -s "$1.out" && test ! -s "$1.err"
}

export PKG_CONFIG_PATH="$lib/pkgconfig"
test -d "$(pkg-config --variable=prefix flowtime)/lib"
strict="-O1 -Wall -Wextra -Wpedantic -Werror"
for source in c/*.c; do
    program=$(basename "$source" .c)
    # shellcheck disable=SC2046,SC2086
    cc -std=c11 $strict "$source" -o "$program" $(pkg-config --cflags --libs flowtime) -pthread -lm
    readelf -d "$program" | grep -q "NEEDED.*\[libflowtime.so.$abi\]"
    runs "$program"
done
for source in cpp/*.cpp; do
    program=$(basename "$source" .cpp)_cpp
    # shellcheck disable=SC2046,SC2086
    c++ -std=c++17 $strict "$source" -o "$program" $(pkg-config --cflags --libs flowtime) -pthread
    readelf -d "$program" | grep -q "NEEDED.*\[libflowtime.so.$abi\]"
    runs "$program"
done

# The line that docs/c-api.md gives for the static library, as pkg-config has it.
private=$(sed -n 's/^Libs.private: //p' "$lib/pkgconfig/flowtime.pc")
grep -q -e "$private" "$root/docs/c-api.md"
# shellcheck disable=SC2046,SC2086
cc -std=c11 $strict c/run_model.c -o run_model_static $(pkg-config --cflags flowtime) "$lib/libflowtime.a" $private
./run_model_static >run_model_static.out
cmp run_model.out run_model_static.out

# Every example through CMake, and one with the static library. Programs find the library where it is.
cat >cpp/CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(outside C CXX)
find_package(Flowtime 0.1 REQUIRED)
set(CMAKE_CXX_STANDARD 17)
add_executable(what_if what_if.cpp)
target_link_libraries(what_if PRIVATE Flowtime::flowtime)
add_executable(run_model_static ../c/run_model.c)
target_link_libraries(run_model_static PRIVATE Flowtime::flowtime_static)
CMAKE
for folder in c cpp; do
    cmake -S "$folder" -B "cmake-$folder" -DFlowtime_DIR="$lib/cmake/Flowtime" >cmake.log
    cmake --build "cmake-$folder" >>cmake.log
done
for program in run_model what_if worker_threads monte_carlo how_likely; do
    "./cmake-c/$program" >cmake.out
    cmp "$program.out" cmake.out
done
./cmake-cpp/what_if >cmake.out
cmp what_if_cpp.out cmake.out
./cmake-cpp/run_model_static >cmake.out
cmp run_model.out cmake.out

if command -v python3 >/dev/null; then
    FLOWTIME_LIBRARY="$lib/libflowtime.so.$abi" python3 python-ctypes/run_model.py >python.out
    cmp run_model.out python.out
else
    echo "there is no python3: the ctypes example did not run"
fi
echo "the examples build and run outside of the checkout"
