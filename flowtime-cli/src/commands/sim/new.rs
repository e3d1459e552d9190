//! `flowtime sim new` and `flowtime sim derive`

use crate::args::{DeriveArguments, NewArguments, TargetArguments};
use crate::commands::template::{find, values};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::report;
use crate::terminal::Terminal;
use anstyle::Style;
use flowtime_core::Template;
use flowtime_registry::{
    Draft, ModelRef, ModelRequest, StoreError, Workspace, to_json, write_file_atomically,
};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The word for the registry.
const ARTIFACTS: &str = "artifacts";

pub(super) fn new(arguments: &NewArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let template = find(&arguments.template)?;
    let target = &arguments.target;
    let mut request = request(target, &template)?;
    if arguments.template.is_file() {
        request.source_folder = arguments.template.parent().map(folder);
    }
    let workspace = target.root.workspace();
    let draft = workspace.draft(&template, &request)?;
    deliver(&workspace, &draft, &request, target, terminal)
}

pub(super) fn derive(arguments: &DeriveArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let target = &arguments.target;
    let workspace = target.root.workspace();
    let given = arguments.template.as_deref().map(find).transpose()?;
    // Which values are numbers the template says; the names are looked at when it is filled.
    let known = match &given {
        Some(template) => Some(template.clone()),
        None => {
            let card = workspace.registry().card(&arguments.from)?;
            card.template_id.and_then(|id| Template::shipped(&id).ok())
        }
    };
    let mut request = match &known {
        Some(template) => request(target, template)?,
        None => ModelRequest::new(),
    };
    if let Some(file) = &arguments.template {
        request.source_folder = file.parent().map(folder);
    }
    let draft = workspace.draft_derived(&arguments.from, &request, given.as_ref())?;
    deliver(&workspace, &draft, &request, target, terminal)
}

fn folder(path: &Path) -> std::path::PathBuf {
    if path.as_os_str().is_empty() { ".".into() } else { path.to_owned() }
}

fn request(target: &TargetArguments, template: &Template) -> Result<ModelRequest, Failure> {
    let mut request =
        ModelRequest::new().parameters(values(template, &target.parameters)?).preview(target.preview);
    request.name.clone_from(&target.name);
    request.tags.clone_from(&target.tag);
    request.owner.clone_from(&target.owner);
    request.version = target.version;
    Ok(request)
}

/// Stores the draft, or writes its document and nothing else.
fn deliver(
    workspace: &Workspace,
    draft: &Draft,
    request: &ModelRequest,
    target: &TargetArguments,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let out = target.out.to_string_lossy();
    let provenance =
        draft.provenance.as_ref().map_or(Value::Null, |provenance| to_json(provenance.document()));
    if let Some(path) = &target.provenance {
        absent(path)?;
    }
    if out == ARTIFACTS {
        if target.embed_provenance {
            let message =
                "`--embed-provenance` is for `--out FILE`: what is stored has its provenance beside it";
            return Err(Failure::new(Exit::Usage, message).help("leave one of the two out"));
        }
        let model = workspace.put_draft(draft, request)?;
        if let Some(path) = &target.provenance {
            write_file_atomically(path, report::pretty(&provenance).as_bytes())?;
        }
        return stored(&model, target, terminal);
    }
    let is_file = input::is_standard_input(&target.out)
        || target.out.extension().is_some()
        || out.contains(std::path::is_separator);
    if !is_file {
        return Err(Failure::new(Exit::Usage, format!("`--out {out}` is neither `artifacts` nor a file"))
            .help(format!("a file has an ending: `--out {out}.yaml`")));
    }
    for (given, flag) in [(target.version.is_some(), "--version"), (target.preview, "--preview")] {
        if given {
            return Err(Failure::new(Exit::Usage, format!("`{flag}` is for models that are stored"))
                .help("leave it out, or use `--out artifacts`"));
        }
    }
    let yaml = if target.embed_provenance { draft.to_yaml_with_provenance() } else { draft.to_yaml() };
    if input::is_standard_input(&target.out) {
        if let Some(path) = &target.provenance {
            write_file_atomically(path, report::pretty(&provenance).as_bytes())?;
        }
        terminal.result(&yaml)?;
        return Ok(Exit::Fine);
    }
    absent(&target.out)?;
    write_file_atomically(&target.out, yaml.as_bytes())?;
    if let Some(path) = &target.provenance {
        write_file_atomically(path, report::pretty(&provenance).as_bytes())?;
    }
    if target.root.json {
        let object = json!({"model_id": draft.model_id, "path": out, "provenance": provenance});
        terminal.result(&report::pretty(&object))?;
    } else {
        terminal.note(&format!("{out}: {}\n", draft.model_id));
    }
    Ok(Exit::Fine)
}

/// All or nothing, as far as can be known before.
fn absent(path: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(path).is_ok() {
        let failure = Failure::from(StoreError::Exists { path: path.to_owned() });
        return Err(failure.help("choose another name, or remove it first"));
    }
    Ok(())
}

fn stored(model: &ModelRef, target: &TargetArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    if target.root.json {
        terminal.result(&report::pretty(&model.to_json()))?;
        return Ok(Exit::Fine);
    }
    let bold = terminal.style(Style::new().bold());
    let there = if model.existed { " (there already)" } else { "" };
    let root = match &target.root.root {
        Some(root) => format!(" --root {}", root.display()),
        None => String::new(),
    };
    terminal.result(&format!(
        "{bold}{}{bold:#} v{}{there}\n{}\n\nflowtime run --model {}{root}\n",
        model.model_id,
        model.version,
        model.artifact_path.display(),
        model.model_id
    ))?;
    if model.pending {
        terminal.warning("the model is stored, but the index could not be told; the next command will do it");
    }
    Ok(Exit::Fine)
}
