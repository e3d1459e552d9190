//! Models: what a document says.

use crate::arguments::{Out, handle, optional_out, out, text};
use crate::diagnostics::flowtime_diagnostics;
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::give;
use crate::node::{CONST_POLICIES, PMF_POLICIES, flowtime_bin_unit, flowtime_node_kind};
use crate::status::flowtime_status;
use crate::text::{flowtime_str, flowtime_text};
use flowtime_core::{Model, Node, NodeKind, Parsed, SourceError, provenance};
use std::ffi::{c_char, c_void};

/// What a document says: immutable, for use from any number of threads.
pub struct flowtime_model {
    pub(crate) model: Model,
}

/// A borrowed list of numbers. It lives as long as what it was read from. NULL and 0 where there is
/// none. This struct is frozen.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct flowtime_series {
    /// The first number, or NULL.
    pub data: *const f64,
    /// How many numbers.
    pub length: usize,
}

impl flowtime_series {
    /// No numbers.
    pub(crate) const NONE: Self = flowtime_series { data: std::ptr::null(), length: 0 };

    /// A view of `numbers`, which live as long as the handle that they are read from.
    pub(crate) fn of(numbers: &[f64]) -> Self {
        flowtime_series { data: numbers.as_ptr(), length: numbers.len() }
    }
}

impl flowtime_model {
    pub(crate) fn new(model: Model) -> Self {
        flowtime_model { model }
    }

    /// Gives a model that was read, and its warnings to those who want them.
    pub(crate) fn give(
        parsed: Parsed,
        out_model: Out<*mut flowtime_model>,
        out_warnings: Out<*mut flowtime_diagnostics>,
    ) {
        if out_warnings.wanted() {
            let warnings = flowtime_diagnostics::new(&parsed.warnings, parsed.model.source_text());
            out_warnings.set(give(warnings));
        }
        out_model.set(give(flowtime_model::new(parsed.model)));
    }

    fn node(&self, index: usize) -> Option<&Node> {
        self.model.nodes().get(index)
    }
}

/// Where a flowtime_resolve function puts the numbers of a source.
pub struct flowtime_values {
    result: Result<Vec<f64>, SourceError>,
}

/// Supplies the numbers of one source: calls flowtime_values_set() or flowtime_values_fail() on `values`,
/// which lives until it returns. Runs in the thread of the call; it must return normally (no exception,
/// no longjmp).
pub type flowtime_resolve =
    Option<unsafe extern "C" fn(user_data: *mut c_void, source: flowtime_str, values: *mut flowtime_values)>;

/// The number of bins; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_bins(model: *const flowtime_model) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(model, 0, |model| Some(model.model.grid().bins())) }
}

/// The size of a bin in units; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_bin_size(model: *const flowtime_model) -> u32 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(model, 0, |model| Some(model.model.grid().bin_size())) }
}

/// The unit of a bin's size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_bin_unit(model: *const flowtime_model) -> flowtime_bin_unit {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_bin_unit::NONE, |model| {
            Some(flowtime_bin_unit::of(model.model.grid().bin_unit()))
        })
    }
}

/// How many minutes a bin lasts; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_bin_minutes(model: *const flowtime_model) -> u64 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(model, 0, |model| Some(model.model.grid().bin_minutes())) }
}

/// The start of bin 0 as the document says it; NULL and 0 where it does not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_start(model: *const flowtime_model) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_str::NONE, |model| {
            Some(flowtime_str::of_some(model.model.grid().start()))
        })
    }
}

/// The time at which bin `bin` starts, as "2026-01-05T00:00:00Z"; the bin after the last is the end.
/// FLOWTIME_STATUS_OUT_OF_RANGE beyond that and for models without a start.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_bin_start(
    model: *const flowtime_model,
    bin: usize,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let model = handle(model, "model")?;
            let out_text = out(out_text, "out_text")?;
            let start = model.model.grid().bin_start(bin).ok_or_else(|| {
                let bins = model.model.grid().bins();
                let message = match model.model.grid().start() {
                    Some(_) => format!("`bin` is {bin}, but the grid ends with bin {bins}"),
                    None => "the grid has no start".to_owned(),
                };
                Failure::new(flowtime_status::OUT_OF_RANGE, message)
            })?;
            out_text.set(give(flowtime_text::new(start)));
            Ok(())
        })
    }
}

/// The title that the metadata gives; NULL and 0 where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_title(model: *const flowtime_model) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_str::NONE, |model| Some(flowtime_str::of_some(model.model.title())))
    }
}

/// The seed that the document gives; -1 where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_seed(model: *const flowtime_model) -> i64 {
    // SAFETY: the contract of the header.
    unsafe { guard::read(model, -1, |model| i64::try_from(model.model.seed()?).ok()) }
}

/// How many nodes there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_count(model: *const flowtime_model) -> usize {
    // SAFETY: the contract of the header.
    unsafe { guard::read(model, 0, |model| Some(model.model.nodes().len())) }
}

/// The position of the node called `id`; SIZE_MAX if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_find(
    model: *const flowtime_model,
    id: *const c_char,
    id_length: usize,
) -> usize {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, usize::MAX, |model| {
            let id = text(id, id_length, "id").ok()?;
            model.model.nodes().iter().position(|node| node.id() == id)
        })
    }
}

/// The id of a node; NULL and 0 past the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_id(model: *const flowtime_model, index: usize) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(model, flowtime_str::NONE, |model| Some(flowtime_str::of(model.node(index)?.id()))) }
}

/// What a node is made of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_kind(
    model: *const flowtime_model,
    index: usize,
) -> flowtime_node_kind {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_node_kind::NONE, |model| {
            Some(flowtime_node_kind::of(model.node(index)?.kind().name()))
        })
    }
}

