//! The oracle: what a model means, computed by the defining formulas and nothing else.
//!
//! Every sub-expression has a value in every bin; here each such cell is computed on its own, from
//! the cells that its formula names, however slow that is. There is no plan, no order of nodes, no
//! kernel and no state: QUEUE reads its own value of the bin before like any other cell. Tests and
//! fuzzing compare the engine with it, bit by bit.

use crate::expr::builtins::Function;
use crate::expr::{Arg, BinaryOp, Expr, ExprKind, UnaryOp};
use crate::math;
use crate::model::{Const, ConstPolicy, Model, NodeKind, Pmf, PmfPolicy};
use crate::rng;
use rand_core::Rng;
use std::collections::HashMap;

/// What a run is given besides the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReferenceOptions {
    /// Instead of the model's own seed.
    pub seed: Option<u64>,
    /// By const or pmf node: one number for every bin, or a number for each.
    pub overrides: Vec<(String, Vec<f64>)>,
}

/// The result of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferenceRun {
    /// Every node with its value in each bin, in the order of the model.
    pub series: Vec<(String, Vec<f64>)>,
    /// The nodes that divided by zero with the number of bins in which they did, in the order of the
    /// model.
    pub division_by_zero: Vec<(String, u64)>,
}

/// Evaluates a valid model.
///
/// # Panics
///
/// If the model is not valid: unknown names, loops within a bin, lengths that do not fit.
pub fn evaluate(model: &Model, options: &ReferenceOptions) -> ReferenceRun {
    let cells = Cells::of(model, options).computed();
    let bins = model.grid.bins;
    let series = model.nodes.iter().enumerate().map(|(i, node)| {
        let values = cells.values[i * bins..(i + 1) * bins].to_vec();
        (node.id.clone(), values)
    });
    let divided = model.nodes.iter().zip(&cells.divided_by_zero).filter_map(|(node, bins)| {
        let count = bins.iter().filter(|b| **b).count() as u64;
        (count > 0).then(|| (node.id.clone(), count))
    });
    ReferenceRun { series: series.collect(), division_by_zero: divided.collect() }
}

/// A sub-expression, or the given series of a const or pmf node.
enum Part<'m> {
    Given(Vec<f64>),
    /// An expression with the parts of its operands or series arguments, in their order; for a
    /// name, the part that is the node of that name.
    Formula {
        expr: &'m Expr,
        operands: Vec<usize>,
        /// The node it belongs to.
        node: usize,
    },
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Unknown,
    /// Waiting for other cells.
    Waiting,
    Known,
}

struct Cells<'m> {
    bins: usize,
    /// Part `i` is the whole of node `i`; parts of expressions come behind.
    parts: Vec<Part<'m>>,
    /// By part, then bin.
    values: Vec<f64>,
    states: Vec<State>,
    /// By node, then bin.
    divided_by_zero: Vec<Vec<bool>>,
}

impl<'m> Cells<'m> {
    fn of(model: &'m Model, options: &ReferenceOptions) -> Self {
        let bins = model.grid.bins;
        let own = model.rng.as_ref().and_then(|rng| rng.seed).map(u64::from);
        let seed = options.seed.or(own).unwrap_or(0);
        let by_id: HashMap<&str, usize> =
            model.nodes.iter().enumerate().map(|(i, node)| (node.id.as_str(), i)).collect();
        let mut parts: Vec<Part> = model.nodes.iter().map(|_| Part::Given(Vec::new())).collect();
        for (i, node) in model.nodes.iter().enumerate() {
            parts[i] = match (options.overrides.iter().find(|(id, _)| *id == node.id), &node.kind) {
                (_, NodeKind::Expr(formula)) => formula_of(&formula.ast, i, &by_id, &mut parts),
                (Some((_, values)), _) if values.len() == 1 => Part::Given(vec![values[0]; bins]),
                (Some((_, values)), _) => Part::Given(values.clone()),
                (None, NodeKind::Const(given)) => Part::Given(laid_out(given, bins)),
                (None, NodeKind::Pmf(pmf)) => Part::Given(compiled(pmf, seed, &node.id, bins)),
                (None, NodeKind::Invalid) => panic!("node `{}` is not valid", node.id),
            };
        }
        let cells = parts.len() * bins;
        Cells {
            bins,
            parts,
            values: vec![f64::NAN; cells],
            states: vec![State::Unknown; cells],
            divided_by_zero: vec![vec![false; bins]; model.nodes.len()],
        }
    }

