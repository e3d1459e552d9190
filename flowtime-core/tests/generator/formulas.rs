//! Expr nodes.

use super::{Generator, Group};

/// What a place in a formula may refer to.
#[derive(Clone, Copy)]
struct Scope {
    /// There is a lag around it, so that later nodes are allowed.
    lagged: bool,
    /// There is a SUM or MEAN around it, so that only lower layers are allowed.
    horizon: bool,
}

const HERE: Scope = Scope { lagged: false, horizon: false };

impl Generator {
    /// The formulas of a group of nodes, one for each of `ids`, which are the next ranks.
    pub(super) fn group(&mut self, group: Group, ids: &[String]) -> Vec<String> {
        match group {
            Group::Stages => return self.stages(ids),
            Group::Cohort(nodes) => return self.cohort(ids, nodes),
            Group::Ring | Group::LongRing => return self.ring(ids, group == Group::LongRing),
            _ => {}
        }
        let start = self.rank;
        let formulas = (0..ids.len()).map(|i| {
            // Later nodes of the group may refer to earlier ones.
            self.rank = start + i;
            match group {
                Group::NestedShifts => self.nested_shifts(),
                Group::Horizon => self.horizon(),
                Group::Shared => self.shared(),
                Group::SelfLoop => self.self_loop(&ids[i]),
                Group::StatefulLoop => self.stateful_loop(&ids[i]),
                Group::KernelLoop => self.kernel_loop(&ids[i]),
                _ => {
                    let depth = self.random.between(1, 4);
                    self.formula(depth, HERE)
                }
            }
        });
        let formulas = formulas.collect();
        self.rank = start;
        formulas
    }

    fn id(&mut self, scope: Scope) -> String {
        let own = match () {
            () if scope.horizon => 0,
            () if scope.lagged && self.feedback => self.layer.len(),
            () => self.rank,
        };
        if own > 0 && self.random.chance(0.6) {
            return self.layer[self.random.below(own)].clone();
        }
        self.random.of(&self.below).clone()
    }

    fn literal(&mut self) -> String {
        let some = ["0", "1", "2", "0.5", "-1", "10", "100", ".25", "3.", "1e2", "0.1"];
        match self.random.below(4) {
            0 => format!("{:.3}", self.random.unit() * 50.0),
            _ => (*self.random.of(&some)).to_owned(),
        }
    }

    fn leaf(&mut self, scope: Scope) -> String {
        if self.random.chance(0.2) {
            return self.literal();
        }
        if self.random.chance(0.05) {
            return "BIN()".to_owned();
        }
        let id = self.id(scope);
        // Whatever comes round again is damped, most of the time.
        if scope.lagged && self.random.chance(0.7) {
            return format!("0.{} * {id}", self.random.between(1, 6));
        }
        id
    }

    fn formula(&mut self, depth: usize, scope: Scope) -> String {
        if depth == 0 || self.random.chance(0.1) {
            return self.leaf(scope);
        }
        if self.random.chance(0.45) {
            let (a, b) = (self.formula(depth - 1, scope), self.formula(depth - 1, scope));
            let operators = ["+", "+", "-", "-", "*", "/", "<", "<=", ">", ">=", "==", "!="];
            let op = *self.random.of(&operators);
            return match self.random.below(6) {
                0 => format!("(-({a}) {op} ({b}))"),
                1 => format!("(({a}) {op} ({b}) * 0.5)"),
                2 if op.starts_with(['+', '-']) => {
                    let c = self.leaf(scope);
                    format!("({a} {op} 2 - {c} / 4)")
                }
                _ => format!("(({a}) {op} ({b}))"),
            };
        }
        self.call(depth - 1, scope)
    }

