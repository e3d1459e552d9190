"""FlowTime in this process: the shared library of the benches, called as bench_sol.py calls its C."""
import ctypes as C
import os
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "..", "..", "target"))
L = C.CDLL(os.environ.get("FLOWTIME_BENCH_LIB", os.path.join(TARGET, "release", "libflowtime_bench.so")))
L.flowtime_bench_load.restype = C.c_void_p
L.flowtime_bench_run_fresh.restype = C.c_void_p
L.flowtime_bench_series.restype = C.c_void_p
L.flowtime_bench_scenarios.restype = C.c_void_p
L.flowtime_bench_ensemble.restype = C.c_void_p
L.flowtime_bench_numbers.restype = C.c_void_p
L.flowtime_bench_about.restype = C.c_size_t


def about():
    """-> names of the language's functions, instruction set of the runs"""
    text = C.create_string_buffer(4096)
    length = L.flowtime_bench_about(text, C.c_size_t(len(text)))
    names, isa = text.raw[:length].decode().split(";")
    return names.split(","), isa


def document(bins, nodes, inputs=()):
    """YAML text. nodes: (id, expression text, or a number for a const); inputs: ids fed from memory."""
    lines = ["schemaVersion: 1", f"grid: {{bins: {bins}, binSize: 5, binUnit: minutes}}", "nodes:"]
    lines += [f"  - {{id: {n}, kind: const, source: 'inputs#{i}'}}" for i, n in enumerate(inputs)]
    for n, e in nodes:
        lines.append(f"  - {{id: {n}, kind: expr, expr: '{e}'}}" if isinstance(e, str) else f"  - {{id: {n}, kind: const, values: {e!r}}}")
    return "\n".join(lines) + "\n"


class Engine:
    """A compiled model. `run_into(out)` writes the kept series into rows of out; `fresh()` returns them in new memory."""
    def __init__(self, yaml, inputs, keep):
        inputs = [np.ascontiguousarray(x, dtype=np.float64) for x in inputs]
        self.bins, self.rows, self.handle = len(inputs[0]), len(keep), None
        pointers = (C.c_void_p * len(inputs))(*[x.ctypes.data for x in inputs])
        y, k = yaml.encode(), ",".join(keep).encode()
        self.handle = L.flowtime_bench_load(y, C.c_size_t(len(y)), k, C.c_size_t(len(k)), pointers, C.c_size_t(len(inputs)), C.c_size_t(self.bins))
        if not self.handle: raise RuntimeError("the model could not be loaded")
        self.engine = C.c_void_p(self.handle)

    def run_into(self, out):
        assert out.shape == (self.rows, self.bins) and out.flags.c_contiguous
        if L.flowtime_bench_run_into(self.engine, C.c_void_p(out.ctypes.data), C.c_size_t(self.rows)): raise RuntimeError("the run failed")

    def fresh(self):
        return Fresh(self, L.flowtime_bench_run_fresh(self.engine))

    def __del__(self):
        if self.handle: L.flowtime_bench_free(C.c_void_p(self.handle))


class Fresh:
    """The result of one run; its memory goes when it does."""
    def __init__(self, engine, handle):
        if not handle: raise RuntimeError("the run failed")
        self.engine, self.handle = engine, handle

    def array(self):
        """a copy of all kept series"""
        rows = []
        for i in range(self.engine.rows):
            at = L.flowtime_bench_series(C.c_void_p(self.handle), C.c_size_t(i))
            rows.append(np.ctypeslib.as_array(C.cast(at, C.POINTER(C.c_double)), (self.engine.bins,)).copy())
        return np.stack(rows)

    def __del__(self):
        L.flowtime_bench_free_run(C.c_void_p(self.handle))


class Asked(C.Structure):
    _fields_ = [("yaml", C.c_char_p), ("yaml_length", C.c_size_t), ("keep", C.c_char_p), ("keep_length", C.c_size_t), ("peaks", C.c_char_p), ("peaks_length", C.c_size_t),
                ("series", C.POINTER(C.c_void_p)), ("count", C.c_size_t), ("bins", C.c_size_t), ("scenarios", C.c_size_t), ("threads", C.c_size_t), ("scale", C.c_void_p), ("quantile", C.c_double)]


class Scenarios:
    """A compiled model for an ensemble. `run()` computes it: means and a quantile of the kept series, or with none all their scenarios."""
    def __init__(self, yaml, bins, keep, scenarios, inputs=(), scale=None, peaks=(), quantile=float("nan"), threads=1):
        inputs = [np.ascontiguousarray(x, dtype=np.float64) for x in inputs]
        self.shape, self.kept, self.peaks = (scenarios, bins), len(keep), len(peaks)
        y, k, p = yaml.encode(), ",".join(keep).encode(), ",".join(peaks).encode()
        pointers = (C.c_void_p * max(len(inputs), 1))(*[x.ctypes.data for x in inputs])
        if scale is not None: scale = np.ascontiguousarray(scale, dtype=np.float64)
        asked = Asked(y, len(y), k, len(k), p, len(p), pointers, len(inputs), bins, scenarios, threads, None if scale is None else scale.ctypes.data, quantile)
        handle = L.flowtime_bench_scenarios(C.byref(asked))
        if not handle: raise RuntimeError("the ensemble could not be prepared")
        self.handle = C.c_void_p(handle)

    def run(self):
        return Ensemble(self, L.flowtime_bench_ensemble(self.handle))


class Ensemble:
    """What one run of the scenarios found; its memory goes when it does."""
    def __init__(self, scenarios, handle):
        if not handle: raise RuntimeError("the ensemble failed")
        self.scenarios, self.handle = scenarios, handle

    def numbers(self, sort, number, shape):
        at = L.flowtime_bench_numbers(C.c_void_p(self.handle), C.c_uint8(ord(sort)), C.c_size_t(number))
        return np.ctypeslib.as_array(C.cast(at, C.POINTER(C.c_double)), shape).copy()

    def means(self): return np.stack([self.numbers("m", i, self.scenarios.shape[1:]) for i in range(self.scenarios.kept)])
    def quantiles(self): return np.stack([self.numbers("q", i, self.scenarios.shape[1:]) for i in range(self.scenarios.kept)])
    def series(self): return np.stack([self.numbers("s", i, self.scenarios.shape) for i in range(self.scenarios.kept)])
    def maxima(self): return np.stack([self.numbers("p", i, self.scenarios.shape[:1]) for i in range(self.scenarios.peaks)])

    def __del__(self):
        if self.handle: L.flowtime_bench_free_ensemble(C.c_void_p(self.handle))


def aligned(shape):
    """an array that begins at a cache line, as the peers' outputs do"""
    n = int(np.prod(shape)); r = np.empty(n + 8); o = (-r.ctypes.data // 8) % 8
    return r[o:o + n].reshape(shape)


def same_bits(got, ref):
    """-> True if every number has the same bits; NaNs only need to stand in the same places"""
    got, ref = np.ascontiguousarray(got), np.ascontiguousarray(ref)
    return got.shape == ref.shape and bool(np.all((got.view(np.int64) == ref.view(np.int64)) | (np.isnan(got) & np.isnan(ref))))
