//! Loops of one shape side by side: the engine advances such loops together.

use super::Generator;

impl Generator {
    /// The formulas of `ids`, which are loops of `nodes` nodes each. All have one shape, or one of two, drawn at random;
    /// what they read from outside differs from loop to loop.
    pub(super) fn cohort(&mut self, ids: &[String], nodes: usize) -> Vec<String> {
        let kinds = self.random.between(1, 2);
        let shapes: Vec<Vec<String>> =
            (0..kinds).map(|_| (0..nodes).map(|node| self.shape(node, nodes)).collect()).collect();
        let same_input = self.random.chance(0.3);
        let literals = self.random.chance(0.3);
        // Loops may feed each other within the bin, those of one shape those of the other, and back.
        let woven = self.random.chance(0.5);
        let mut formulas = Vec::new();
        let mut input = String::new();
        for (number, members) in ids.chunks_exact(nodes).enumerate() {
            if number == 0 || !same_input {
                input = match literals {
                    true => format!("{}.5", self.random.below(20)),
                    false => self.random.of(&self.below).clone(),
                };
            }
            if number > 0 && woven && self.random.chance(0.4) {
                input = ids[self.random.below(number * nodes)].clone();
            }
            let before = match number {
                0 => input.clone(),
                _ => ids[number * nodes - 1].clone(),
            };
            for shape in &shapes[self.random.below(kinds)] {
                let mut formula = shape.replace("{x}", &input).replace("{before}", &before);
                for (node, id) in members.iter().enumerate() {
                    formula = formula.replace(&format!("{{{node}}}"), id);
                }
                formulas.push(formula);
            }
        }
        formulas
    }

    /// A formula with places: `{x}` for what is read from outside, `{before}` for the loop before, `{0}`, `{1}` … for the
    /// loop's own nodes.
    fn shape(&mut self, node: usize, nodes: usize) -> String {
        let formula = self.part(3, node);
        // The first one closes the loop, whatever else was drawn.
        match node {
            0 => format!("0.5 * SHIFT({{{}}}, 1) + CLAMP({formula}, -90, 90)", nodes - 1),
            _ => format!("CLAMP({formula}, -90, {{{}}} + 7)", node - 1),
        }
    }

    /// A part of the formula of node number `node`, which may read earlier nodes of its loop in the same bin.
    fn part(&mut self, depth: usize, node: usize) -> String {
        if depth == 0 {
            return self.place(node);
        }
        let part = |this: &mut Self| this.part(depth - 1, node);
        match self.random.below(20) {
            0..=2 => format!("({} + {})", part(self), part(self)),
            3 | 4 => format!("({} - {})", part(self), part(self)),
            5 => format!("{} * {}", self.place(node), self.place(node)),
            6 => format!("({} / ({}))", part(self), part(self)),
            7 => format!("MIN({}, {})", part(self), part(self)),
            8 => format!("MAX({}, {})", part(self), part(self)),
            9..=11 => format!("IF({}, {}, {})", part(self), part(self), part(self)),
            12 => {
                let op = *self.random.of(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {op} {})", part(self), part(self))
            }
            13 => {
                let function = *self.random.of(&["ABS", "FLOOR", "SIGN", "NOT", "-", "ROUND"]);
                format!("{function}({})", part(self))
            }
            14 => {
                let function = *self.random.of(&["AND", "OR", "MOD"]);
                format!("{function}({}, {})", part(self), part(self))
            }
            15 | 16 => {
                // What a queue has, and what is left when some of it is served.
                let (whole, capacity) = (part(self), self.place(node));
                match self.random.below(3) {
                    0 => format!("MAX(0, {whole} - MIN({capacity}, {whole}))"),
                    1 => format!("({whole} - MIN({whole}, {capacity}))"),
                    _ => {
                        let op = *self.random.of(&["<", "<="]);
                        format!("({whole} - IF({whole} {op} {capacity}, {whole}, {capacity}))")
                    }
                }
            }
            _ => self.place(node),
        }
    }

    fn place(&mut self, node: usize) -> String {
        match self.random.below(8) {
            0 | 1 => "{x}".to_owned(),
            2 => format!("{}", self.random.below(30)),
            3 => format!("SHIFT({{before}}, {})", self.lag()),
            4 | 5 if node > 0 => format!("{{{}}}", self.random.below(node)),
            _ => {
                let lag = if self.random.chance(0.8) { 1 } else { self.lag() };
                format!("SHIFT({{{}}}, {lag})", self.random.below(node + 1))
            }
        }
    }
}