    /// With every cell computed: a sub-expression has a value in every bin, read or not.
    fn computed(mut self) -> Self {
        let mut missing = Vec::new();
        for t in 0..self.bins {
            for part in 0..self.parts.len() {
                missing.push((part, t));
                while let Some((part, t)) = missing.pop() {
                    self.compute(part, t, &mut missing);
                }
            }
        }
        self
    }

    /// Computes a cell, or leaves it in `missing` below the cells that it needs first.
    fn compute(&mut self, part: usize, t: usize, missing: &mut Vec<(usize, usize)>) {
        let cell = part * self.bins + t;
        if self.states[cell] == State::Known {
            return;
        }
        let place = missing.len();
        missing.push((part, t));
        let value = match &self.parts[part] {
            Part::Given(values) => values[t],
            Part::Formula { expr, operands, node } => {
                let mut reader = Reader {
                    bins: self.bins,
                    values: &self.values,
                    states: &self.states,
                    missing,
                    divided_by_zero: false,
                };
                let value = formula(expr, part, operands, t, &mut reader);
                let divided = reader.divided_by_zero;
                if missing.len() == place + 1 {
                    self.divided_by_zero[*node][t] |= divided;
                }
                value
            }
        };
        if missing.len() == place + 1 {
            missing.pop();
            self.values[cell] = value;
            self.states[cell] = State::Known;
        } else {
            assert!(self.states[cell] != State::Waiting, "a loop within bin {t}");
            self.states[cell] = State::Waiting;
        }
    }
}

/// Takes an expression apart.
fn formula_of<'m>(
    expr: &'m Expr,
    node: usize,
    by_id: &HashMap<&str, usize>,
    parts: &mut Vec<Part<'m>>,
) -> Part<'m> {
    let inner: Vec<&Expr> = match &expr.kind {
        ExprKind::Name(name) => {
            let operands = vec![*by_id.get(name.as_str()).unwrap_or_else(|| panic!("no node `{name}`"))];
            return Part::Formula { expr, operands, node };
        }
        ExprKind::Number(_) => Vec::new(),
        ExprKind::Unary(_, operand) => vec![operand],
        ExprKind::Chain(first, rest) => [&**first].into_iter().chain(rest.iter().map(|(_, e)| e)).collect(),
        ExprKind::Call(_, args) => args
            .iter()
            .filter_map(|arg| match arg {
                Arg::Series(expr) => Some(expr),
                _ => None,
            })
            .collect(),
    };
    let operands = inner
        .into_iter()
        .map(|inner| {
            let part = formula_of(inner, node, by_id, parts);
            parts.push(part);
            parts.len() - 1
        })
        .collect();
    Part::Formula { expr, operands, node }
}

/// Reads cells for a formula, and notes those that are not known yet.
struct Reader<'a> {
    bins: usize,
    values: &'a [f64],
    states: &'a [State],
    missing: &'a mut Vec<(usize, usize)>,
    divided_by_zero: bool,
}

impl Reader<'_> {
    fn read(&mut self, part: usize, t: usize) -> f64 {
        let cell = part * self.bins + t;
        if self.states[cell] != State::Known {
            self.missing.push((part, t));
        }
        self.values[cell]
    }

    fn divide(&mut self, a: f64, b: f64) -> f64 {
        if b == 0.0 {
            self.divided_by_zero = true;
            return 0.0;
        }
        a / b
    }
}

/// The value of `expr`, which is part `own`, in bin `t`. Good for nothing if a cell was missing.
fn formula(expr: &Expr, own: usize, operands: &[usize], t: usize, cells: &mut Reader) -> f64 {
    match &expr.kind {
        ExprKind::Number(value) => *value,
        ExprKind::Name(_) | ExprKind::Unary(UnaryOp::Plus, _) => cells.read(operands[0], t),
        ExprKind::Unary(UnaryOp::Neg, _) => -cells.read(operands[0], t),
        ExprKind::Chain(_, rest) => {
            let mut value = cells.read(operands[0], t);
            for ((op, _), operand) in rest.iter().zip(&operands[1..]) {
                let right = cells.read(*operand, t);
                value = match op {
                    BinaryOp::Add => value + right,
                    BinaryOp::Sub => value - right,
                    BinaryOp::Mul => value * right,
                    BinaryOp::Div => cells.divide(value, right),
                    BinaryOp::Lt => truth(value < right),
                    BinaryOp::Le => truth(value <= right),
                    BinaryOp::Gt => truth(value > right),
                    BinaryOp::Ge => truth(value >= right),
                    BinaryOp::Eq => truth(value == right),
                    BinaryOp::Ne => truth(value != right),
                };
            }
            value
        }
        ExprKind::Call(function, args) => {
            let literals = Literals(args);
            match operands {
                // The functions that look at other bins than their own.
                [x] => over_time(*function, own, *x, literals, t, cells),
                [inflow, outflow] if *function == Function::Queue => {
                    let before = if t == 0 { literals.num(2).unwrap_or(0.0) } else { cells.read(own, t - 1) };
                    max2(0.0, (before + cells.read(*inflow, t)) - cells.read(*outflow, t))
                }
                _ => {
                    let values: Vec<f64> = operands.iter().map(|operand| cells.read(*operand, t)).collect();
                    in_bin(*function, &values, literals, t)
                }
            }
        }
    }
}

