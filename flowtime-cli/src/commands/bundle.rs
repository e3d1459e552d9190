//! `flowtime export` and `flowtime import`

use crate::args::{ExportArguments, ImportArguments};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::report;
use crate::terminal::Terminal;
use anstyle::Style;
use flowtime_core::Limits;
use flowtime_registry::{BundleForm, ExportOptions, Kind, StoreError, write_file_atomically};
use serde_json::json;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// `flowtime export`
pub(crate) fn export(arguments: &ExportArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let workspace = arguments.root.workspace();
    let card = workspace.registry().card(&arguments.reference)?;
    let (name, bytes) = match card.kind {
        Kind::Run => (format!("{}.csv", card.id), workspace.binned_run(&card.id)?.into_bytes()),
        _ => {
            let exported = workspace.export_bundle(&arguments.reference, &options(arguments))?;
            (exported.file_name, exported.bytes)
        }
    };
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from(&name));
    if input::is_standard_input(&out) {
        let written = std::io::stdout().lock().write_all(&bytes);
        return match written {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(Failure::new(Exit::Invalid, format!("cannot write to standard output: {error}")))
            }
            _ => Ok(Exit::Fine),
        };
    }
    let out = if out.is_dir() { out.join(&name) } else { out };
    if !arguments.force && fs::symlink_metadata(&out).is_ok() {
        let failure = Failure::from(StoreError::Exists { path: out });
        return Err(failure.help("choose another name, or replace it with `--force`"));
    }
    write_file_atomically(&out, &bytes)?;
    if arguments.root.json {
        let object = json!({"path": out.display().to_string(), "bytes": bytes.len(), "id": card.id});
        terminal.result(&report::pretty(&object))?;
    } else {
        terminal.result(&format!("{}\n", out.display()))?;
    }
    Ok(Exit::Fine)
}

fn options(arguments: &ExportArguments) -> ExportOptions {
    let zip = arguments.zip
        || arguments.out.as_deref().is_some_and(|out| out.extension().is_some_and(|ending| ending == "zip"));
    let mut options = ExportOptions::new()
        .form(if zip { BundleForm::Zip } else { BundleForm::Yaml })
        .validation(!arguments.no_validation && !arguments.minimal)
        .complete(!arguments.minimal)
        .force(arguments.force);
    options.title.clone_from(&arguments.title);
    options.description.clone_from(&arguments.description);
    options.tags = Some(arguments.tag.clone()).filter(|tags| !tags.is_empty());
    options.grid = arguments.grid;
    options.outputs = Some(arguments.outputs.clone()).filter(|outputs| !outputs.is_empty());
    options
}

/// `flowtime import`
pub(crate) fn import(arguments: &ImportArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let path: &Path = &arguments.file;
    let bytes = input::read(path, &Limits::default())?;
    let workspace = arguments.root.workspace();
    let imported = workspace.import_bundle(&bytes, &input::name_of(path), arguments.force)?;
    let model = &imported.model;
    if arguments.root.json {
        terminal.result(&report::pretty(&imported.to_json()))?;
        return Ok(Exit::Fine);
    }
    let bold = terminal.style(Style::new().bold());
    let there = if model.existed { " (there already)" } else { "" };
    terminal.result(&format!(
        "{bold}{}{bold:#} v{}{there} · {}\n{}\n",
        model.model_id,
        model.version,
        model.title,
        model.artifact_path.display()
    ))?;
    for file in &imported.left_out {
        terminal.warning(&format!("`{file}` has no place in the registry and was left out"));
    }
    Ok(Exit::Fine)
}