    fn call(&mut self, depth: usize, scope: Scope) -> String {
        let later = Scope { lagged: true, ..scope };
        let n = *self.random.of(&[1, 2, 3, 4, 7, 8, 16, 17, 64, 65, 128, 500]);
        let k = self.lag();
        let fill = *self.random.of(&["", ", 1", ", -2.5", ", 100", ", -0", ", 0"]);
        match self.random.below(36) {
            0 => format!("ABS({})", self.formula(depth, scope)),
            1 => format!("SQRT(ABS({}))", self.formula(depth, scope)),
            2 => format!("sqrt({})", self.formula(depth, scope)),
            3 => format!("EXP(CLAMP({}, -20, 3))", self.formula(depth, scope)),
            4 => format!("LN(ABS({}) + 1)", self.formula(depth, scope)),
            5 => format!("LN({})", self.formula(depth, scope)),
            6 => format!("FLOOR({})", self.formula(depth, scope)),
            7 => format!("Ceil({})", self.formula(depth, scope)),
            8 => format!("ROUND({})", self.formula(depth, scope)),
            9 => format!("SIGN({})", self.formula(depth, scope)),
            10 => format!("NOT({})", self.formula(depth, scope)),
            11 => format!("POW(ABS({}), {})", self.formula(depth, scope), self.literal()),
            12 => format!("POW({}, CLAMP({}, -2, 2))", self.formula(depth, scope), self.leaf(scope)),
            13 => format!("MOD({}, {})", self.formula(depth, scope), self.formula(depth, scope)),
            14 => format!("STEP({}, {})", self.formula(depth, scope), self.leaf(scope)),
            15 => format!("min({}, {})", self.formula(depth, scope), self.leaf(scope)),
            16 => {
                format!("MAX({}, {}, {})", self.formula(depth, scope), self.leaf(scope), self.leaf(scope))
            }
            17 => {
                format!("CLAMP({}, {}, {})", self.formula(depth, scope), self.leaf(scope), self.leaf(scope))
            }
            18 => format!(
                "IF({}, {}, {})",
                self.formula(depth, scope),
                self.formula(depth, scope),
                self.leaf(scope)
            ),
            34 => {
                // The lower or the upper one of two, spelled out.
                let (a, b) = (self.formula(depth, scope), self.leaf(scope));
                let op = *self.random.of(&["<", ">", "<=", ">="]);
                match self.random.chance(0.5) {
                    true => format!("IF({a} {op} {b}, {a}, {b})"),
                    false => format!("IF({a} {op} {b}, {b}, {a})"),
                }
            }
            35 => {
                // What a queue has, and what is left when some of it is served.
                let (whole, capacity) = (self.formula(depth, scope), self.leaf(scope));
                let served = match self.random.below(4) {
                    0 => format!("MIN({whole}, {capacity})"),
                    1 => format!("MIN({capacity}, {whole})"),
                    2 => format!("IF({whole} < {capacity}, {whole}, {capacity})"),
                    _ => format!("IF({capacity} < {whole}, {capacity}, {whole})"),
                };
                format!("MAX(0, ({whole}) - {served})")
            }
            19 => format!("AND({}, {})", self.formula(depth, scope), self.leaf(scope)),
            20 => format!("OR({}, {}, 0)", self.formula(depth, scope), self.leaf(scope)),
            21 => format!("PULSE({n}, {}, {})", self.random.below(9), self.formula(depth, scope)),
            22 => format!("PULSE({n})"),
            23 | 24 => format!("SHIFT({}, {k}{fill})", self.formula(depth, later)),
            25 => format!("SHIFT({}, 0{fill})", self.formula(depth, scope)),
            26 => format!("CONV({}, {})", self.formula(depth, scope), self.kernel(0)),
            27 => {
                let zeros = k.min(40);
                format!("CONV({}, {})", self.formula(depth, later), self.kernel(zeros))
            }
            28 => {
                let alpha = self.random.between(1, 10) as f64 / 10.0;
                format!("EMA({}, {alpha}{fill})", self.formula(depth, scope))
            }
            29 => format!("CUMSUM(0.01 * ({}))", self.formula(depth, scope)),
            30 => {
                let function = *self.random.of(&["SUM", "MEAN", "MIN", "MAX"]);
                format!("ROLLING_{function}({}, {n})", self.formula(depth, scope))
            }
            31 => format!("QUEUE({}, {}{fill})", self.formula(depth, scope), self.formula(depth, scope)),
            32 => {
                let function = *self.random.of(&["SUM", "MEAN"]);
                let inner = self.formula(depth, Scope { horizon: true, ..scope });
                format!("{function}({inner})")
            }
            _ if !self.shared.is_empty() && !scope.horizon => self.random.of(&self.shared).clone(),
            _ => self.leaf(scope),
        }
    }

