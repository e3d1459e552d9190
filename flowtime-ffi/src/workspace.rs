//! The workspace: models and runs that are kept, in a folder. What it answers is JSON.

use crate::arguments::{bytes, choice, handle, optional, optional_out, out, text};
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::give;
use crate::model::flowtime_model;
use crate::options::flowtime_run_options;
use crate::run::flowtime_run;
use crate::status::flowtime_status::{self, INVALID_ARGUMENT};
use crate::template::object;
use crate::text::flowtime_text;
use flowtime_core::provenance::Provenance;
use flowtime_core::{Model, ParseOptions, Value};
use flowtime_registry::{Kind, ModelRequest, Query, RunRequest, SortBy, StoreOptions, Workspace};
use serde_json::json;
use std::ffi::c_char;
use std::path::PathBuf;

/// Models and runs in a folder: for use from any number of threads, and the folder by any number of processes.
pub struct flowtime_workspace {
    workspace: Workspace,
}

const YES_OR_NO: [(i32, bool); 2] = [(0, false), (1, true)];

/// The workspace in the folder `root`, which need not exist yet. NULL: that which the environment names with
/// FLOWTIME_ARTIFACTS_ROOT, else FLOWTIME_DATA_DIR, else "./data".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_workspace_open(
    root: *const c_char,
    root_length: usize,
    out_workspace: *mut *mut flowtime_workspace,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let root = text(root, root_length, "root")?;
            let out_workspace = out(out_workspace, "out_workspace")?;
            let root = if root.is_empty() { Workspace::default_root() } else { PathBuf::from(root) };
            out_workspace.set(give(flowtime_workspace { workspace: Workspace::open(root) }));
            Ok(())
        })
    }
}

/// Stores a model as the next version of its id, or finds that it is stored: the id is that of its provenance, else made
/// of its name and of what it computes.
///
/// `labels` is NULL or a JSON object with `name`, `tags`, `owner`, `version` and `preview` (store a picture), each of
/// which may be left out. `out_json` receives `model_id`, `version`, `artifact_path`, `catalog_url`, `title`,
/// `model_hash`, `inputs_hash`, `existed` and `pending`. FLOWTIME_STATUS_INVALID_MODEL when it cannot be compiled;
/// FLOWTIME_STATUS_CONFLICT when the id is that of another model, or the version holds other bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_workspace_put_model(
    workspace: *const flowtime_workspace,
    model: *const flowtime_model,
    labels: *const c_char,
    labels_length: usize,
    out_json: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let workspace = handle(workspace, "workspace")?;
            let model = handle(model, "model")?;
            let labels = object(bytes(labels, labels_length, "labels")?, "labels")?;
            let out_json = out(out_json, "out_json")?;
            let stored = workspace.workspace.add_model(&model.model, &request(labels)?)?;
            out_json.set(give(flowtime_text::new(stored.to_json().to_string())));
            Ok(())
        })
    }
}

/// Lists what is stored, or what fits all members of `query`, a JSON object, or NULL: `kind` ("model", "run",
/// "telemetry"), `source`, `owner`, `capabilities` (all of a list), `tags` (any of a list), `template_id`,
/// `template_version`, `model_id`, `model_hash`, `name`, `created_from`, `created_before`, `sort` ("id", "created",
/// "title"), `descending`, `offset`, `limit`. `out_json` receives `cards`, `total` and `offset`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_workspace_list(
    workspace: *const flowtime_workspace,
    query: *const c_char,
    query_length: usize,
    out_json: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let workspace = handle(workspace, "workspace")?;
            let members = object(bytes(query, query_length, "query")?, "query")?;
            let out_json = out(out_json, "out_json")?;
            let page = workspace.workspace.registry().list(&asked(members)?)?;
            out_json.set(give(flowtime_text::new(json!(page).to_string())));
            Ok(())
        })
    }
}

