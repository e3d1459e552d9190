"""Workloads beside those of common.py: W1 with other seeds, 1000 nodes x 1000 bins, W2a in other words, every function.

A spec is a list of (name, form, a, b, constants) over the inputs x0..x7, as common.w1_spec() makes it.
"""
import random
from dataclasses import dataclass
import numpy as np
import common

INPUTS = common.W1_INPUTS


def inputs(seed, bins):
    rng = np.random.default_rng(seed)
    return [np.ascontiguousarray(rng.uniform(0.5, 100.0, bins)) for _ in range(INPUTS)]


def mixed_spec(seed, nodes):
    """common.w1_spec() with another seed and number of nodes"""
    r = random.Random(seed)
    spec, open_pool = [], []
    def k(lo, hi): return round(r.uniform(lo, hi), 3)
    for i in range(nodes):
        names = [f"x{j}" for j in range(INPUTS)] + [f"n{j}" for j in range(max(0, i - 24), i)]
        a = open_pool.pop(0) if len(open_pool) > 8 else r.choice(names)
        b = r.choice(names)
        op = r.choice(["mix", "mix", "min", "max", "clamp", "div", "cap"])
        c = dict(mix=lambda: (k(.5, .9), k(.4, .8)), min=lambda: (k(.8, 1.4), k(1, 20)), max=lambda: (k(1, 10),),
                 clamp=lambda: (k(.8, 1.6), k(1, 10), k(60, 200)), div=lambda: (k(.2, 1.5),), cap=lambda: (k(80, 300),))[op]()
        n = f"n{i}"
        spec.append((n, op, a, b, c))
        for u in (a, b):
            if u in open_pool: open_pool.remove(u)
        open_pool.append(n)
    return spec


assert mixed_spec(12345, common.W1_NODES) == common.w1_spec(), "the generator of W1 has changed"


def mixed_nodes(spec):
    """-> (id, expression) of each node in FlowTime's language"""
    call = lambda name: lambda *args: f"{name}({', '.join(args)})"
    return [(n, common.w1_expr(op, a, b, c, call("MIN"), call("MAX"), call("CLAMP"))) for n, op, a, b, c in spec]


def mixed_numpy(spec, xs, out=None, tmp=None):
    """the loop of bench_numpy.py, in new arrays or in the rows of out"""
    v = {f"x{j}": x for j, x in enumerate(xs)}
    for i, (n, op, a, b, c) in enumerate(spec):
        A, B = v[a], v[b]
        if out is None:
            if op == "mix":     v[n] = A * c[0] + B * c[1]
            elif op == "min":   v[n] = np.minimum(A, B * c[0] + c[1])
            elif op == "max":   v[n] = np.maximum(A - B, c[0])
            elif op == "clamp": v[n] = np.minimum(np.maximum(A * c[0], c[1]), c[2])
            elif op == "div":   v[n] = A / (B + c[0])
            elif op == "cap":   v[n] = np.minimum(np.maximum(A + B, 0.0), c[0])
            continue
        o = v[n] = out[i]
        if op == "mix":     np.multiply(A, c[0], out=o); np.multiply(B, c[1], out=tmp); np.add(o, tmp, out=o)
        elif op == "min":   np.multiply(B, c[0], out=o); np.add(o, c[1], out=o); np.minimum(A, o, out=o)
        elif op == "max":   np.subtract(A, B, out=o); np.maximum(o, c[0], out=o)
        elif op == "clamp": np.multiply(A, c[0], out=o); np.maximum(o, c[1], out=o); np.minimum(o, c[2], out=o)
        elif op == "div":   np.add(B, c[0], out=o); np.divide(A, o, out=o)
        elif op == "cap":   np.add(A, B, out=o); np.maximum(o, 0.0, out=o); np.minimum(o, c[0], out=o)
    return v