    /// A kernel with `zeros` zeros at the front; what follows adds up to less than 1.
    fn kernel(&mut self, zeros: usize) -> String {
        let mut entries = vec!["0".to_owned(); zeros];
        for _ in 0..self.random.between(1, 5) {
            let entry = *self.random.of(&["0.15", "-0.1", "0.05", "0.19", "0", "-0"]);
            entries.push(entry.to_owned());
        }
        // No zero in its place: the number of zeros at the front is what was asked for.
        entries[zeros] = (*self.random.of(&["0.2", "-0.15", "0.0625"])).to_owned();
        format!("[{}]", entries.join(", "))
    }

    fn nested_shifts(&mut self) -> String {
        let (a, b, c) = (self.lag(), self.random.below(4), self.lag());
        let x = self.leaf(HERE);
        let y = self.leaf(HERE);
        format!("SHIFT(SHIFT({x}, {a}, -1) + SHIFT({x}, {b}, 7) - SHIFT({y}, {a}), {c}, 0.5)")
    }

    fn horizon(&mut self) -> String {
        let x = self.random.of(&self.below).clone();
        let y = self.id(HERE);
        match self.random.below(4) {
            0 => format!("{x} / SUM({x})"),
            1 => format!("{y} - MEAN({x})"),
            2 => format!("SHIFT(SUM(CUMSUM({x}) * 0.01), 1) + MEAN({x} > MEAN({x}))"),
            _ => format!("IF({x} > MEAN(SHIFT({x}, 1)), SUM(ABS({x})) / 100, {y})"),
        }
    }

    /// The same text in several nodes, several times.
    fn shared(&mut self) -> String {
        if self.shared.is_empty() || self.random.chance(0.3) {
            let formula = self.formula(3, HERE);
            // What is used again and again must not grow each time.
            let small = if formula.len() < 1000 { formula } else { self.leaf(HERE) };
            self.shared.push(small);
        }
        let x = self.random.of(&self.shared).clone();
        if x.len() < 400 && self.random.chance(0.5) {
            self.shared.push(format!("(({x}) - 0.5 * ABS({x}))"));
        }
        let y = self.leaf(HERE);
        format!("({x}) + MIN({x}, {y}) * 0.5")
    }

    fn self_loop(&mut self, me: &str) -> String {
        let (k, l) = (self.lag(), self.lag());
        let (x, y) = (self.formula(1, HERE), self.leaf(HERE));
        match self.random.below(7) {
            0 => format!("MAX(0, SHIFT({me}, 1) + {x} - {y})"),
            1 => format!("0.5 * SHIFT({me}, {k}) + {x}"),
            2 => format!("0.5 * SHIFT({me}, {k}) - 0.25 * SHIFT({me}, {l}, 3) + {x}"),
            3 => format!("SHIFT(0.9 * {me} + {x}, {k})"),
            4 => format!("IF(BIN() < {k}, {x}, SHIFT({me}, {k}, -1))"),
            5 => format!("CLAMP(SHIFT({me}, {k}) * 1.1 + {x}, -500, 500)"),
            _ => format!("SHIFT(SHIFT(0.8 * {me}, {k}, 2) + {y}, {l}, 5)"),
        }
    }

    fn stateful_loop(&mut self, me: &str) -> String {
        let (k, n) = (self.lag(), *self.random.of(&[1, 2, 3, 8, 16, 63, 64, 65, 130]));
        let (x, y) = (self.formula(1, HERE), self.leaf(HERE));
        match self.random.below(12) {
            0 => format!("QUEUE({x} + 0.5 * SHIFT({me}, {k}), {y})"),
            1 => format!("EMA({x} - 0.5 * SHIFT({me}, {k}), 0.3)"),
            2 => format!("ROLLING_SUM(SHIFT({me}, {k}) / {n} + {x}, {n}) * 0.5"),
            3 => format!("ROLLING_MAX(SHIFT({me}, {k}) - 1, {n}) + {x} * 0.01"),
            4 => format!("ROLLING_MIN(0.5 * SHIFT({me}, {k}), {n}) + {x}"),
            5 => format!("CUMSUM({x} - 0.1 * SHIFT({me}, 1))"),
            6 => format!("SHIFT(ROLLING_MEAN({me}, {n}), {k}) * 0.5 + {x}"),
            7 => format!("SHIFT(QUEUE({me}, {y}), {k}) * 0.05 + {x}"),
            8 => format!("SHIFT(CUMSUM({me} * 0.05), {k}) * -0.5 + {x}"),
            9 => format!("SHIFT(EMA({me}, 0.5, 3), {k}, 1) * 0.9 + {x}"),
            10 => format!("QUEUE(SHIFT(ROLLING_MEAN(EMA({me}, 0.5), {n}), {k}) * 0.5 + {x}, {y}, 4)"),
            _ => format!("CLAMP(CONV(SHIFT({me}, {k}), [0.5, 0.25]) + {x}, -100, 100)"),
        }
    }