/// An artifact, by its id, "models/<id>/v<n>" or a "registry:" reference: `card`, `catalog`, `labels`, `provenance`,
/// `versions`, `generates`, `run_count` and `path`. FLOWTIME_STATUS_NOT_FOUND when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_workspace_get(
    workspace: *const flowtime_workspace,
    reference: *const c_char,
    reference_length: usize,
    out_json: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let workspace = handle(workspace, "workspace")?;
            let reference = text(reference, reference_length, "reference")?;
            let out_json = out(out_json, "out_json")?;
            let entry = workspace.workspace.registry().get(reference)?;
            let mut document = json!(entry);
            document["path"] = json!(entry.path.to_string_lossy());
            out_json.set(give(flowtime_text::new(document.to_string())));
            Ok(())
        })
    }
}

/// A stored model, as flowtime_workspace_get() finds it, to be compiled. FLOWTIME_STATUS_INTEGRITY when its bytes are
/// not those that were written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_workspace_model(
    workspace: *const flowtime_workspace,
    reference: *const c_char,
    reference_length: usize,
    out_model: *mut *mut flowtime_model,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let workspace = handle(workspace, "workspace")?;
            let reference = text(reference, reference_length, "reference")?;
            let out_model = out(out_model, "out_model")?;
            let registry = workspace.workspace.registry();
            let card = registry.card(reference)?;
            let document = registry.read_file(&card.reference(), "model.yaml")?;
            let options = ParseOptions::default().name(format!("{}/model.yaml", card.path));
            out_model.set(give(flowtime_model::new(Model::parse(&document, &options)?.model)));
            Ok(())
        })
    }
}

/// Runs a model and stores the run: the stored model `model_id`, with `model` NULL, or `model`, with `model_id` NULL.
///
/// `options` may be NULL; the nodes that they keep are the series that are written, by default those that the model
/// names. `provenance` says where the model came from, over what it says itself: a JSON object, or the id of a stored
/// model as text, or NULL. With `deterministic` 1 the run is named after what it computes. With `reuse` 1 an equal run
/// that is stored and undamaged is taken, and nothing is computed.
///
/// `out_run` may be NULL; otherwise it receives the series that were written, or NULL when an earlier run was taken.
/// `out_json` receives `run_id`, `path`, `catalog_url`, `model_id`, `model_hash`, `seed`, `warnings`, `outcome`
/// ("written", "reused", "replaced"), `was_duplicate_of` and `pending`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_workspace_run(
    workspace: *const flowtime_workspace,
    model_id: *const c_char,
    model_id_length: usize,
    model: *const flowtime_model,
    options: *const flowtime_run_options,
    provenance: *const c_char,
    provenance_length: usize,
    deterministic: i32,
    reuse: i32,
    out_run: *mut *mut flowtime_run,
    out_json: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let workspace = handle(workspace, "workspace")?;
            let model_id = text(model_id, model_id_length, "model_id")?;
            let model = optional(model, "model")?;
            let options = flowtime_run_options::state(optional(options, "options")?)?;
            let provenance = text(provenance, provenance_length, "provenance")?;
            let deterministic = choice(deterministic, &YES_OR_NO, "deterministic")?;
            let reuse = choice(reuse, &YES_OR_NO, "reuse")?;
            let out_run = optional_out(out_run, "out_run")?;
            let out_json = out(out_json, "out_json")?;
            let mut request = options.ask(RunRequest::default()).deterministic(deterministic).reuse(reuse);
            request.model_id = Some(model_id.to_owned()).filter(|id| !id.is_empty());
            request.model = model.map(|model| model.model.clone());
            request.provenance = origin(provenance)?;
            let (stored, execution) = workspace.workspace.run_keeping(&request, &StoreOptions::new())?;
            let run =
                execution.map_or(std::ptr::null_mut(), |execution| give(flowtime_run::new(execution.run)));
            if out_run.wanted() {
                out_run.set(run);
            } else {
                guard::free(run);
            }
            out_json.set(give(flowtime_text::new(stored.to_json().to_string())));
            Ok(())
        })
    }
}

