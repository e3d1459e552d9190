//! Computations that carry something from bin to bin by themselves.

use crate::plan::graph::{Rolling, TILE};
use crate::plan::program::ScanKind;
use crate::rules::{max2, min2};

/// What a scan remembers.
#[derive(Debug, Clone)]
pub(crate) enum ScanState {
    /// The previous result.
    Last(f64),
    /// The previous result, if there was one.
    Ema(Option<f64>),
    Rolling(Window),
    Conv(History),
}

impl ScanState {
    /// The state before bin 0.
    pub(crate) fn new(kind: &ScanKind) -> Self {
        match kind {
            ScanKind::Ema { init, .. } => ScanState::Ema(*init),
            ScanKind::Cumsum => ScanState::Last(0.0),
            ScanKind::Queue { initial } => ScanState::Last(*initial),
            ScanKind::Rolling { window, .. } => ScanState::Rolling(Window::new(*window)),
            ScanKind::Conv { kernel } => ScanState::Conv(History::new(kernel.len())),
        }
    }

    /// Back to the state before bin 0, without allocating.
    pub(crate) fn reset(&mut self, kind: &ScanKind) {
        match (self, kind) {
            (ScanState::Ema(last), ScanKind::Ema { init, .. }) => *last = *init,
            (ScanState::Last(last), ScanKind::Queue { initial }) => *last = *initial,
            (ScanState::Last(last), _) => *last = 0.0,
            (ScanState::Rolling(window), _) => window.reset(),
            (ScanState::Conv(history), _) => history.reset(),
            _ => {}
        }
    }
}

/// Advances a scan by `out.len()` bins, at most `TILE`; `a` and `b` are its operands.
pub(crate) fn advance(kind: &ScanKind, state: &mut ScanState, a: &[f64], b: &[f64], out: &mut [f64]) {
    match (kind, state) {
        (ScanKind::Ema { alpha, .. }, ScanState::Ema(last)) => {
            let rest = 1.0 - alpha;
            for (y, x) in out.iter_mut().zip(a) {
                let next = match *last {
                    Some(last) => alpha * x + rest * last,
                    None => *x,
                };
                *last = Some(next);
                *y = next;
            }
        }
        (ScanKind::Cumsum, ScanState::Last(last)) => {
            for (y, x) in out.iter_mut().zip(a) {
                *last += x;
                *y = *last;
            }
        }
        (ScanKind::Queue { .. }, ScanState::Last(last)) => {
            for ((y, inflow), outflow) in out.iter_mut().zip(a).zip(b) {
                *last = max2(0.0, (*last + inflow) - outflow);
                *y = *last;
            }
        }
        (ScanKind::Rolling { kind, .. }, ScanState::Rolling(window)) => match kind {
            Rolling::Sum => window.advance(a, out, 0.0, |s, x| s + x, |s, _| s),
            Rolling::Mean => window.advance(a, out, 0.0, |s, x| s + x, |s, n| s / n as f64),
            Rolling::Min => window.fold(a, out, min2),
            Rolling::Max => window.fold(a, out, max2),
        },
        (ScanKind::Conv { kernel }, ScanState::Conv(history)) => history.advance(kernel, a, out),
        _ => {}
    }
}

/// A rolling window, put together from two blocks of `length` bins: the running fold of the
/// present block and the folds from the right of the one before. Constant work a bin, and a NaN
/// leaves with its window.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    length: usize,
    /// Of the present block.
    values: Vec<f64>,
    /// `suffix[i]` folds bins i.. of the block before, from the right.
    suffix: Vec<f64>,
    /// The fold of the present block so far.
    prefix: f64,
    /// Is there a block before?
    second: bool,
}

impl Window {
    fn new(length: usize) -> Self {
        Window {
            length,
            values: Vec::with_capacity(length),
            suffix: vec![0.0; length],
            prefix: 0.0,
            second: false,
        }
    }

    fn reset(&mut self) {
        self.values.clear();
        self.second = false;
    }

    /// MIN and MAX: folds begin with their first element.
    fn fold(&mut self, x: &[f64], out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
        self.run(x, out, |x| x, &f, |s, _| s);
    }

    /// Sums: folds begin with `start`.
    fn advance(
        &mut self,
        x: &[f64],
        out: &mut [f64],
        start: f64,
        f: impl Fn(f64, f64) -> f64,
        finish: impl Fn(f64, usize) -> f64,
    ) {
        self.run(x, out, |x| start + x, &f, finish);
    }

    fn run(
        &mut self,
        x: &[f64],
        out: &mut [f64],
        begin: impl Fn(f64) -> f64,
        f: &impl Fn(f64, f64) -> f64,
        finish: impl Fn(f64, usize) -> f64,
    ) {
        for (y, &x) in out.iter_mut().zip(x) {
            self.prefix = if self.values.is_empty() { begin(x) } else { f(self.prefix, x) };
            self.values.push(x);
            let filled = self.values.len();
            // With a full block, or before there is one, the block is the window.
            let whole = filled == self.length || !self.second;
            let fold = if whole { self.prefix } else { f(self.suffix[filled], self.prefix) };
            *y = finish(fold, if self.second { self.length } else { filled });
            if filled == self.length {
                let mut fold = begin(x);
                self.suffix[filled - 1] = fold;
                for i in (0..filled - 1).rev() {
                    fold = f(self.values[i], fold);
                    self.suffix[i] = fold;
                }
                self.values.clear();
                self.second = true;
            }
        }
    }
}

/// The inputs that a long kernel still needs, in front of those of the present tile.
#[derive(Debug, Clone)]
pub(crate) struct History {
    numbers: Vec<f64>,
    past: usize,
}

impl History {
    fn new(kernel: usize) -> Self {
        let past = kernel.saturating_sub(1);
        History { numbers: vec![0.0; past + TILE], past }
    }

    fn reset(&mut self) {
        self.numbers.fill(0.0);
    }

    /// Bin by bin from the nearest input back, all bins of the tile side by side.
    fn advance(&mut self, kernel: &[f64], x: &[f64], out: &mut [f64]) {
        let count = out.len();
        self.numbers[self.past..self.past + count].copy_from_slice(&x[..count]);
        out.fill(0.0);
        for (j, k) in kernel.iter().enumerate() {
            let inputs = &self.numbers[self.past - j..self.past - j + count];
            for (sum, x) in out.iter_mut().zip(inputs) {
                *sum += k * x;
            }
        }
        self.numbers.copy_within(count..count + self.past, 0);
    }
}
