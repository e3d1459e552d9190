"""One table of what the scripts saved: medians in ms, ratios, and the targets beside them."""
import json
import os
import platform
import common
from flowtime_engine import about


def rows_of(*names):
    found = []
    for name in names:
        path = os.path.join(common.OUT, name + ".json")
        if os.path.exists(path): found += [r for r in json.load(open(path)) if "median" in r]
    return found


ROWS = rows_of("numpy", "numba", "sol", "sol_rules", "flowtime", "more_seeds", "more_wide", "more_functions", "more_each", "ensembles", "frames", "jax")


def pick(workload, *starts, threads=1):
    """-> the fastest row of a workload with so many threads whose variant begins so"""
    found = [r for r in ROWS if r["workload"] == workload and r.get("threads") == threads and r["variant"].startswith(starts)]
    return min(found, key=lambda r: r["median"]) if found else None


def line(title, workload, flowtime, c, rules=(), numpy=None, numba=None, targets=(), rough=False):
    """rough: the peers add in another order, which shows in the last bits; targets: (ratio, limit): ratio `f/c` or `f/numba` at most, `numpy/f` at least"""
    f = pick(workload, flowtime)
    if not f: return None
    peers = dict(c=pick(workload, *c), rules=rules and pick(workload, *rules), numpy=numpy and pick(*numpy), numba=numba and pick(*numba))
    t = {k: r["median"] for k, r in peers.items() if r}
    ratio = {"f/c": ("c", 1), "f/rules": ("rules", 1), "numpy/f": ("numpy", -1), "numba/f": ("numba", -1), "f/numba": ("numba", 1)}
    value = {k: (f["median"] / t[p]) ** s for k, (p, s) in ratio.items() if p in t}
    verdicts = []
    for name, limit in targets:
        if name not in value: verdicts.append(f"{name} not measured")
        elif name == "numpy/f": verdicts.append(f"{name} >= {limit} {'met' if value[name] >= limit else 'MISSED'}")
        else: verdicts.append(f"{name} <= {limit} {'met' if value[name] <= limit else 'MISSED'}")
    noisy = [k for k, r in dict(peers, FlowTime=f).items() if r and r.get("noisy")]
    wrong = [k for k, r in dict(peers, FlowTime=f).items() if r and any(w in str(r.get("check")) for w in ("DIFFERENT", "SHAPE", "DTYPE") + (() if rough else ("maxrel",)))]
    note = "; ".join(verdicts + ([f"noisy: {', '.join(noisy)}"] if noisy else []) + ([f"OTHER NUMBERS: {', '.join(wrong)}"] if wrong else []))
    return dict(title=title, flowtime_ms=f["median"] * 1e3, **{k + "_ms": v * 1e3 for k, v in t.items()}, ratios=value, note=note)


TABLE = []


def add(*args, **kwargs):
    found = line(*args, **kwargs)
    if found: TABLE.append(found)


REUSED = dict(flowtime="FlowTime, out reused", c=("C tiled 512, out", "C plain, out"), rules=("C with rules, out",))
FRESH = dict(flowtime="FlowTime, fresh", c=("C tiled 512, fresh", "C plain, fresh"), rules=("C with rules, fresh",))
SINKS = dict(flowtime="FlowTime, out reused", c=("C tiled 512,", "C plain"), rules=("C with rules",))
numpy_reused, numpy_fresh = ("W1-all", "out="), ("W1-all", "plain")
numba_sinks, numba_all = ("W1-sinks", "fused", "tiled"), ("W1-all", "fused", "tiled")
# numpy computes every node whatever is kept: its fastest way is the one to beat.
add("W1, sinks kept", "W1-sinks", **SINKS, numpy=numpy_reused, numba=numba_sinks, targets=[("numpy/f", 5), ("f/c", 1.5)])
add("W1, every node, reused", "W1-all", **REUSED, numpy=numpy_reused, numba=numba_all, targets=[("f/c", 1.3)])
add("W1, every node, fresh", "W1-all", **FRESH, numpy=numpy_fresh, targets=[("f/c", 1.3)])
forms = sorted({r["workload"] for r in ROWS if r["workload"].startswith("W2a")})
for form in forms:
    # The peers compute the same series however the model is written.
    for r in [r for r in ROWS if r["workload"] == "W2a" and not r["variant"].startswith("FlowTime")]:
        if form != "W2a": ROWS.append(dict(r, workload=form))
    add(form, form, "FlowTime, out reused", ("C bin-major SIMD + block transpose, out",), ("C with rules, out",), (form, "loop over bins"), (form, "queue-major loops"),
        targets=[("f/numba", 1.0), ("f/c", 1.5)])
