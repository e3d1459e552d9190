"""numpy, C, C with FlowTime's rules and FlowTime side by side on what common.py does not have:

seeds      W1 with seeds 1..5 (MORE_SEEDS=7,8 for others): sinks, every node reused and fresh
wide       1000 nodes x 1000 bins, every node kept, out reused
functions  200 nodes x 100 000 bins with every function of the language, every node kept
each       24 nodes x 4000 bins of one function at a time, in the cache
"""
from common import *
from flowtime_engine import Engine, about, aligned, document, same_bits
from loops import build, functions_source, mixed_source, pointer as P, wide_source
import more_workloads as more
which = set(sys.argv[1:]) or {"seeds", "wide", "functions", "each"}
SEEDS = [int(s) for s in os.environ.get("MORE_SEEDS", "1,2,3,4,5").split(",")]
XS = [f"x{j}" for j in range(more.INPUTS)]
def check(got, ref): return "same bits" if same_bits(got, ref) else compare("", got, ref)
rows = []
def add(workload, variant, chk, fn, **how): rows.append(dict(workload=workload, variant=variant, threads=1, check=chk, **bench(fn, **how)))

def mixed(name, spec, xs, fresh, sinks):
    """the rows of a spec like W1's"""
    bins = len(xs[0]); x = np.stack(xs); nodes = len(spec)
    out = aligned((nodes, bins)); tmp = np.empty(bins); v = more.mixed_numpy(spec, xs); ref = np.stack([v[n] for n, *_ in spec]); del v
    def numpy_reused(): more.mixed_numpy(spec, xs, out, tmp)
    numpy_reused(); add(f"{name}-all", "numpy, out reused", check(out, ref), numpy_reused)
    yaml = document(bins, more.mixed_nodes(spec), XS); keep = w1_sinks(spec)
    few = np.empty((len(keep), bins)); at = [int(n[1:]) for n in keep]
    for rules, variant in ((False, "C plain"), (True, "C with rules")):
        L = build(name.replace(" ", "_"), rules, mixed_source(spec, rules)[0] if sinks else wide_source(spec, rules))
        out[:] = 0; L.all(P(x), P(out), bins, 1)
        add(f"{name}-all", f"{variant}, out reused", check(out, ref), lambda: L.all(P(x), P(out), bins, 1))
        if fresh:
            def new():
                o = np.empty((nodes, bins)); L.all(P(x), P(o), bins, 1); return o
            add(f"{name}-all", f"{variant}, fresh", check(new(), ref), new)
        if sinks:
            few[:] = 0; L.sinks(P(x), P(few), bins, 1)
            add(f"{name}-sinks", variant, check(few, ref[at]), lambda: L.sinks(P(x), P(few), bins, 1))
    engine = Engine(yaml, xs, [n for n, *_ in spec])
    out[:] = 0; engine.run_into(out)
    add(f"{name}-all", "FlowTime, out reused", check(out, ref), lambda: engine.run_into(out))
    if fresh: add(f"{name}-all", "FlowTime, fresh", check(engine.fresh().array(), ref), engine.fresh)
    if sinks:
        engine = Engine(yaml, xs, keep)
        few[:] = 0; engine.run_into(few)
        add(f"{name}-sinks", "FlowTime, out reused", check(few, ref[at]), lambda: engine.run_into(few))

def of_functions(name, spec, rough, xs, **how):
    """the rows of a spec of functions; what has other last bits elsewhere is compared by its size"""
    bins = len(xs[0]); x = np.stack(xs); out = aligned((len(spec), bins))
    L = build("functions_" + "".join(c if c.isalnum() else str(ord(c)) for c in name), True, functions_source(spec))
    L.all(P(x), P(out), bins, 1); ref = out.copy()
    exact = [i for i, (n, *_) in enumerate(spec) if n not in rough]; close = [i for i in range(len(spec)) if i not in set(exact)]
    def verdict(got):
        same = sum(same_bits(got[i], ref[i]) for i in range(len(spec)))
        if not all(same_bits(got[i], ref[i]) for i in exact): return f"DIFFERENT in {[spec[i][1] for i in exact if not same_bits(got[i], ref[i])][:5]}"
        worst = max([np.max(np.abs(got[i] - ref[i]) / np.maximum(np.abs(ref[i]), 1e-3)) for i in close], default=0.0)
        return f"{same} of {len(spec)} nodes same bits, rest within {worst:.0e}" if worst < 1e-6 else f"DIFFERENT by {worst:.0e}"
    assert np.isfinite(ref).all(), name
    add(name, "C with rules, out reused", "is the reference", lambda: L.all(P(x), P(out), bins, 1), **how)
    run = more.functions_numpy(spec, bins); chk = verdict(np.stack(run(*xs)))
    add(name, "numpy, new array per node", chk, lambda: run(*xs), **how)
    engine = Engine(document(bins, more.functions_nodes(spec), XS), xs, [n for n, *_ in spec])
    out[:] = 0; engine.run_into(out)
    add(name, "FlowTime, out reused", verdict(out), lambda: engine.run_into(out), **how)
    return engine

def finish(group):
    """each group has a file of its own, so that one can be run again"""
    save("more_" + group, rows); rows.clear()

if which & {"functions", "each"}:
    left_out = more.missing(about()[0])
    assert not left_out, f"no form in more_workloads.py uses {left_out}"
if "seeds" in which:
    for seed in SEEDS: mixed(f"W1 seed {seed}", more.mixed_spec(seed, W1_NODES), w1_inputs(), fresh=True, sinks=True)
    finish("seeds")
if "wide" in which:
    mixed("1000x1000", more.mixed_spec(1000, 1000), more.inputs(1000, 1000), fresh=False, sinks=False)
    finish("wide")
if "functions" in which:
    for seed in (1, 2):
        spec, rough = more.functions_spec(seed, W1_NODES); of_functions(f"all functions, seed {seed}", spec, rough, w1_inputs())
    finish("functions")
if "each" in which:
    xs = more.inputs(4, 4000)
    for form in more.FORMS:
        spec, rough = more.functions_spec(1, 24, only=form); of_functions(f"24 x {form}", spec, rough, xs, block=0.1)
    finish("each")