    fn kernel_loop(&mut self, me: &str) -> String {
        let zeros = self.lag();
        let kernel = self.kernel(zeros);
        let (x, y) = (self.formula(1, HERE), self.leaf(HERE));
        match self.random.below(3) {
            0 => format!("{x} + CONV({me}, {kernel})"),
            1 => format!("CONV({me} - {y}, {kernel}) + {x}"),
            _ => format!("{x} + 0.5 * CONV(CONV({me}, [0.5, 0.5]), {kernel})"),
        }
    }

    /// Each node reads the next, the last one the first; the loop is closed by lags alone, so the
    /// nodes may be of any order among themselves.
    fn ring(&mut self, ids: &[String], long: bool) -> Vec<String> {
        let shape = self.random.below(4);
        let same = self.random.chance(0.5);
        let mut k = self.lag();
        (0..ids.len())
            .map(|i| {
                let next = &ids[(i + 1) % ids.len()];
                k = match long {
                    true => self.random.between(33, 130),
                    false if same => k,
                    false => self.lag(),
                };
                let x = if same { self.below[0].clone() } else { self.formula(1, HERE) };
                match shape {
                    0 => format!("0.7 * SHIFT({next}, {k}) + {x}"),
                    1 => format!("CLAMP({x} - SHIFT({next}, {k}, 1), -50, 50)"),
                    2 => format!("MAX({x}, 0.5 * SHIFT({next} + {x}, {k}))"),
                    _ => format!("EMA(SHIFT({next}, {k}), 0.5, 2) * 0.9 + {x} * 0.1"),
                }
            })
            .collect()
    }

    /// A line of stages of one shape, each fed by the one before, a bin late; sometimes what leaves
    /// the last comes back to the first.
    fn stages(&mut self, ids: &[String]) -> Vec<String> {
        let shape = self.random.below(6);
        let k = if self.random.chance(0.8) { 1 } else { self.lag() };
        let c = if self.random.chance(0.5) { self.below[0].clone() } else { self.literal() };
        let back = self.random.chance(0.5);
        let input = self.random.of(&self.below).clone();
        if shape == 5 {
            return self.stations(ids, &input, &c, back);
        }
        (0..ids.len())
            .map(|i| {
                let me = &ids[i];
                let before = match i {
                    0 if back => format!("(0.5 * {} + {input})", ids[ids.len() - 1]),
                    0 => input.clone(),
                    _ => ids[i - 1].clone(),
                };
                match shape {
                    0 => format!("QUEUE(SHIFT({before}, {k}), {c})"),
                    1 => format!("MAX(0, SHIFT({me}, 1) + SHIFT({before}, {k}) - {c})"),
                    2 => format!("0.9 * SHIFT({me}, 1) + 0.1 * SHIFT({before}, {k})"),
                    3 => format!("EMA(SHIFT({before}, {k}) + 0.3 * SHIFT({me}, 2), 0.4)"),
                    _ => format!("MIN(SHIFT({me} * 0.5 + {before}, {k}), 1000)"),
                }
            })
            .collect()
    }

    /// Stages of two nodes: what is served, and what waits.
    fn stations(&mut self, ids: &[String], input: &str, capacity: &str, back: bool) -> Vec<String> {
        let mut formulas = Vec::new();
        for (i, pair) in ids.chunks_exact(2).enumerate() {
            let (served, waiting) = (&pair[0], &pair[1]);
            let arrivals = match i {
                0 if back => format!("({input} + 0.3 * SHIFT({}, 1))", ids[ids.len() - 2]),
                0 => input.to_owned(),
                _ => format!("SHIFT({}, 1)", ids[2 * i - 2]),
            };
            formulas.push(format!("MIN({capacity}, {arrivals} + SHIFT({waiting}, 1))"));
            formulas.push(format!("SHIFT({waiting}, 1) + {arrivals} - {served}"));
        }
        formulas
    }
}
