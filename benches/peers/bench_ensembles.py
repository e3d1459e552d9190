"""FlowTime's ensembles: W2b and W3 under the rules of the peers, in other words too, and W3 from 10^2 to 10^7 scenarios.

`bench_ensembles.py [w2b] [w3] [growth]`; the references are those of bench_numpy.py.
"""
import resource
import subprocess
from common import *
from flowtime_engine import Scenarios, document, same_bits
from more_workloads import W2_FORMS, W3_FORMS, W3_KEPT, w2b_nodes, w3_document
rows = []
which = set(sys.argv[1:]) or {"w2b", "w3", "growth"}


def w3(form, scenarios, threads=1, quantile=0.95):
    return Scenarios(w3_document(form), W3_T, W3_KEPT, scenarios, quantile=quantile, threads=threads)


if sys.argv[1:2] == ["once"]:
    engine = w3("as written", int(sys.argv[2])); before = time.process_time(); engine.run()
    print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    sys.exit()

if "w2b" in which:
    arr, cap = w2_inputs(); ref = np.load(os.path.join(OUT, "w2b_ref.npz"))
    for form in W2_FORMS:
        nodes, keep, peaks = w2b_nodes(cap, form, shuffled=form != "as written")
        for th in (1, 2):
            engine = Scenarios(document(W2_BINS, nodes, ["arr_0"]), W2_BINS, keep, W2_S, [arr], w2_scale(), peaks, threads=th)
            found = engine.run()
            same = same_bits(found.series()[0].T, ref["last"]) and same_bits(found.maxima(), ref["pk"])
            name = "W2b" if form == "as written" else f"W2b {form}"
            rows.append(dict(workload=name, variant="FlowTime", threads=th, check="same bits" if same else "DIFFERENT", **bench(th=th, fn=engine.run)))


def distance(found, ref):
    """the streams are FlowTime's own: how far means are apart, at most, against the largest"""
    far = np.abs(found - ref).max(axis=1) / np.abs(ref).max(axis=1)
    return f"other streams, means {far.max():.1%} apart" if far.max() < 0.1 else f"DIFFERENT: means {far.max():.1%} apart"


if "w3" in which:
    for n in (10_000, 100_000):
        ref = np.load(os.path.join(OUT, f"w3_ref_{n}.npz"))
        for form in W3_FORMS:
            for th in (1, 2) if form == "as written" else (1,):
                engine = w3(form, n, th); chk = distance(engine.run().means(), ref["m"])
                name = f"W3-{n}" if form == "as written" else f"W3-{n} {form}"
                rows.append(dict(workload=name, variant="FlowTime, mean + p95", threads=th, check=chk, **bench(th=th, fn=engine.run)))

if "growth" in which:
    # A process each, so that the peak memory is its own; once, as the large ones take long.
    print("W3, mean and exact p95 of 3 series, one thread: the first run of a process, in processor time")
    for power in range(2, 8):
        n = 10 ** power
        text = subprocess.run([sys.executable, __file__, "once", str(n)], capture_output=True, text=True, check=True).stdout
        seconds, peak = (float(x) for x in text.split()[-2:])
        rows.append(dict(workload=f"W3-growth-{n}", variant="FlowTime", threads=1, check="-", first=seconds, min=seconds, median=seconds, max=seconds, n=1, peak=peak))
        print(f"  {n:>10,} scenarios {seconds * 1e3:10.1f} ms {seconds / n * 1e6:8.3f} us a scenario  peak {peak / 2**20:6.0f} MiB")
save("ensembles", rows)