# ------------------------------------------------------------------ W2a in FlowTime's language
W2_FORMS = {
    "as written": ("SHIFT({up}, 1)", "MIN({cap}, {arr} + SHIFT({back}, 1))", "MAX(0, (SHIFT({back}, 1) + {arr}) - {serv})"),
    "operands the other way": ("SHIFT({up}, 1)", "MIN(SHIFT({back}, 1) + {arr}, {cap})", "MAX(({arr} + SHIFT({back}, 1)) - {serv}, 0)"),
    "QUEUE": ("SHIFT({up}, 1)", "MIN({cap}, {arr} + SHIFT({back}, 1))", "QUEUE({arr}, {serv})"),
    "IF for MIN and MAX": ("SHIFT({up}, 1)", "IF({arr} + SHIFT({back}, 1) < {cap}, {arr} + SHIFT({back}, 1), {cap})",
                           "IF(SHIFT({back}, 1) + {arr} - {serv} > 0, SHIFT({back}, 1) + {arr} - {serv}, 0)"),
    "IF with >=": ("SHIFT({up}, 1)", "IF({arr} + SHIFT({back}, 1) >= {cap}, {cap}, {arr} + SHIFT({back}, 1))",
                   "IF({arr} + SHIFT({back}, 1) <= {cap}, 0, {arr} + SHIFT({back}, 1) - {cap})"),
    "past capacity": ("SHIFT({up}, 1)", "MIN({cap}, {arr} + SHIFT({back}, 1))", "MAX(0, {arr} + SHIFT({back}, 1) - {cap})"),
    "CLAMP": ("SHIFT({up}, 1, 0)", "CLAMP({arr} + SHIFT({back}, 1), 0, {cap})", "MAX({arr} + SHIFT({back}, 1) - {serv}, 0)"),
    "CONV for SHIFT": ("CONV({up}, [0, 1])", "MIN({cap}, {arr} + CONV({back}, [0, 1]))", "MAX(0, (CONV({back}, [0, 1]) + {arr}) - {serv})"),
}


def w2_nodes(cap, form="as written", shuffled=False):
    """-> (id, expression or capacity) of each node; arr_0 is the input. The kept series are arr, served, backlog of each queue."""
    arr, serv, back = W2_FORMS[form]
    nodes = []
    for q, c in enumerate(cap.tolist()):
        names = dict(up=f"served_{q - 1}", arr=f"arr_{q}", serv=f"served_{q}", back=f"backlog_{q}", cap=f"cap_{q}")
        if q: nodes.append((names["arr"], arr.format(**names)))
        nodes += [(names["cap"], c), (names["serv"], serv.format(**names)), (names["back"], back.format(**names))]
    if shuffled: random.Random(9).shuffle(nodes)
    keep = [f"{kind}_{q}" for kind in ("arr", "served", "backlog") for q in range(len(cap))]
    return nodes, keep


def w2b_nodes(cap, form="as written", shuffled=False):
    """-> the nodes of W2b, whose capacities have a factor `scale`; the kept series and those whose maxima are wanted"""
    nodes, _ = w2_nodes(cap, form, shuffled)
    nodes = [(n, f"{e!r} * scale" if n.startswith("cap_") else e) for n, e in nodes]
    return [("scale", 1.0), *nodes], [f"served_{len(cap) - 1}"], [f"backlog_{q}" for q in range(len(cap))]


# The checkout service of W3, as it is and in other words and another order.
W3_FORMS = {
    "as written": [("demand", "base * profile"), ("capacity", "{cap} - failed"), ("served", "MIN(capacity, demand + SHIFT(backlog, 1))"),
                   ("backlog", "MAX(0, demand + SHIFT(backlog, 1) - served)"), ("utilisation", "served / capacity"), ("latency", "backlog / served * {binmin}")],
    "other words": [("latency", "{binmin} * (backlog / served)"), ("backlog", "MAX(whole - served, 0)"), ("utilisation", "served / ({cap} - failed)"),
                    ("served", "IF(whole < {cap} - failed, whole, {cap} - failed)"), ("whole", "SHIFT(backlog, 1) + profile * base")],
    "QUEUE": [("demand", "base * profile"), ("capacity", "{cap} - failed"), ("served", "MIN(demand + SHIFT(backlog, 1), capacity)"),
              ("backlog", "QUEUE(demand, served)"), ("utilisation", "served / capacity"), ("latency", "{binmin} * backlog / served")],
}
W3_KEPT = ["backlog", "utilisation", "latency"]