/// Follows a run, or a model, back: `template`, `parameters`, `model`, `run`, `derived_from`, `provenance`, and `gaps`,
/// what is not known and why.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_workspace_trace(
    workspace: *const flowtime_workspace,
    reference: *const c_char,
    reference_length: usize,
    out_json: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let workspace = handle(workspace, "workspace")?;
            let reference = text(reference, reference_length, "reference")?;
            let out_json = out(out_json, "out_json")?;
            let trace = workspace.workspace.trace(reference)?;
            out_json.set(give(flowtime_text::new(json!(trace).to_string())));
            Ok(())
        })
    }
}

/// Frees a workspace; what is stored stays. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_workspace_free(workspace: *mut flowtime_workspace) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(workspace) }
}

/// A provenance document, or the id of a model.
fn origin(provenance: &str) -> Result<Option<Provenance>, Failure> {
    if provenance.is_empty() {
        return Ok(None);
    }
    if !provenance.trim_start().starts_with('{') {
        return Ok(Some(Provenance::of_model_id(provenance)));
    }
    let document = Value::Object(object(provenance.as_bytes(), "provenance")?);
    Ok(Some(Provenance::new(&document)?))
}

/// What is said of a model that is to be stored.
fn request(labels: Vec<(String, Value)>) -> Result<ModelRequest, Failure> {
    let mut request = ModelRequest::new();
    for (member, value) in labels {
        match (member.as_str(), value) {
            (_, Value::Null) => {}
            ("name", Value::String(name)) => request.name = Some(name),
            ("owner", Value::String(owner)) => request.owner = Some(owner),
            ("preview", Value::Bool(preview)) => request.preview = preview,
            ("version", Value::Integer(version)) => {
                request.version = Some(whole(version, "labels", "version")?);
            }
            ("tags", Value::Array(tags)) => request.tags = texts(tags, "labels", "tags")?,
            (member, _) => return Err(refused("labels", member)),
        }
    }
    Ok(request)
}

/// What a list is to hold.
fn asked(members: Vec<(String, Value)>) -> Result<Query, Failure> {
    let mut query = Query::new();
    for (member, value) in members {
        let refused = || refused("query", &member);
        match (member.as_str(), value) {
            (_, Value::Null) => {}
            ("kind", Value::String(kind)) => query.kind = Some(Kind::named(&kind).ok_or_else(refused)?),
            ("sort", Value::String(sort)) => query.sort = SortBy::named(&sort).ok_or_else(refused)?,
            ("source", Value::String(text)) => query.source = Some(text),
            ("owner", Value::String(text)) => query.owner = Some(text),
            ("template_id", Value::String(text)) => query.template_id = Some(text),
            ("template_version", Value::String(text)) => query.template_version = Some(text),
            ("model_id", Value::String(text)) => query.model_id = Some(text),
            ("model_hash", Value::String(text)) => query.model_hash = Some(text),
            ("name", Value::String(text)) => query.name = Some(text),
            ("created_from", Value::String(text)) => query.created_from = Some(text),
            ("created_before", Value::String(text)) => query.created_before = Some(text),
            ("capabilities", Value::Array(list)) => {
                query.capabilities = texts(list, "query", "capabilities")?
            }
            ("tags", Value::Array(list)) => query.tags = texts(list, "query", "tags")?,
            ("descending", Value::Bool(descending)) => query.descending = descending,
            ("offset", Value::Integer(offset)) => query.offset = whole(offset, "query", "offset")?,
            ("limit", Value::Integer(limit)) => query.limit = Some(whole(limit, "query", "limit")?),
            _ => return Err(refused()),
        }
    }
    Ok(query)
}

fn texts(list: Vec<Value>, of: &str, member: &str) -> Result<Vec<String>, Failure> {
    let texts = list.into_iter().map(|item| match item {
        Value::String(text) => Ok(text),
        _ => Err(refused(of, member)),
    });
    texts.collect()
}

fn whole<T: TryFrom<i64>>(number: i64, of: &str, member: &str) -> Result<T, Failure> {
    T::try_from(number).map_err(|_| refused(of, member))
}

fn refused(of: &str, member: &str) -> Failure {
    let member = member.escape_debug();
    Failure::new(INVALID_ARGUMENT, format!("`{of}` has no member `{member}`, or another value is expected"))
}
