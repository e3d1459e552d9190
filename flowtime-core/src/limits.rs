//! How large a document or a run may be.

/// Bounds that are checked before work starts, so that no input can exhaust the machine.
///
/// ```
/// use flowtime_core::Limits;
/// let limits = Limits::default().max_nodes(500);
/// assert_eq!(limits.nodes, 500);
/// assert_eq!(limits.bins, 10_000_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a document. Default 64 MiB.
    pub document_bytes: usize,
    /// YAML nodes that aliases may expand to. Default 1 000 000.
    pub alias_expansion: usize,
    /// Nesting of YAML collections. Default 64.
    pub yaml_depth: usize,
    /// Nodes of a model. Default 100 000.
    pub nodes: usize,
    /// Bins of a grid. Default 10 000 000.
    pub bins: usize,
    /// Bytes of one expression. Default 64 KiB.
    pub expression_bytes: usize,
    /// Bytes of all expressions of a model together, also where aliases repeat one. Default 16 MiB.
    pub formula_bytes: usize,
    /// Nested parentheses, calls and unary signs of an expression. Default 256.
    pub expression_depth: usize,
    /// Entries of a CONV kernel. Default 65 536.
    pub kernel_entries: usize,
    /// Bytes of the series that a run keeps. Default 8 GiB.
    pub result_bytes: u64,
    /// Bytes of working memory of an ensemble, besides its result: where the states of all scenarios need more,
    /// they are computed in parts. Default 1 GiB.
    pub working_bytes: u64,
    /// Estimated operations of a run. Default 10^12.
    pub operations: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            document_bytes: 64 << 20,
            alias_expansion: 1_000_000,
            yaml_depth: 64,
            nodes: 100_000,
            bins: 10_000_000,
            expression_bytes: 64 << 10,
            formula_bytes: 16 << 20,
            expression_depth: 256,
            kernel_entries: 65_536,
            result_bytes: 8 << 30,
            working_bytes: 1 << 30,
            operations: 1e12,
        }
    }
}

macro_rules! limits {
    ($($setter:ident $field:ident $type:ty;)*) => {
        impl Limits {
            /// The names of all limits, as messages give them.
            pub const NAMES: &[&str] = &[$(stringify!($field)),*];

            /// Sets the limit called `name`; `None` if none is called so. A number beyond what the limit can
            /// hold is the most that it can.
            ///
            /// ```
            /// use flowtime_core::Limits;
            /// let limits = Limits::default().named("nodes", 500).unwrap();
            /// assert_eq!(limits, Limits::default().max_nodes(500));
            /// assert!(Limits::default().named("clouds", 500).is_none());
            /// ```
            #[must_use]
            pub fn named(mut self, name: &str, value: u64) -> Option<Self> {
                match name {
                    $(stringify!($field) => self.$field = value.min(<$type>::MAX as u64) as $type,)*
                    _ => return None,
                }
                Some(self)
            }

            $(#[doc = concat!("Sets [`Limits::", stringify!($field), "`].")]
            #[must_use]
            pub fn $setter(mut self, value: $type) -> Self {
                self.$field = value;
                self
            })*
        }
    };
}

limits! {
    max_document_bytes document_bytes usize;
    max_alias_expansion alias_expansion usize;
    max_yaml_depth yaml_depth usize;
    max_nodes nodes usize;
    max_bins bins usize;
    max_expression_bytes expression_bytes usize;
    max_formula_bytes formula_bytes usize;
    max_expression_depth expression_depth usize;
    max_kernel_entries kernel_entries usize;
    max_result_bytes result_bytes u64;
    max_working_bytes working_bytes u64;
    max_operations operations f64;
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn every_name_sets_its_own_limit() {
        for name in Limits::NAMES {
            let limits = format!("{:?}", Limits::default().named(name, 7).unwrap());
            assert!(limits.contains(&format!("{name}: 7")), "{limits}");
        }
        let all = Limits::NAMES.iter().fold(Limits::default(), |limits, name| limits.named(name, 7).unwrap());
        assert_eq!(format!("{all:?}").matches(": 7").count(), Limits::NAMES.len());
    }
}
