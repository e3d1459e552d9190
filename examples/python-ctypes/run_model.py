"""Runs a model through the C interface alone: no extension module, nothing but ctypes.

It shows that the interface needs no knowledge of Rust. Programs in Python should use the `flowtime`
package instead, which gives numpy arrays and exceptions.
"""

import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_size_t, c_uint32, c_void_p

MODEL = b"""\
schemaVersion: 1
grid: {bins: 6, binSize: 1, binUnit: hours}
nodes:
  - {id: arrivals, kind: const, values: [10, 30, 25, 20, 5, 0]}
  - {id: capacity, kind: const, values: 18}
  - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, capacity)'}
"""


class Str(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("length", c_size_t)]

    def __str__(self):
        return ctypes.string_at(self.data, self.length).decode()


class Series(ctypes.Structure):
    _fields_ = [("data", POINTER(c_double)), ("length", c_size_t)]


library = ctypes.CDLL(os.environ.get("FLOWTIME_LIBRARY", "libflowtime.so.0"))


def function(name, result, *arguments):
    entry = getattr(library, name)
    entry.restype, entry.argtypes = result, arguments
    return entry


abi_version = function("flowtime_abi_version", c_uint32)
error_message = function("flowtime_error_message", Str, c_void_p)
error_free = function("flowtime_error_free", None, c_void_p)
parse = function("flowtime_model_parse_cstr", c_int32, c_char_p, POINTER(c_void_p), POINTER(c_void_p))
compile_model = function("flowtime_model_compile", c_int32, c_void_p, POINTER(c_void_p), POINTER(c_void_p))
run_plan = function("flowtime_plan_run", c_int32, c_void_p, c_void_p, POINTER(c_void_p), POINTER(c_void_p))
series_count = function("flowtime_run_series_count", c_size_t, c_void_p)
series_id = function("flowtime_run_series_id", Str, c_void_p, c_size_t)
series_at = function("flowtime_run_series_at", Series, c_void_p, c_size_t)
model_free = function("flowtime_model_free", None, c_void_p)
plan_free = function("flowtime_plan_free", None, c_void_p)
run_free = function("flowtime_run_free", None, c_void_p)


def made(call, *arguments):
    """The handle that a call makes, or its error as an exception."""
    handle, error = c_void_p(), c_void_p()
    if call(*arguments, byref(handle), byref(error)) != 0:
        message = str(error_message(error))
        error_free(error)
        raise ValueError(message)
    return handle


def main():
    assert abi_version() == 0, "this program was written for another version of the library"
    model = made(parse, MODEL)
    plan = made(compile_model, model)
    model_free(model)
    run = made(run_plan, plan, None)
    plan_free(plan)
    for index in range(series_count(run)):
        series = series_at(run, index)
        numbers = " ".join(f"{number:g}" for number in series.data[: series.length])
        print(f"{series_id(run, index)}: {numbers}")
    run_free(run)
    try:
        made(parse, b"grid: none")
    except ValueError as error:
        assert "schemaVersion" in str(error), error
    else:
        raise AssertionError("a bad model was taken for a good one")


main()