def w3_document(form):
    """YAML text of W3, with 0 where it is divided by 0"""
    pmf = lambda name, values, chances: f"  - {{id: {name}, kind: pmf, pmf: {{values: {values.tolist()}, probabilities: {chances.tolist()}}}, policy: sample}}"
    lines = ["schemaVersion: 1", f"grid: {{bins: {common.W3_T}, binSize: 5, binUnit: minutes}}", "nodes:", f"  - {{id: profile, kind: const, values: {common.w3_profile().tolist()}}}",
             pmf("base", common.W3_DVAL, common.W3_DPROB), pmf("failed", common.W3_FVAL, common.W3_FPROB)]
    lines += [f"  - {{id: {n}, kind: expr, expr: '{e.format(cap=common.W3_CAP, binmin=common.W3_BINMIN)}'}}" for n, e in W3_FORMS[form]]
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------ every function of the language
@dataclass(frozen=True)
class Form:
    """One way to use a function. Texts take {a} {b} (series), {k} {l} (constants); c may name a loop of loops.py instead (@name)."""
    flow: str
    c: str
    numpy: str
    k: tuple = (0.4, 0.9)
    l: tuple = (10.0, 50.0)
    sharp: bool = False      # a last bit in the operand can change the result much: only given operands with equal bits everywhere
    rough: bool = False      # the last bits depend on the library (exp) or on the order of additions (numpy's sums)