/// The unit of a node's numbers, for people; NULL and 0 where the model says none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_unit(
    model: *const flowtime_model,
    index: usize,
) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_str::NONE, |model| Some(flowtime_str::of_some(model.node(index)?.unit())))
    }
}

/// What a node is, for people; NULL and 0 where the model does not say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_description(
    model: *const flowtime_model,
    index: usize,
) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_str::NONE, |model| {
            Some(flowtime_str::of_some(model.node(index)?.description()))
        })
    }
}

/// The formula of an expr node as written; NULL and 0 for others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_expr(
    model: *const flowtime_model,
    index: usize,
) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_str::NONE, |model| match model.node(index)?.kind() {
            NodeKind::Expr(expr) => Some(flowtime_str::of(expr.text())),
            _ => None,
        })
    }
}

/// The numbers of a const node as written, before they are laid over the grid, or the values of a pmf
/// node; NULL and 0 for others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_values(
    model: *const flowtime_model,
    index: usize,
) -> flowtime_series {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_series::NONE, |model| match model.node(index)?.kind() {
            NodeKind::Const(constant) => Some(flowtime_series::of(constant.values())),
            NodeKind::Pmf(pmf) => Some(flowtime_series::of(pmf.values())),
            _ => None,
        })
    }
}

/// The probabilities of a pmf node, which add up to 1; NULL and 0 for others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_probabilities(
    model: *const flowtime_model,
    index: usize,
) -> flowtime_series {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_series::NONE, |model| match model.node(index)?.kind() {
            NodeKind::Pmf(pmf) => Some(flowtime_series::of(pmf.probabilities())),
            _ => None,
        })
    }
}

/// The policy of a const node (flowtime_const_policy) or of a pmf node (flowtime_pmf_policy); 0 where
/// there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_policy(model: *const flowtime_model, index: usize) -> i32 {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, 0, |model| match model.node(index)?.kind() {
            NodeKind::Const(constant) => CONST_POLICIES
                .iter()
                .find(|(_, policy)| *policy == constant.policy())
                .map(|(number, _)| *number),
            NodeKind::Pmf(pmf) => PMF_POLICIES
                .iter()
                .find(|(_, policy)| *policy == Some(pmf.policy()))
                .map(|(number, _)| *number),
            _ => None,
        })
    }
}

/// Where the numbers of a const node come from, as "file.csv#column"; NULL and 0 where the document has
/// them itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_source(
    model: *const flowtime_model,
    index: usize,
) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe {
        guard::read(model, flowtime_str::NONE, |model| match model.node(index)?.kind() {
            NodeKind::Const(constant) => Some(flowtime_str::of_some(constant.source())),
            _ => None,
        })
    }
}

/// The hash of everything that the model computes; descriptions, units, metadata and provenance do not
/// count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_hash(
    model: *const flowtime_model,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let model = handle(model, "model")?;
            let out_text = out(out_text, "out_text")?;
            out_text.set(give(flowtime_text::new(provenance::model_hash_of(&model.model.to_value()))));
            Ok(())
        })
    }
}

/// The hash of the grid and the nodes alone, whatever is written out and however seeded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_logic_hash(
    model: *const flowtime_model,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let model = handle(model, "model")?;
            let out_text = out(out_text, "out_text")?;
            out_text.set(give(flowtime_text::new(provenance::logic_hash_of(&model.model.to_value()))));
            Ok(())
        })
    }
}

/// The model as a YAML document; read again, it is an equal model.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_to_yaml(
    model: *const flowtime_model,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let model = handle(model, "model")?;
            let out_text = out(out_text, "out_text")?;
            out_text.set(give(flowtime_text::new(model.model.to_yaml())));
            Ok(())
        })
    }
}

/// A new model with the numbers that the sources of this one name: `resolve` is asked once for each
/// const node with a source that has no numbers yet. The library reads no files itself.
///
/// `out_warnings` may be NULL. FLOWTIME_STATUS_INVALID_MODEL with a diagnostic for each source that failed,
/// has an infinity, or does not fit the grid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_resolve_sources(
    model: *const flowtime_model,
    resolve: flowtime_resolve,
    user_data: *mut c_void,
    out_model: *mut *mut flowtime_model,
    out_warnings: *mut *mut flowtime_diagnostics,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let model = handle(model, "model")?;
            let resolve =
                resolve.ok_or_else(|| Failure::new(flowtime_status::NULL_ARGUMENT, "`resolve` is NULL"))?;
            let out_model = out(out_model, "out_model")?;
            let out_warnings = optional_out(out_warnings, "out_warnings")?;
            let parsed = model.model.resolve_sources(&mut |source| {
                let nothing = SourceError::new("the host gave no values");
                let mut values = flowtime_values { result: Err(nothing) };
                resolve(user_data, flowtime_str::of(source), &raw mut values);
                values.result
            })?;
            flowtime_model::give(parsed, out_model, out_warnings);
            Ok(())
        })
    }
}

/// Gives the numbers of a source, which are copied; NaN is a missing number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_values_set(
    values: *mut flowtime_values,
    numbers: *const f64,
    length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let given = crate::arguments::numbers(numbers, length, "numbers")?.to_vec();
            handle(values, "values")?;
            (*values).result = Ok(given);
            Ok(())
        })
    }
}

/// Says why there are no numbers, in lower case, such as "no file `load.csv` beside the model".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_values_fail(
    values: *mut flowtime_values,
    message: *const c_char,
    message_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let message = text(message, message_length, "message")?;
            handle(values, "values")?;
            (*values).result = Err(SourceError::new(message));
            Ok(())
        })
    }
}

/// Frees a model. NULL is fine. Plans that were made of it go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_free(model: *mut flowtime_model) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(model) }
}
