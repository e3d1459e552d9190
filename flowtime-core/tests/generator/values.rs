//! Const and pmf nodes.

use super::Generator;

impl Generator {
    /// At least one const node.
    pub(super) fn inputs(&mut self) {
        let wild = self.random.chance(0.3);
        for i in 0..self.random.between(1, 4) {
            // A node may bear a function's name.
            let id = if i == 3 { "MIN".to_owned() } else { format!("c{i}") };
            let wild = wild && i == 0;
            let node = self.constant(&id, wild);
            self.nodes.push(node);
            self.below.push(id);
        }
        for i in 0..self.random.below(3) {
            let id = format!("p{i}");
            let node = self.pmf(&id);
            self.nodes.push(node);
            self.below.push(id);
        }
    }

    /// A divisor of the number of bins.
    fn divisor(&mut self) -> usize {
        let divisors: Vec<usize> = (1..=self.bins).filter(|d| self.bins.is_multiple_of(*d)).collect();
        *self.random.of(&divisors)
    }

    fn constant(&mut self, id: &str, wild: bool) -> String {
        let (length, policy) = match self.random.below(7) {
            0 => {
                let value = self.number(wild);
                return format!("{{id: {id}, kind: const, values: {value}}}");
            }
            1 => (1, ""),
            2 => (self.divisor(), ", policy: repeat"),
            3 => (self.divisor(), ", policy: stretch"),
            4 => (self.bins, ", policy: error"),
            5 => (self.divisor(), ""),
            _ => (self.bins, ""),
        };
        let values: Vec<String> = (0..length).map(|_| self.number(wild)).collect();
        format!("{{id: {id}, kind: const, values: [{}]{policy}}}", values.join(", "))
    }

    fn number(&mut self, wild: bool) -> String {
        if wild && self.random.chance(0.4) {
            let strange = [".nan", "-0.0", "1e300", "-1e300", "1.7e308", "5e-324", "-1e-310", "1e16"];
            return (*self.random.of(&strange)).to_owned();
        }
        match self.random.below(8) {
            0 => "0".to_owned(),
            1 => format!("{}", self.random.below(200)),
            2 => format!("-{}.5", self.random.below(20)),
            _ => format!("{}", self.random.unit() * 100.0),
        }
    }

    fn pmf(&mut self, id: &str) -> String {
        let (length, policy) = match self.random.below(6) {
            0 => (self.divisor(), Some("repeat")),
            1 => (self.bins, Some("error")),
            2 => (self.random.between(1, 6), Some("expected")),
            3 => (self.random.between(1, 12), Some("sample")),
            _ => (self.random.between(1, 6), None),
        };
        let probabilities = self.probabilities(length);
        if policy.is_none() && self.random.chance(0.5) {
            let entries: Vec<String> = probabilities
                .iter()
                .enumerate()
                .map(|(i, p)| format!("\"{}\": {p}", (i as f64 - 1.5) * 10.0))
                .collect();
            return format!("{{id: {id}, kind: pmf, pmf: {{{}}}}}", entries.join(", "));
        }
        let values: Vec<String> = (0..length).map(|_| self.number(false)).collect();
        let policy = policy.map_or(String::new(), |p| format!(", policy: {p}"));
        format!(
            "{{id: {id}, kind: pmf, pmf: {{values: [{}], probabilities: [{}]{policy}}}}}",
            values.join(", "),
            probabilities.join(", ")
        )
    }

    /// Not all 0; sums of 1 and others.
    fn probabilities(&mut self, length: usize) -> Vec<String> {
        let kind = self.random.below(4);
        let certain = self.random.below(length);
        (0..length)
            .map(|i| match kind {
                0 => format!("{}", 1.0 / length as f64),
                1 => format!("{}", if i == certain { 1 } else { 0 }),
                2 => format!("{}", self.random.unit() + 0.01),
                _ if i == certain => "0.5".to_owned(),
                _ => format!("{}", self.random.below(4)),
            })
            .collect()
    }
}