INT_3, INT_24, INT_288 = (2, 6, int), (6, 30, int), (100, 300, int)
SHIFTED = "np.concatenate([np.zeros({k}), {a}[:-{k}]])"
ROLLED = "_roll({a}, {k})"
FORMS = {
    "+ *": Form("{a} * {k} + {b} * 0.4", "{a} * {k} + {b} * 0.4", "{a} * {k} + {b} * 0.4"),
    "- neg": Form("-{a} * {k} - {b} + {l}", "-{a} * {k} - {b} + {l}", "-{a} * {k} - {b} + {l}"),
    "/": Form("{a} / (ABS({b}) + {k})", "DV({a}, fabs({b}) + {k})", "{a} / (np.abs({b}) + {k})"),
    "/ by zero": Form("{a} / FLOOR({b} / {l})", "DV({a}, floor(DV({b}, {l})))", "_div({a}, np.floor({b} / {l}))", sharp=True),
    "<": Form("({a} < {b} * {k}) * {l}", "FLAG({a} < {b} * {k}) * {l}", "({a} < {b} * {k}) * {l}", sharp=True),
    "<=": Form("({a} <= {b} * {k}) * {l}", "FLAG({a} <= {b} * {k}) * {l}", "({a} <= {b} * {k}) * {l}", sharp=True),
    ">": Form("({a} > {b} * {k}) * {l}", "FLAG({a} > {b} * {k}) * {l}", "({a} > {b} * {k}) * {l}", sharp=True),
    ">=": Form("({a} >= {b} * {k}) * {l}", "FLAG({a} >= {b} * {k}) * {l}", "({a} >= {b} * {k}) * {l}", sharp=True),
    "==": Form("(FLOOR({a}) == FLOOR({b})) * {l}", "FLAG(floor({a}) == floor({b})) * {l}", "(np.floor({a}) == np.floor({b})) * {l}", sharp=True),
    "!=": Form("(FLOOR({a}) != FLOOR({b})) * {l}", "FLAG(floor({a}) != floor({b})) * {l}", "(np.floor({a}) != np.floor({b})) * {l}", sharp=True),
    "MIN": Form("MIN({a}, {b} * {k} + {l})", "MN({a}, {b} * {k} + {l})", "np.minimum({a}, {b} * {k} + {l})"),
    "MAX": Form("MAX({a} - {b}, {k})", "MX({a} - {b}, {k})", "np.maximum({a} - {b}, {k})"),
    "CLAMP": Form("CLAMP({a} * {k}, 1, {l})", "MN(MX({a} * {k}, 1.0), {l})", "np.minimum(np.maximum({a} * {k}, 1.0), {l})"),
    "IF": Form("IF({a} > {b}, {a} * {k}, {b} + {l})", "{a} > {b} ? {a} * {k} : {b} + {l}", "np.where({a} > {b}, {a} * {k}, {b} + {l})", sharp=True),
    "AND": Form("AND({a} > {l}, {b}) * {k}", "FLAG({a} > {l} && TRUTH({b})) * {k}", "(({a} > {l}) & ({b} != 0)) * {k}", sharp=True),
    "OR": Form("OR({a} > {l}, {b} < {k}) * {b}", "FLAG({a} > {l} || {b} < {k}) * {b}", "(({a} > {l}) | ({b} < {k})) * {b}", sharp=True),
    "NOT": Form("NOT({a} > {l}) * {b}", "FLAG(!({a} > {l})) * {b}", "~({a} > {l}) * {b}", sharp=True),
    "ABS": Form("ABS({a} - {l}) * {k}", "fabs({a} - {l}) * {k}", "np.abs({a} - {l}) * {k}"),
    "SQRT": Form("SQRT(ABS({a})) * {k}", "sqrt(fabs({a})) * {k}", "np.sqrt(np.abs({a})) * {k}"),
    "EXP": Form("EXP(MIN({a} * -0.01, 2)) * {l}", "exp(MN({a} * -0.01, 2.0)) * {l}", "np.exp(np.minimum({a} * -0.01, 2.0)) * {l}", rough=True),
    "LN": Form("LN(ABS({a}) + {k}) * {l}", "log(fabs({a}) + {k}) * {l}", "np.log(np.abs({a}) + {k}) * {l}", rough=True),
    "POW": Form("POW(ABS({a}) + {k}, 0.75)", "pow(fabs({a}) + {k}, 0.75)", "np.power(np.abs({a}) + {k}, 0.75)", rough=True),
    "POW of 2 series": Form("POW(ABS({a}) + {k}, MIN({b} * 0.01, 2))", "pow(fabs({a}) + {k}, MN({b} * 0.01, 2.0))", "np.power(np.abs({a}) + {k}, np.minimum({b} * 0.01, 2.0))", rough=True),
    "FLOOR": Form("FLOOR({a} * {k})", "floor({a} * {k})", "np.floor({a} * {k})", sharp=True),
    "CEIL": Form("CEIL({a} * {k})", "ceil({a} * {k})", "np.ceil({a} * {k})", sharp=True),
    "ROUND": Form("ROUND({a} * {k})", "ROUND({a} * {k})", "_round({a} * {k})", sharp=True),
    "SIGN": Form("SIGN({a} - {l}) * {k}", "SIGN({a} - {l}) * {k}", "np.sign({a} - {l}) * {k}", sharp=True),
    "MOD": Form("MOD({a}, ABS({b}) + {k})", "MOD({a}, fabs({b}) + {k})", "np.mod({a}, np.abs({b}) + {k})", sharp=True),
    "STEP": Form("STEP({a}, {b} * {k}) * {l}", "FLAG({a} >= {b} * {k}) * {l}", "({a} >= {b} * {k}) * {l}", sharp=True),
    "PULSE": Form("PULSE({k}, 3, {a})", "@pulse", "np.where((_bin >= 3) & ((_bin - 3) % {k} == 0), {a}, 0.0)", k=INT_24),
    "BIN": Form("{a} + BIN() * {k}e-4", "{a} + (double)(lo + t) * {k}e-4", "{a} + _bin * {k}e-4"),
    "SHIFT": Form("SHIFT({a}, {k})", "@shift", SHIFTED, k=INT_3),
    "SHIFT by many": Form("SHIFT({a}, {k})", "@shift", SHIFTED, k=INT_288),
    "CONV": Form("CONV({a}, [{k}, 0.3, 0.2])", "@conv", "np.convolve({a}, [{k}, 0.3, 0.2])[:len({a})]", rough=True),
    "EMA": Form("EMA({a}, {k})", "@ema", "_ema({a}, {k})", rough=True),
    "CUMSUM": Form("CUMSUM({a} * {k}e-4)", "@cumsum", "np.cumsum({a} * {k}e-4)"),
    "ROLLING_SUM": Form("ROLLING_SUM({a}, {k})", "@rolling_sum", ROLLED, k=INT_24, rough=True),
    "ROLLING_MEAN": Form("ROLLING_MEAN({a}, {k})", "@rolling_mean", ROLLED + " / np.minimum(_bin + 1, {k})", k=INT_288, rough=True),
    "ROLLING_MIN": Form("ROLLING_MIN({a}, {k})", "@rolling_min", "_rolling(minimum_filter1d, {a}, {k}, np.inf)", k=INT_24),
    "ROLLING_MAX": Form("ROLLING_MAX({a}, {k})", "@rolling_max", "_rolling(maximum_filter1d, {a}, {k}, -np.inf)", k=INT_288),
    "QUEUE": Form("QUEUE({a}, {b} + {l})", "@queue", "_queue({a}, {b} + {l})", rough=True),
    "SUM": Form("{b} + SUM({a}) * {k}e-6", "@sum", "{b} + np.sum({a}) * {k}e-6", rough=True),
    "MEAN": Form("{b} - MEAN({a}) * {k}", "@mean", "{b} - np.mean({a}) * {k}", rough=True),
}
WHOLE_HORIZON = ("SUM", "MEAN")


