"""C for the workloads: the loops of bench_sol.py for any spec, with its arithmetic or with FlowTime's rules.

`plain`: the flags and macros of bench_sol.py; NaN, -0.0 and zero divisors are not thought of.
`rules`: MIN, MAX and / as FlowTime defines them, and flags that keep NaN and -0.0. Divisions by zero are
not counted, as FlowTime's are: this asks a little less of the C.
"""
import ast
import ctypes as C
import os
import re
import subprocess
import common
from more_workloads import FORMS, WHOLE_HORIZON

ISA = os.environ.get("SOL_ISA", "native")
FLAGS = ["-O3", "-march=native" if ISA == "native" else "-march=haswell", "-fopenmp", "-fPIC", "-shared", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
if ISA == "native": FLAGS.append("-mprefer-vector-width=512")
PLAIN_FLAGS = ["-ffinite-math-only", "-fno-signed-zeros"]
PLAIN = """#define MN(a,b) ((a)<(b)?(a):(b))
#define MX(a,b) ((a)>(b)?(a):(b))
"""
RULES = """static inline double MN(double a,double b){return a!=a||a<b?a:b;}
static inline double MX(double a,double b){return a!=a||a>b?a:b;}
static inline double DV(double a,double b){return b==0.0?0.0:a/b;}
"""


def build(name, rules, source):
    """compiles into results/sol, as bench_sol.py does; what is there already from the same source and flags is taken as it is"""
    folder = os.path.join(common.OUT, "sol"); os.makedirs(folder, exist_ok=True)
    stem = os.path.join(folder, f"{name}_{'rules' if rules else 'plain'}_{ISA}")
    command = ["gcc", *FLAGS, *([] if rules else PLAIN_FLAGS), stem + ".c", "-o", stem + ".so", "-lm"]
    source += f"// {' '.join(command)}\n"
    if not (os.path.exists(stem + ".so") and open(stem + ".c").read() == source):
        if os.path.exists(stem + ".so"): os.remove(stem + ".so")
        with open(stem + ".c", "w") as file: file.write(source)
        subprocess.run(command, check=True)
    return C.CDLL(stem + ".so")


def pointer(array): return C.c_void_p(array.ctypes.data)


# ------------------------------------------------------------------ W1 and its like
def statements(spec, rules, dest):
    mn, mx = (lambda a, b: f"MN({a}, {b})"), (lambda a, b: f"MX({a}, {b})")
    clamp = lambda v, l, h: f"MN(MX({v}, {l}), {h})"
    text = ""
    for i, (n, op, a, b, c) in enumerate(spec):
        r = lambda z: f"x[{z[1:]}*T+lo+t]" if z[0] == "x" else dest(int(z[1:])) + "[t]"
        e = f"DV({r(a)}, {r(b)} + {c[0]})" if rules and op == "div" else common.w1_expr(op, r(a), r(b), c, mn, mx, clamp)
        text += f"    {{double*restrict o={dest(i)};for(int t=0;t<m;t++)o[t]={e};}}\n"
    return text


def slots(spec, sinks):
    """the scan of bench_sol.py: -> slot of each node, number of slots"""
    last = {}
    for i, (n, op, a, b, c) in enumerate(spec):
        for z in ((a, b) if op != "clamp" else (a,)):
            if z[0] == "n": last[int(z[1:])] = i
    free, slot, count = [], {}, 0
    for i, (n, op, a, b, c) in enumerate(spec):
        if free: slot[i] = free.pop()
        else: slot[i] = count; count += 1
        for z in set((a, b) if op != "clamp" else (a,)):
            if z[0] == "n" and last[int(z[1:])] == i and int(z[1:]) not in sinks: free.append(slot[int(z[1:])])
    return slot, count


def mixed_source(spec, rules):
    """-> source of `all` and `sinks` with the loop nest of bench_sol.py, sinks"""
    sinks = [int(n[1:]) for n in common.w1_sinks(spec)]
    slot, count = slots(spec, sinks)
    source = f"""#include <omp.h>
{RULES if rules else PLAIN}#define B 512
#define BS 128
void all(const double*restrict x,double*restrict out,int T,int th){{
{tiles("B")}
{statements(spec, rules, lambda i: f"(out+(long){i}*T+lo)")} }}}}
void sinks(const double*restrict x,double*restrict out,int T,int th){{
{tiles("BS")} static _Thread_local double w[{count}][BS] __attribute__((aligned(64)));
{statements(spec, rules, lambda i: f"w[{slot[i]}]")}
{"".join(f"  for(int t=0;t<m;t++)out[(long){k}*T+lo+t]=w[{slot[i]}][t];" + chr(10) for k, i in enumerate(sinks))} }}}}
"""
    return source, sinks


def tiles(size):
    return f""" #pragma omp parallel for schedule(static) num_threads(th)
 for(int blk=0;blk<(T+{size}-1)/{size};blk++){{int lo=blk*{size},m=T-lo<{size}?T-lo:{size};"""


def wide_source(spec, rules, part=100):
    """-> source of `all` with the same loop nest, its statements in functions of `part`: gcc takes minutes for 1000 in one"""
    lines = statements(spec, rules, lambda i: f"(out+(long){i}*T+lo)").splitlines(keepends=True)
    parts = [lines[i:i + part] for i in range(0, len(lines), part)]
    made = "".join(f"static void __attribute__((noinline)) part{i}(const double*restrict x,double*restrict out,int T,int lo,int m){{\n{''.join(p)}}}\n" for i, p in enumerate(parts))
    calls = "".join(f"  part{i}(x,out,T,lo,m);\n" for i in range(len(parts)))
    return f"""#include <omp.h>
{RULES if rules else PLAIN}#define B 512
{made}void all(const double*restrict x,double*restrict out,int T,int th){{
{tiles("B")}
{calls} }}}}
"""


def loops_of_bench_sol(source):
    """are the loops of this plain source, line for line, those that bench_sol.py wrote for W1? None if it has not run.
    The numbers of slots are left out: bench_sol.py gives them in an order that changes with the process."""
    path = os.path.join(common.OUT, "sol", f"w1_{ISA}.c")
    if not os.path.exists(path): return None
    lines = lambda text: re.sub(r"w\[\d+\]", "w[]", text).split("\n")
    theirs = set(lines(open(path).read()))
    return all(line in theirs for line in lines(source))


# ------------------------------------------------------------------ W2a with FlowTime's rules
W2_RULES = """
#ifdef __AVX512F__
#include <immintrin.h>
static inline __m512d rule_min(__m512d a,__m512d b){return _mm512_mask_mov_pd(_mm512_min_pd(a,b),_mm512_cmp_pd_mask(a,a,_CMP_UNORD_Q),a);}
static inline __m512d rule_max(__m512d a,__m512d b){return _mm512_mask_mov_pd(_mm512_max_pd(a,b),_mm512_cmp_pd_mask(a,a,_CMP_UNORD_Q),a);}
#endif
"""


def w2_rules_source():
    """the source in bench_sol.py with other minima and maxima"""
    tree = ast.parse(open(os.path.join(common.HERE, "bench_sol.py")).read())
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    source = next(t for t in texts if "void w2a(" in t)
    for line in PLAIN.strip().split("\n"):
        assert line in source
        source = source.replace(line, "")
    source = source.replace("_mm512_min_pd(", "rule_min(").replace("_mm512_max_pd(", "rule_max(")
    return W2_RULES + RULES + source


# ------------------------------------------------------------------ every function
FUNCTIONS = RULES + """#include <math.h>
#define FLAG(c) ((c)?1.0:0.0)
#define TRUTH(x) (fabs(x)>0.0)
static inline double ROUND(double x){double w=trunc(x);return w+copysign(fabs(x-w)>=0.5?1.0:0.0,x);}
static inline double SIGN(double x){return x>0.0?1.0:x<0.0?-1.0:x!=x?x:0.0;}
static inline double MOD(double a,double b){if(b==0.0)return 0.0;double r=fmod(a,b);return r!=0.0&&(r<0.0)!=(b<0.0)?r+b:r;}
#define ROLLING(name,start,first,f) \\
static void name(const double*restrict a,double*restrict o,int lo,int hi,int n,double*p,double*s){ \\
 for(int t=lo;t<hi;){int r=t%n,e=t-r+n<hi?t-r+n:hi;double q=*p; \\
  if(r==0){q=first; if(t){double v=start a[t-1];s[n-1]=v;for(int i=2;i<=n;i++){v=f(a[t-i],v);s[n-i]=v;}}} \\
  if(t<n)for(;t<e;t++){q=f(q,a[t]);o[t]=q;} \\
  else for(;t<e;t++,r++){q=f(q,a[t]);o[t]=r==n-1?q:f(s[r+1],q);} \\
  *p=q;}}
static inline double PLUS(double a,double b){return a+b;}
ROLLING(rolling_sum,0.0+,0.0,PLUS)
ROLLING(rolling_min,,a[t],MN)
ROLLING(rolling_max,,a[t],MX)
#define B 512
"""


def functions_source(spec):
    """-> source of `all`: tiled like the rest; a new sweep over the bins begins at each whole-horizon function"""
    row = lambda z: f"(x+(long){z[1:]}*T)" if z[0] == "x" else f"(out+(long){z[1:]}*T)"
    sweep = " for(int lo=0;lo<T;lo+=B){int hi=T-lo<B?T:lo+B,m=hi-lo;(void)m;\n"
    state, sweeps = "", sweep
    for i, (n, f, a, b, (k, l)) in enumerate(spec):
        c = FORMS[f].c
        if f in WHOLE_HORIZON:
            state += f" double s{i}=0.0;\n"
            whole = f"s{i}" if f == "SUM" else f"(s{i}/T)"
            sweeps += f" }}\n {{const double*a={row(a)};for(int t=0;t<T;t++)s{i}+=a[t];}}\n" + sweep
            c = f"{{b}} + {whole} * {k}e-6" if f == "SUM" else f"{{b}} - {whole} * {k}"
        head = f"  {{const double*restrict a={row(a)}+lo,*restrict b={row(b)}+lo;double*restrict o={row(n)}+lo;(void)a;(void)b;"
        each = lambda e: f"for(int t=0;t<m;t++)o[t]={e};"
        if c == "@shift":
            body = f"int h=lo<{k}?({k}-lo<m?{k}-lo:m):0;for(int t=0;t<h;t++)o[t]=0.0;for(int t=h;t<m;t++)o[t]=a[t-{k}];"
        elif c == "@conv":
            body = (f"int h=lo<2?(2-lo<m?2-lo:m):0;for(int t=0;t<h;t++){{double v=0.0+{k}*a[t];if(lo+t>0)v+=0.3*a[t-1];o[t]=v;}}"
                    f"for(int t=h;t<m;t++)o[t]=0.0+{k}*a[t]+0.3*a[t-1]+0.2*a[t-2];")
        elif c == "@pulse":
            body = each("0.0") + f"int p=lo<=3?3-lo:({k}-(lo-3)%{k})%{k};for(int t=p;t<m;t+={k})o[t]=a[t];"
        elif c == "@ema":
            state += f" double s{i}=0.0;\n"
            body = f"double v=s{i};int t=0;if(lo==0){{v=a[0];o[0]=v;t=1;}}for(;t<m;t++){{v={k}*a[t]+{1 - k!r}*v;o[t]=v;}}s{i}=v;"
        elif c == "@cumsum":
            state += f" double s{i}=0.0;\n"
            body = f"double v=s{i};for(int t=0;t<m;t++){{v=v+a[t]*{k}e-4;o[t]=v;}}s{i}=v;"
        elif c == "@queue":
            state += f" double s{i}=0.0;\n"
            body = f"double v=s{i};for(int t=0;t<m;t++){{v=MX(0.0,(v+a[t])-(b[t]+{l}));o[t]=v;}}s{i}=v;"
        elif c.startswith("@rolling"):
            state += f" static double s{i}[{k}];double p{i}=0.0;\n"
            name = c[1:].replace("mean", "sum")
            body = f"{name}(a-lo,o-lo,lo,hi,{k},&p{i},s{i});"
            if c == "@rolling_mean": body += each(f"o[t]/(double)(lo+t+1<{k}?lo+t+1:{k})")
        else:
            body = each(c.format(a="a[t]", b="b[t]", k=k, l=l))
        sweeps += head + body + "}\n"
    return FUNCTIONS + f"void all(const double*restrict x,double*restrict out,int T,int th){{\n (void)th;\n{state}{sweeps} }}}}\n"