for name, limit in (("W2b", 2.5), ("W3-10000", 2), ("W3-100000", 2)):
    for form in dict.fromkeys(r["workload"] for r in rows_of("ensembles") if r["workload"].split()[0] == name):
        for r in [r for r in ROWS if r["workload"] == name and not r["variant"].startswith("FlowTime")]:
            if form != name: ROWS.append(dict(r, workload=form))
        add(form, form, "FlowTime", ("C ",), numpy=(form, "numpy", "loop over bins"), numba=(form, "tiles", "prange", "streaming"), targets=[("f/c", limit)], rough=name != "W2b")
add("1000 nodes x 1000 bins", "1000x1000-all", **REUSED, numpy=("1000x1000-all", "numpy"), targets=[("f/c", 1.5)])
for seed in sorted({int(r["workload"].split()[2].split("-")[0]) for r in ROWS if r["workload"].startswith("W1 seed")}):
    name = f"W1 seed {seed}"
    add(f"{name}, sinks kept", f"{name}-sinks", **SINKS, numpy=(f"{name}-all", "numpy"), targets=[("numpy/f", 5), ("f/c", 1.5)])
    add(f"{name}, every node, reused", f"{name}-all", **REUSED, numpy=(f"{name}-all", "numpy"), targets=[("f/c", 1.3)])
    add(f"{name}, every node, fresh", f"{name}-all", **FRESH, targets=[("f/c", 1.3)])
for name in dict.fromkeys(r["workload"] for r in ROWS if r["workload"].startswith(("all functions", "24 x"))):
    # There is no C without rules here: NaN, -0.0 and zero divisors are what many of the functions are about.
    targets = [("f/rules", 1.3)] if name.startswith("all") else []
    add(name, name, **REUSED, numpy=(name, "numpy"), targets=targets)

sizes = dict(Avx512="512 bits", Avx2="256 bits", Neon="128 bits", Sse4_2="128 bits", Sse2="128 bits")
isa = about()[1]
model = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
print(f"\n{model}, {len(common.ALL_CPUS)} CPUs; FlowTime runs on {isa} ({sizes.get(isa, 'no vectors')}), one thread; the peers' rows of one thread; medians in ms")
first = pick("W1-first", "FlowTime")
if first: print(f"from YAML text to the first sinks of W1: {first['first'] * 1e3:.1f} ms the first time, {first['median'] * 1e3:.1f} ms after")
show = lambda x, digits: f"{x:.{digits}f}" if x is not None else "-"
columns = f"{'':30s} {'FlowTime':>9s} {'C':>9s} {'C rules':>9s} {'numpy':>9s} {'numba':>9s} | {'F/C':>6s} {'F/rules':>7s} {'numpy/F':>7s} {'numba/F':>7s} | targets"
print(columns)
for r in TABLE:
    ms = [show(r.get(k), 3) for k in ("flowtime_ms", "c_ms", "rules_ms", "numpy_ms", "numba_ms")]
    ratios = [show(r["ratios"].get(k), 2) for k in ("f/c", "f/rules", "numpy/f", "numba/f")]
    print(f"{r['title']:30s} {ms[0]:>9s} {ms[1]:>9s} {ms[2]:>9s} {ms[3]:>9s} {ms[4]:>9s} | {ratios[0]:>6s} {ratios[1]:>7s} {ratios[2]:>7s} {ratios[3]:>7s} | {r['note']}")
growth = {int(r["workload"].rsplit("-", 1)[1]): r for r in rows_of("ensembles") if r["workload"].startswith("W3-growth-")}
if growth: print("\nW3 by scenarios: first run of a process, processor time, peak memory of the process")
for n, r in growth.items(): print(f"  {n:>10,} {r['median'] * 1e3:10.1f} ms {r['median'] / n * 1e6:8.3f} us a scenario {r['peak'] / 2**20:6.0f} MiB")
pairs = [(name, who, pick(name, start), pick(name, start, threads=2)) for name in ("W2b", "W3-10000", "W3-100000") for who, start in (("FlowTime", "FlowTime"), ("C", "C "))]
if any(one and two for *_, one, two in pairs): print("\ntwo threads over one, by the clock")
for name, who, one, two in pairs:
    if one and two: print(f"  {name:12s} {who:10s} {one['median'] / two['median']:5.2f} times as fast{'  (noisy)' if one.get('noisy') or two.get('noisy') else ''}")
others = [r for r in rows_of("frames", "jax") if r["workload"] in ("W1-all", "W1-sinks", "W2a", "W2b", "W3-10000", "W3-100000")]
if others: print("\nothers (their own threads)")
for r in others: print(f"  {r['workload']:10s} {r['variant']:50s} threads={r['threads']} {r['median'] * 1e3:9.3f} ms")
with open(os.path.join(common.OUT, "table.json"), "w") as file:
    json.dump(dict(machine=model, cpus=len(common.ALL_CPUS), isa=isa, versions=common.env(), rows=TABLE), file, indent=1)