def missing(functions):
    """-> those of the language's functions that no form uses"""
    text = " ".join(form.flow for form in FORMS.values())
    return [f for f in functions if f + "(" not in text]


def functions_spec(seed, nodes, only=None):
    """every form in turn, in random order, fed by inputs and recent nodes; or one form alone, fed by inputs"""
    r = random.Random(seed)
    spec, seen, rough, pool = [], set(), set(), []
    while len(spec) < nodes:
        i = len(spec)
        if not pool:
            pool = [only] if only else [f for f in FORMS if f not in WHOLE_HORIZON]
            r.shuffle(pool)
        # A whole-horizon function ends a pass over the bins: one of each, wherever it may stand.
        whole = {nodes // 3: "SUM", 2 * nodes // 3: "MEAN"}.get(i)
        name = only or whole or pool[-1]
        form = FORMS[name]
        near = [f"x{j}" for j in range(INPUTS)] + ([] if only else [f"n{j}" for j in range(max(0, i - 24), i)])
        if form.sharp: near = [n for n in near if n not in rough]
        draw = lambda range_: r.randint(*range_[:2]) if len(range_) == 3 else round(r.uniform(*range_), 3)
        a, b, c = r.choice(near), r.choice(near), (draw(form.k), draw(form.l))
        text = form.flow.format(a=a, b=b, k=c[0], l=c[1])
        if text in seen: continue
        seen.add(text)
        if name == pool[-1] and not whole: pool.pop()
        used = {n for n in (a, b) if "{" + "ab"[n == b and n != a] + "}" in form.flow}
        if form.rough or used & rough: rough.add(f"n{i}")
        spec.append((f"n{i}", name, a, b, c))
    return spec, rough


def functions_nodes(spec):
    return [(n, FORMS[f].flow.format(a=a, b=b, k=c[0], l=c[1])) for n, f, a, b, c in spec]


NUMPY_HEAD = '''
import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d
from scipy.signal import lfilter
def _div(a, b): return np.divide(a, b, out=np.zeros_like(a), where=b != 0)
def _round(x): return np.copysign(np.floor(np.abs(x) + 0.5), x)
def _ema(x, k): return lfilter([k], [1.0, k - 1.0], x, zi=[(1.0 - k) * x[0]])[0]
def _roll(x, n): s = np.cumsum(x); s[n:] -= s[:-n].copy(); return s
def _rolling(f, x, n, fill): return f(x, n, origin=n - 1 - n // 2, mode="constant", cval=fill)
def _queue(a, b): s = np.cumsum(a - b); return s - np.minimum(np.minimum.accumulate(s), 0.0)
'''


def functions_numpy(spec, bins):
    """-> a function of the inputs that returns a list of arrays, as one would write it by hand"""
    lines = [NUMPY_HEAD, f"_bin = np.arange({bins})", f"def run({', '.join(f'x{j}' for j in range(INPUTS))}):"]
    lines += [f"    {n} = " + FORMS[f].numpy.format(a=a, b=b, k=c[0], l=c[1]) for n, f, a, b, c in spec]
    lines.append(f"    return [{', '.join(n for n, *_ in spec)}]")
    scope = {}
    exec("\n".join(lines), scope)
    return scope["run"]
