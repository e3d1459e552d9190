"""FlowTime on W1 and W2a: timed by the same clock and under the same rules as the peers, in the caller's memory and fresh."""
from common import *
from flowtime_engine import Engine, about, aligned, document, same_bits
from more_workloads import W2_FORMS, mixed_nodes, w2_nodes
rows = []
which = set(sys.argv[1:]) or {"w1", "w2"}
def check(got, ref): return "same bits" if same_bits(got, ref) else compare("", got, ref)
print("FlowTime runs on", about()[1])

if "w1" in which:
    spec = w1_spec(); xs = w1_inputs(); ref = w1_ref_matrix(); every = [n for n, *_ in spec]; sinks = w1_sinks(spec)
    yaml = document(W1_BINS, mixed_nodes(spec), [f"x{j}" for j in range(W1_INPUTS)])
    all_, few = Engine(yaml, xs, every), Engine(yaml, xs, sinks)
    out = aligned((W1_NODES, W1_BINS)); so = np.empty((len(sinks), W1_BINS))
    out[:] = 0; all_.run_into(out); chk = check(out, ref)
    rows.append(dict(workload="W1-all", variant="FlowTime, out reused", threads=1, check=chk, **bench(lambda: all_.run_into(out))))
    chk = check(all_.fresh().array(), ref)
    rows.append(dict(workload="W1-all", variant="FlowTime, fresh", threads=1, check=chk, **bench(all_.fresh)))
    so[:] = 0; few.run_into(so); chk = check(so, ref[[int(n[1:]) for n in sinks]])
    rows.append(dict(workload="W1-sinks", variant="FlowTime, out reused", threads=1, check=chk, **bench(lambda: few.run_into(so))))
    chk = check(few.fresh().array(), ref[[int(n[1:]) for n in sinks]])
    rows.append(dict(workload="W1-sinks", variant="FlowTime, fresh (the program made anew)", threads=1, check=chk, **bench(few.fresh)))
    first = lambda: Engine(yaml, xs, sinks).run_into(so)
    rows.append(dict(workload="W1-first", variant="FlowTime, from YAML text to the sinks", threads=1, check=chk, **bench(first)))

if "w2" in which:
    arr, cap = w2_inputs(); ref = np.concatenate(w2_reference(arr, cap)); out = aligned(ref.shape)
    for form in W2_FORMS:
        nodes, keep = w2_nodes(cap, form, shuffled=form != "as written")
        engine = Engine(document(W2_BINS, nodes, ["arr_0"]), [arr], keep)
        out[:] = 0; engine.run_into(out); chk = check(out, ref)
        name = "W2a" if form == "as written" else f"W2a {form}"
        rows.append(dict(workload=name, variant="FlowTime, out reused", threads=1, check=chk, **bench(lambda: engine.run_into(out))))
        if form == "as written":
            chk = check(engine.fresh().array(), ref)
            rows.append(dict(workload=name, variant="FlowTime, fresh (the program made anew)", threads=1, check=chk, **bench(engine.fresh)))
save("flowtime", rows)
