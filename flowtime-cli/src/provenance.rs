//! `--provenance FILE|ID`: where a model came from, by the caller's word.

use crate::exit::{Exit, Failure};
use crate::input;
use flowtime_core::provenance::{Provenance, valid_id};
use flowtime_core::{ParseOptions, Value};
use flowtime_registry::Reference;
use std::path::Path;

/// Reads the document, or takes the id of a model: what has no folder and no ending, and is no file.
pub(crate) fn read(given: &str) -> Result<Provenance, Failure> {
    let path = Path::new(given);
    let is_reference = given.starts_with("registry:") || given.starts_with("models/");
    let is_id = valid_id(given) && !is_document(path) || is_reference && given.parse::<Reference>().is_ok();
    if is_id && !path.exists() {
        return Ok(Provenance::of_model_id(given));
    }
    let options = ParseOptions::default().name(input::name_of(path));
    let document = Value::from_yaml(&input::read(path, &options.limits)?, &options)?;
    Provenance::new(&document).map_err(|error| {
        Failure::new(Exit::Invalid, format!("`{}` is not a provenance document: {error}", path.display()))
            .help("it is a mapping with keys such as `model_id` and `template_id`; `flowtime sim new --provenance FILE` writes one")
    })
}

fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known))
}
