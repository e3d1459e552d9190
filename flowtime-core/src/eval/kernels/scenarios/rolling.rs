//! Rolling windows of all scenarios at once.

use crate::plan::graph::Rolling;
use crate::plan::scenarios::LANES;
use crate::rules::{max2, min2};

/// A rolling window as `scan::Window` has it, for all lanes at once.
#[inline(always)]
pub(super) fn roll(
    kind: Rolling,
    memory: &mut [[f64; LANES]],
    window: usize,
    t: usize,
    x: [f64; LANES],
) -> [f64; LANES] {
    let (values, rest) = memory.split_at_mut(window);
    let (suffix, prefix) = rest.split_at_mut(window);
    let prefix = &mut prefix[0];
    let fold = |a: f64, b: f64| match kind {
        Rolling::Sum | Rolling::Mean => a + b,
        Rolling::Min => min2(a, b),
        Rolling::Max => max2(a, b),
    };
    let begin = |x: f64| match kind {
        Rolling::Sum | Rolling::Mean => 0.0 + x,
        Rolling::Min | Rolling::Max => x,
    };
    let (at, second) = (t % window, t >= window);
    let filled = at + 1;
    values[at] = x;
    for (prefix, x) in prefix.iter_mut().zip(x) {
        *prefix = if at == 0 { begin(x) } else { fold(*prefix, x) };
    }
    let mut out = *prefix;
    if filled < window && second {
        for (out, suffix) in out.iter_mut().zip(&suffix[filled]) {
            *out = fold(*suffix, *out);
        }
    }
    if kind == Rolling::Mean {
        let count = if second { window } else { filled } as f64;
        out.iter_mut().for_each(|x| *x /= count);
    }
    if filled == window {
        let mut folded = values[window - 1].map(begin);
        suffix[window - 1] = folded;
        for i in (0..window - 1).rev() {
            for (folded, x) in folded.iter_mut().zip(&values[i]) {
                *folded = fold(*x, *folded);
            }
            suffix[i] = folded;
        }
    }
    out
}
