"""The hand-written C of bench_sol.py with FlowTime's own rules for MIN, MAX, / and NaN: what these rules cost anybody."""
from common import *
from flowtime_engine import aligned, same_bits
from loops import ISA, build, loops_of_bench_sol, mixed_source, pointer as P, w2_rules_source
rows = []; tag = "" if ISA == "native" else " [AVX2]"
which = set(sys.argv[1:]) or {"w1", "w2"}
def check(got, ref): return "same bits" if same_bits(got, ref) else compare("", got, ref)

if "w1" in which:
    spec = w1_spec(); x = np.stack(w1_inputs()); ref = w1_ref_matrix()
    same = loops_of_bench_sol(mixed_source(spec, rules=False)[0])
    assert same is not False, "the loops of loops.py are not those of bench_sol.py"
    source, sk = mixed_source(spec, rules=True); L = build("w1", True, source)
    out = aligned((W1_NODES, W1_BINS)); so = np.empty((len(sk), W1_BINS))
    out[:] = 0; L.all(P(x), P(out), W1_BINS, 1); chk = check(out, ref)
    rows.append(dict(workload="W1-all", variant="C with rules, out reused" + tag, threads=1, check=chk, **bench(lambda: L.all(P(x), P(out), W1_BINS, 1))))
    def fresh():
        o = np.empty((W1_NODES, W1_BINS)); L.all(P(x), P(o), W1_BINS, 1); return o
    rows.append(dict(workload="W1-all", variant="C with rules, fresh output array" + tag, threads=1, check=chk, **bench(fresh)))
    so[:] = 0; L.sinks(P(x), P(so), W1_BINS, 1); chk = check(so, ref[sk])
    rows.append(dict(workload="W1-sinks", variant="C with rules" + tag, threads=1, check=chk, **bench(lambda: L.sinks(P(x), P(so), W1_BINS, 1))))

if "w2" in which:
    L = build("w2", True, w2_rules_source()); arr, cap = w2_inputs(); ref = np.stack(w2_reference(arr, cap)); o = aligned(ref.shape)
    run = lambda: L.w2a(P(arr), P(cap), W2_Q, W2_BINS, P(o[0]), P(o[1]), P(o[2]))
    o[:] = 0; run(); chk = check(o, ref)
    rows.append(dict(workload="W2a", variant="C with rules, out reused" + tag, threads=1, check=chk, **bench(run)))
    def fresh():
        o = aligned(ref.shape); L.w2a(P(arr), P(cap), W2_Q, W2_BINS, P(o[0]), P(o[1]), P(o[2])); return o
    rows.append(dict(workload="W2a", variant="C with rules, fresh outputs" + tag, threads=1, check=chk, **bench(fresh)))
save("sol_rules" + ("" if ISA == "native" else "_avx2"), rows)