/// The literal arguments of a call, by their position among all arguments.
#[derive(Clone, Copy)]
struct Literals<'a>(&'a [Arg]);

impl<'a> Literals<'a> {
    fn int(self, index: usize) -> Option<u64> {
        match self.0.get(index) {
            Some(Arg::Int(n)) => Some(*n),
            _ => None,
        }
    }

    fn num(self, index: usize) -> Option<f64> {
        match self.0.get(index) {
            Some(Arg::Num(x)) => Some(*x),
            _ => None,
        }
    }

    fn kernel(self, index: usize) -> &'a [f64] {
        match self.0.get(index) {
            Some(Arg::Kernel(entries)) => entries,
            _ => &[],
        }
    }
}

/// A function of one series, of any bins; `own` is the part of the call itself.
fn over_time(function: Function, own: usize, x: usize, args: Literals, t: usize, cells: &mut Reader) -> f64 {
    match function {
        Function::Shift => {
            let k = args.int(1).unwrap_or(0);
            if t as u64 >= k { cells.read(x, t - k as usize) } else { args.num(2).unwrap_or(0.0) }
        }
        Function::Conv => {
            let kernel = args.kernel(1);
            let leading_zeros = kernel.iter().take_while(|k| **k == 0.0).count();
            let mut sum = 0.0;
            for (j, k) in kernel.iter().enumerate().take(t + 1).skip(leading_zeros) {
                sum += k * cells.read(x, t - j);
            }
            sum
        }
        Function::Ema => {
            let alpha = args.num(1).unwrap_or(1.0);
            let now = cells.read(x, t);
            match (t, args.num(2)) {
                (0, None) => now,
                (0, Some(init)) => alpha * now + (1.0 - alpha) * init,
                _ => alpha * now + (1.0 - alpha) * cells.read(own, t - 1),
            }
        }
        Function::Cumsum => {
            let before = if t == 0 { 0.0 } else { cells.read(own, t - 1) };
            before + cells.read(x, t)
        }
        Function::Sum | Function::Mean => {
            let mut sum = 0.0;
            for bin in 0..cells.bins {
                sum += cells.read(x, bin);
            }
            if function == Function::Sum { sum } else { sum / cells.bins as f64 }
        }
        Function::RollingSum | Function::RollingMean | Function::RollingMin | Function::RollingMax => {
            // A window longer than the grid is as long as the grid.
            let n = args.int(1).unwrap_or(1).min(cells.bins as u64) as usize;
            let upto: Vec<f64> = (0..=t).map(|bin| cells.read(x, bin)).collect();
            match function {
                Function::RollingMin => window(&upto, n, None, min2),
                Function::RollingMax => window(&upto, n, None, max2),
                Function::RollingSum => window(&upto, n, Some(0.0), |a, b| a + b),
                _ => window(&upto, n, Some(0.0), |a, b| a + b) / n.min(t + 1) as f64,
            }
        }
        _ => in_bin(function, &[cells.read(x, t)], args, t),
    }
}

/// The last `n` values of `x`, which ends with the present bin, put together with `f` from blocks of
/// `n` bins: the end of the block before, folded from the right, and the present block so far,
/// folded from the left.
fn window(x: &[f64], n: usize, start: Option<f64>, f: fn(f64, f64) -> f64) -> f64 {
    let t = x.len() - 1;
    let b = t - t % n;
    let first = |value: f64| start.map_or(value, |start| f(start, value));
    let mut present = first(x[b]);
    for value in &x[b + 1..] {
        present = f(present, *value);
    }
    if b == 0 || t + 1 - n == b {
        return present;
    }
    let mut earlier = first(x[b - 1]);
    for value in x[t + 1 - n..b - 1].iter().rev() {
        earlier = f(*value, earlier);
    }
    f(earlier, present)
}

