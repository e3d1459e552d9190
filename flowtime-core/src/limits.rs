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
    /// Nested parentheses, calls and unary signs of an expression. Default 256.
    pub expression_depth: usize,
    /// Entries of a CONV kernel. Default 65 536.
    pub kernel_entries: usize,
    /// Bytes of the series that a run keeps. Default 8 GiB.
    pub result_bytes: u64,
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
            expression_depth: 256,
            kernel_entries: 65_536,
            result_bytes: 8 << 30,
            operations: 1e12,
        }
    }
}

macro_rules! setters {
    ($($setter:ident $field:ident $type:ty;)*) => {
        impl Limits {
            $(#[doc = concat!("Sets [`Limits::", stringify!($field), "`].")]
            #[must_use]
            pub fn $setter(mut self, value: $type) -> Self {
                self.$field = value;
                self
            })*
        }
    };
}

setters! {
    max_document_bytes document_bytes usize;
    max_alias_expansion alias_expansion usize;
    max_yaml_depth yaml_depth usize;
    max_nodes nodes usize;
    max_bins bins usize;
    max_expression_bytes expression_bytes usize;
    max_expression_depth expression_depth usize;
    max_kernel_entries kernel_entries usize;
    max_result_bytes result_bytes u64;
    max_operations operations f64;
}
