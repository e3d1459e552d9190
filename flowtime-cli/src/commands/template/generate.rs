//! `flowtime template generate`

use super::{find, json, values};
use crate::args::GenerateArguments;
use crate::exit::{Exit, Failure};
use crate::report;
use crate::terminal::Terminal;
use flowtime_core::{GenerateOptions, ParseOptions};
use flowtime_registry::{StoreError, write_file_atomically};
use serde_json::json;
use std::fs;
use std::path::Path;

pub(super) fn perform(arguments: &GenerateArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let template = find(&arguments.template)?;
    let given = values(&template, &arguments.parameters)?;
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut options = GenerateOptions::default().generated_at(now);
    options.name = arguments.name.clone();
    let generated = template.generate(&given, &options)?;
    let model =
        if arguments.embed_provenance { generated.with_provenance() } else { generated.model.clone() };
    let yaml = model.to_yaml();
    // Written or printed, it is a model: what was generated reads back as what it is.
    let read = flowtime_core::Model::parse(&yaml, &ParseOptions::default().name("model.yaml"))?;
    if read.model != model {
        return Err(Failure::internal());
    }
    let provenance = report::pretty(&json(&generated.provenance())?);
    let files = [(&arguments.out, &yaml), (&arguments.provenance, &provenance)];
    let files: Vec<(&Path, &String)> =
        files.into_iter().filter_map(|(path, text)| Some((path.as_deref()?, text))).collect();
    // All or nothing, as far as can be known before.
    for (path, _) in &files {
        if fs::symlink_metadata(path).is_ok() {
            let failure = Failure::from(StoreError::Exists { path: path.to_path_buf() });
            return Err(failure.help("choose another name, or remove it first"));
        }
    }
    for (path, text) in &files {
        write_file_atomically(path, text.as_bytes())?;
    }
    if arguments.json {
        let object = json!({
            "model_id": generated.model_id,
            "inputs_hash": generated.inputs_hash,
            "template_hash": generated.template_hash,
            "model_hash": generated.model_hash,
            "logic_hash": generated.logic_hash,
            "provenance": json(&generated.provenance())?,
            "model": yaml,
        });
        terminal.result(&report::pretty(&object))?;
    } else if let Some(out) = &arguments.out {
        terminal.note(&format!("{}: {}\n", out.display(), generated.model_id));
    } else {
        terminal.result(&yaml)?;
    }
    Ok(Exit::Fine)
}