/// A function of the values of its own bin alone.
fn in_bin(function: Function, x: &[f64], args: Literals, t: usize) -> f64 {
    match function {
        Function::Abs => x[0].abs(),
        Function::And => truth(x.iter().all(|x| is_true(*x))),
        Function::Bin => t as f64,
        Function::Ceil => x[0].ceil(),
        Function::Clamp => min2(max2(x[0], x[1]), x[2]),
        Function::Exp => math::exp(x[0]),
        Function::Floor => x[0].floor(),
        Function::If => {
            if is_true(x[0]) {
                x[1]
            } else {
                x[2]
            }
        }
        Function::Ln => math::ln(x[0]),
        Function::Max => x[1..].iter().fold(x[0], |a, b| max2(a, *b)),
        Function::Min => x[1..].iter().fold(x[0], |a, b| min2(a, *b)),
        Function::Mod => {
            if x[1] == 0.0 {
                return 0.0;
            }
            let r = x[0] % x[1];
            if r != 0.0 && (r < 0.0) != (x[1] < 0.0) { r + x[1] } else { r }
        }
        Function::Not => truth(!is_true(x[0])),
        Function::Or => truth(x.iter().any(|x| is_true(*x))),
        Function::Pow => math::pow(x[0], x[1]),
        Function::Pulse => {
            let (period, phase) = (args.int(0).unwrap_or(1), args.int(1).unwrap_or(0));
            let amplitude = x.first().copied().unwrap_or(1.0);
            let t = t as u64;
            if t >= phase && (t - phase).is_multiple_of(period) { amplitude } else { 0.0 }
        }
        Function::Round => x[0].round(),
        Function::Sign => {
            if x[0] > 0.0 {
                1.0
            } else if x[0] < 0.0 {
                -1.0
            } else if x[0] == 0.0 {
                0.0
            } else {
                x[0]
            }
        }
        Function::Sqrt => x[0].sqrt(),
        Function::Step => truth(x[0] >= x[1]),
        Function::Conv
        | Function::Cumsum
        | Function::Ema
        | Function::Mean
        | Function::Queue
        | Function::RollingMax
        | Function::RollingMean
        | Function::RollingMin
        | Function::RollingSum
        | Function::Shift
        | Function::Sum => panic!("{} looks at other bins", function.name()),
    }
}

fn truth(condition: bool) -> f64 {
    if condition { 1.0 } else { 0.0 }
}

fn is_true(x: f64) -> bool {
    x != 0.0 && !x.is_nan()
}

fn min2(a: f64, b: f64) -> f64 {
    if a.is_nan() || a < b { a } else { b }
}

fn max2(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// The series of a const node.
fn laid_out(given: &Const, bins: usize) -> Vec<f64> {
    let values = &given.values;
    let length = values.len();
    (0..bins)
        .map(|t| match given.policy {
            Some(ConstPolicy::Stretch) => values[t / (bins / length)],
            Some(ConstPolicy::Repeat | ConstPolicy::Error) | None => values[t % length],
        })
        .collect()
}

/// The series of a pmf node.
fn compiled(pmf: &Pmf, seed: u64, id: &str, bins: usize) -> Vec<f64> {
    let Pmf { values, probabilities, .. } = pmf;
    match pmf.policy.unwrap_or(PmfPolicy::Sample) {
        PmfPolicy::Sample => {
            let mut stream = rng::stream(seed, id);
            (0..bins).map(|_| draw(values, probabilities, stream.next_u32())).collect()
        }
        PmfPolicy::Expected => {
            let mean = values.iter().zip(probabilities).fold(0.0, |sum, (v, p)| sum + v * p);
            vec![mean; bins]
        }
        PmfPolicy::Repeat | PmfPolicy::Error => (0..bins).map(|t| values[t % values.len()]).collect(),
    }
}

fn draw(values: &[f64], probabilities: &[f64], output: u32) -> f64 {
    let u = f64::from(output) / 4_294_967_296.0;
    let mut c = 0.0;
    for (value, p) in values.iter().zip(probabilities) {
        c += p;
        if u < c {
            return *value;
        }
    }
    let mut from_the_end = values.iter().zip(probabilities).rev();
    from_the_end.find(|(_, p)| **p > 0.0).map_or(f64::NAN, |(value, _)| *value)
}

#[cfg(test)]
mod generated;
#[cfg(test)]
mod tests;
