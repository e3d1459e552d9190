//! What documents say besides the model: free values, as JSON.

use crate::arguments::{handle, out};
use crate::error::{Failure, flowtime_error};
use crate::guard::guard;
use crate::handle::give;
use crate::model::flowtime_model;
use crate::status::flowtime_status;
use crate::text::flowtime_text;
use flowtime_core::Value;
use flowtime_core::provenance::canonical_json;

/// `null` where there is nothing.
fn json(value: Option<&Value>) -> *mut flowtime_text {
    give(flowtime_text::new(canonical_json(value.unwrap_or(&Value::Null))))
}

/// The metadata of the model as JSON, with sorted names and without white space; "null" where the document
/// has none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_metadata_json(
    model: *const flowtime_model,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let model = handle(model, "model")?;
            let out_text = out(out_text, "out_text")?;
            out_text.set(json(model.model.metadata()));
            Ok(())
        })
    }
}

/// Where the model comes from, as its document says it, in the form of flowtime_model_metadata_json().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_provenance_json(
    model: *const flowtime_model,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let model = handle(model, "model")?;
            let out_text = out(out_text, "out_text")?;
            out_text.set(json(model.model.provenance()));
            Ok(())
        })
    }
}

/// The metadata of a node, in the form of flowtime_model_metadata_json(); FLOWTIME_STATUS_OUT_OF_RANGE past
/// the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_node_metadata_json(
    model: *const flowtime_model,
    index: usize,
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let nodes = handle(model, "model")?.model.nodes();
            let out_text = out(out_text, "out_text")?;
            let node = nodes.get(index).ok_or_else(|| {
                let message = format!("`index` is {index}, but there are {} nodes", nodes.len());
                Failure::new(flowtime_status::OUT_OF_RANGE, message)
            })?;
            out_text.set(json(node.metadata()));
            Ok(())
        })
    }
}
