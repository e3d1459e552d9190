//! Where a model came from, by its own word or by the caller's.

use crate::exit::{Exit, Failure};
use crate::input;
use flowtime_core::diagnostics::{Code, Diagnostic};
use flowtime_core::provenance::canonical_json;
use flowtime_core::{Model, ParseOptions, Value};
use std::path::Path;

/// Reads the document of `--provenance`.
pub(crate) fn read(path: &Path) -> Result<Value, Failure> {
    let options = ParseOptions::default().name(input::name_of(path));
    let value = Value::from_yaml(&input::read(path, &options.limits)?, &options)?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(Failure::new(Exit::Invalid, format!("`{}` is not a provenance document", path.display()))
            .help("it is a mapping with keys such as `model_id` and `template_id`")),
    }
}

/// The provenance of a run: the caller's, else the model's own. A warning tells when they differ.
pub(crate) fn choose<'a>(
    given: Option<&'a Value>,
    model: &'a Model,
) -> (Option<&'a Value>, Option<Diagnostic>) {
    let own = model.provenance();
    let conflict = given.zip(own).and_then(|(given, own)| {
        let (given, own) = (model_id(given)?, model_id(own)?);
        let message =
            format!("the provenance given for the run is that of `{given}`, the document says `{own}`");
        (given != own).then(|| {
            Diagnostic::new(Code::ProvenanceConflict, "/provenance", message)
                .help("leave `--provenance` out, or name the document of this model")
        })
    });
    (given.or(own), conflict)
}

fn model_id(provenance: &Value) -> Option<&str> {
    provenance.get("model_id").or_else(|| provenance.get("modelId"))?.as_str()
}

/// As JSON, for storing.
pub(crate) fn to_json(provenance: &Value) -> Result<serde_json::Value, Failure> {
    serde_json::from_str(&canonical_json(provenance)).map_err(|_| Failure::internal())
}
