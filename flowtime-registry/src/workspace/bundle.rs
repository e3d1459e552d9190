//! Stored models out of a workspace and into another: bundles.

use super::Workspace;
use super::archive;
use super::error::WorkspaceError;
use super::json::{from_json, to_json};
use super::models::{Draft, ModelRef, PutOptions, stored_provenance};
use crate::artifact::ModelCatalog;
use crate::registry::{Catalog, Entry, RegistryError};
use crate::sums::bytes_sum;
use flowtime_core::analysis::{Report, examine};
use flowtime_core::diagnostics::Tier;
use flowtime_core::provenance::{ENGINE_VERSION, Provenance, SEMANTICS_VERSION};
use flowtime_core::{Asset, AssetKind, BinUnit, Error, Model, ModelBundle, ParseOptions, RunOptions, Value};
use serde_json::json;
use std::collections::BTreeMap;

/// Files of an archive by name.
type Files = BTreeMap<String, Vec<u8>>;

/// The form of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BundleForm {
    /// One YAML document.
    #[default]
    Yaml,
    /// A zip with that document and the files that belong to it.
    Zip,
}

/// How a stored model is exported.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExportOptions {
    /// The form.
    pub form: BundleForm,
    /// Another title.
    pub title: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Other tags.
    pub tags: Option<Vec<String>>,
    /// Another grid: bins, bin size and unit; the model is checked anew.
    pub grid: Option<(usize, u32, BinUnit)>,
    /// The series to write, in place of those that the model names.
    pub outputs: Option<Vec<String>>,
    /// Whether what was found in the model goes with it.
    pub validation: bool,
    /// Whether what made the model goes with it; without it the bundle is the model and its title.
    pub complete: bool,
    /// Exports a model that has errors too.
    pub force: bool,
}

impl Default for ExportOptions {
    fn default() -> Self {
        ExportOptions {
            form: BundleForm::Yaml,
            title: None,
            description: None,
            tags: None,
            grid: None,
            outputs: None,
            validation: true,
            complete: true,
            force: false,
        }
    }
}

impl ExportOptions {
    /// The whole model, as one YAML document.
    pub fn new() -> Self {
        ExportOptions::default()
    }

    /// Sets the form.
    #[must_use]
    pub fn form(mut self, form: BundleForm) -> Self {
        self.form = form;
        self
    }

    /// Sets another title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets another description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets other tags.
    #[must_use]
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Sets another grid.
    #[must_use]
    pub fn grid(mut self, bins: usize, bin_size: u32, bin_unit: BinUnit) -> Self {
        self.grid = Some((bins, bin_size, bin_unit));
        self
    }

    /// Sets the series to write.
    #[must_use]
    pub fn outputs<T: Into<String>>(mut self, series: impl IntoIterator<Item = T>) -> Self {
        self.outputs = Some(series.into_iter().map(Into::into).collect());
        self
    }

    /// Says whether what was found in the model goes with it.
    #[must_use]
    pub fn validation(mut self, validation: bool) -> Self {
        self.validation = validation;
        self
    }

    /// Says whether what made the model goes with it.
    #[must_use]
    pub fn complete(mut self, complete: bool) -> Self {
        self.complete = complete;
        self
    }

    /// Exports a model that has errors too.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }
}

/// A bundle, to be written to a file.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Exported {
    /// The name of the file unless somebody names another: `model-<id>.yaml`, or `.zip`.
    pub file_name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// The document.
    pub bundle: ModelBundle,
}

/// A bundle that was imported.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Imported {
    /// The model as it is stored.
    pub model: ModelRef,
    /// Files of the bundle that have no place in the registry, and were left out.
    pub left_out: Vec<String>,
}

impl Imported {
    /// As JSON: that of the model, and `left_out`; the same from the command, Python and C.
    pub fn to_json(&self) -> serde_json::Value {
        let mut object = self.model.to_json();
        object["left_out"] = json!(self.left_out);
        object
    }
}

impl Workspace {
    /// A stored model as a bundle. The same model and options give the same bytes.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when there is no such model or it is damaged; [`WorkspaceError::Model`] when it, or
    /// what the options make of it, has errors, unless that is forced.
    pub fn export_bundle(&self, model: &str, options: &ExportOptions) -> Result<Exported, WorkspaceError> {
        let entry = self.model_entry(model, None)?;
        let Catalog::Model(catalog) = &entry.catalog else {
            return Err(WorkspaceError::invalid("only models can be exported as a bundle", "name a model"));
        };
        let (stored, _) = self.stored_model(&entry)?;
        let mut adapted = stored.clone();
        if let Some((bins, size, unit)) = options.grid {
            adapted = adapted.with_grid(bins, size, unit)?;
        }
        if let Some(outputs) = &options.outputs {
            adapted = adapted.with_outputs(outputs)?;
        }
        let report = looked_at(&adapted)?;
        if !report.valid() && !options.force {
            adapted.compile()?;
            return Err(WorkspaceError::Bundle {
                message: format!("would hold a model with {} errors", report.diagnostics.len()),
                help: "correct the model, or force the export".to_owned(),
            });
        }
        let mut bundle = ModelBundle::new(&entry.card.id, &entry.labels.title, adapted);
        let labels = &entry.labels;
        bundle.title = options.title.clone().unwrap_or_else(|| labels.title.clone());
        let description = options.description.as_ref().unwrap_or(&labels.description);
        bundle.description = Some(description.clone()).filter(|text| !text.is_empty());
        bundle.tags = options.tags.clone().unwrap_or_else(|| labels.tags.clone());
        bundle.author.clone_from(&labels.owner);
        bundle.created = Some(catalog.created_utc.clone());
        bundle.version = Some(format!("v{}", entry.card.version));
        if options.complete {
            bundle.sim_config = Some(from_json(&sim_config(catalog, &entry)));
        }
        if options.validation {
            bundle.validation = Some(from_json(&validation(catalog, &entry, &report)));
        }
        let mut files = Files::new();
        if options.form == BundleForm::Zip && options.complete {
            let mut add = |path: &str, kind: AssetKind, bytes: Vec<u8>| {
                bundle.assets.push(Asset { path: path.to_owned(), kind, sha256: bytes_sum(&bytes) });
                files.insert(path.to_owned(), bytes);
            };
            let reference = entry.card.reference();
            add(
                "assets/catalog.json",
                AssetKind::Catalog,
                self.registry.read_file(&reference, "catalog.json")?,
            );
            add("assets/model.yaml", AssetKind::EngineModel, bundle.model.to_yaml().into_bytes());
            if let Some(provenance) = stored_provenance(&entry)?.filter(|p| !p.parameters().is_empty()) {
                let parameters = Value::Object(provenance.parameters().to_vec());
                add("assets/parameters.yaml", AssetKind::Scenario, parameters.to_yaml().into_bytes());
            }
            if let Some(found) = entry.labels.verification.as_ref().filter(|_| options.validation) {
                add(
                    "assets/validation.json",
                    AssetKind::ValidationResults,
                    format!("{found:#}\n").into_bytes(),
                );
            }
        }
        let yaml = bundle.to_yaml().into_bytes();
        let (file_name, bytes) = match options.form {
            BundleForm::Yaml => (bundle.file_name(), yaml),
            BundleForm::Zip => {
                let document = bundle.file_name();
                let file_name = format!("{}.zip", document.trim_end_matches(".yaml"));
                files.insert(document, yaml);
                let packed = archive::pack(&files).map_err(|error| WorkspaceError::Bundle {
                    message: format!("cannot be packed: {error}"),
                    help: "export it as YAML".to_owned(),
                })?;
                (file_name, packed)
            }
        };
        Ok(Exported { file_name, bytes, bundle })
    }

    /// Stores the model of a bundle, or of a plain model document, with all that belongs to it: all of it or nothing.
    ///
    /// A bundle that was exported whole becomes the same entry: same id, version (unless that is taken), bytes, title,
    /// tags, dates. `name` is that of the file, for messages.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Bundle`] when it cannot be trusted: files that lead elsewhere, that are not what the document
    /// says, that grow too large; [`WorkspaceError::Model`] when its document is wrong, or the model has errors, unless
    /// `force`d; [`WorkspaceError::Registry`] when it cannot be stored.
    pub fn import_bundle(&self, bytes: &[u8], name: &str, force: bool) -> Result<Imported, WorkspaceError> {
        let options = ParseOptions::default().name(name);
        if archive::is_archive(bytes) {
            let files = archive::unpack(bytes).map_err(|refusal| WorkspaceError::Bundle {
                message: refusal.message,
                help: refusal.help.to_owned(),
            })?;
            let (document, files) = split(files)?;
            let bundle = ModelBundle::parse(&document, &options)?;
            return self.import(&bundle, &files, force);
        }
        if ModelBundle::is_bundle(bytes) {
            return self.import(&ModelBundle::parse(bytes, &options)?, &Files::new(), force);
        }
        let model = Model::parse(bytes, &options)?.model;
        let request = super::ModelRequest::new();
        Ok(Imported { model: self.add_model(&model, &request)?, left_out: Vec::new() })
    }

    fn import(&self, bundle: &ModelBundle, files: &Files, force: bool) -> Result<Imported, WorkspaceError> {
        let left_out = checked_assets(bundle, files)?;
        let report = looked_at(&bundle.model)?;
        if !force {
            bundle.model.compile()?;
        }
        let config = |key: &str| bundle.sim_config.as_ref().and_then(|config| config.get(key));
        let provenance = match config("provenance") {
            Some(document @ Value::Object(_)) => Some(Provenance::new(document)?),
            _ => None,
        };
        let name = config("name").and_then(Value::as_str).unwrap_or(&bundle.title);
        let draft = Draft {
            model_id: bundle.id.clone(),
            name: name.to_owned(),
            model: bundle.model.without_provenance(),
            provenance,
            found: report.diagnostics,
            tags: bundle.tags.clone(),
        };
        let verification = bundle.validation.as_ref().and_then(|found| found.get("report"));
        let version = bundle.version.as_deref().and_then(crate::artifact::version_number);
        let mut options = PutOptions {
            version,
            preview: matches!(config("preview"), Some(Value::Bool(true))),
            owner: bundle.author.clone(),
            created: bundle.created.clone(),
            title: Some(bundle.title.clone()),
            description: Some(bundle.description.clone().unwrap_or_default()),
            verification: verification.filter(|report| matches!(report, Value::Object(_))).map(to_json),
        };
        let stored = match self.put(&draft, &options) {
            // The number is taken by another model of this id: it becomes the next one.
            Err(WorkspaceError::Registry(RegistryError::Conflict { .. })) if version.is_some() => {
                options.version = None;
                self.put(&draft, &options)?
            }
            stored => stored?,
        };
        Ok(Imported { model: stored, left_out })
    }
}

/// What reading and compiling a model finds, as its card tells it.
fn looked_at(model: &Model) -> Result<Report, Error> {
    let parsed = Model::parse(&model.to_yaml(), &ParseOptions::default().name("model.yaml"))?;
    examine(&parsed, Tier::Compile, &RunOptions::new())
}

fn sim_config(catalog: &ModelCatalog, entry: &Entry) -> serde_json::Value {
    let preview = catalog.files.iter().any(|file| file.name == super::PREVIEW_FILE);
    json!({
        "template": catalog.template_id,
        "template_version": catalog.template_version,
        "parameters": catalog.parameters,
        "name": catalog.name,
        "preview": preview,
        "provenance": entry.provenance,
    })
}

fn validation(catalog: &ModelCatalog, entry: &Entry, report: &Report) -> serde_json::Value {
    let verified = entry.labels.verification.as_ref();
    let scenarios: Vec<serde_json::Value> = verified
        .iter()
        .map(|found| json!({"name": "defaults", "tier": found["tier"], "score": found["score"]}))
        .collect();
    json!({
        "sim_version": catalog.metadata.sim_version,
        "validation_date": verified.map(|found| &found["verified_at"]),
        "test_scenarios": scenarios,
        "quality_score": verified.and_then(|found| found["score"].as_f64()).unwrap_or_else(|| report.score()),
        "engine_compatibility": {
            "version": ENGINE_VERSION, "semantics": SEMANTICS_VERSION, "executable": report.valid(),
        },
        "report": verified,
    })
}

/// The document of an archive, and its other files.
fn split(mut files: Files) -> Result<(Vec<u8>, Files), WorkspaceError> {
    let documents: Vec<String> = files
        .keys()
        .filter(|name| !name.contains('/') && (name.ends_with(".yaml") || name.ends_with(".yml")))
        .cloned()
        .collect();
    match &documents[..] {
        [only] => Ok((files.remove(only).unwrap_or_default(), files)),
        [] => {
            refuse("has no document: no YAML file stands at its top", "a bundle has a file `model-<id>.yaml`")
        }
        several => refuse(
            format!("has {} documents at its top: {}", several.len(), several.join(", ")),
            "a bundle has one file `model-<id>.yaml`, and all others in folders",
        ),
    }
}

fn refuse<T>(message: impl Into<String>, help: &str) -> Result<T, WorkspaceError> {
    Err(WorkspaceError::Bundle { message: message.into(), help: help.to_owned() })
}

/// Checks that the files of a bundle are what its document says, and names those that the registry has no place for.
fn checked_assets(bundle: &ModelBundle, files: &Files) -> Result<Vec<String>, WorkspaceError> {
    let mut left_out = Vec::new();
    for asset in &bundle.assets {
        let Some(bytes) = files.get(&asset.path) else {
            return refuse(
                format!("lacks its file `{}`", asset.path),
                "import the archive that the document came in, or take the file out of `assets`",
            );
        };
        if bytes_sum(bytes) != asset.sha256 {
            return refuse(
                format!("is damaged: `{}` is not the file that its document describes", asset.path),
                "get it again from where it came from",
            );
        }
        match asset.kind {
            AssetKind::EngineModel => {
                let options = ParseOptions::default().name(&asset.path);
                if Model::parse(bytes, &options)?.model.without_provenance()
                    != bundle.model.without_provenance()
                {
                    return refuse(
                        format!("contradicts itself: `{}` is not the model of its document", asset.path),
                        "get it again from where it came from",
                    );
                }
            }
            AssetKind::Scenario if !is_parameters(bundle, bytes) => left_out.push(asset.path.clone()),
            // The card is made anew; the report is in the document too.
            _ => {}
        }
    }
    let named = |path: &str| bundle.assets.iter().any(|asset| asset.path == path);
    if let Some(stranger) = files.keys().find(|path| !named(path)) {
        return refuse(
            format!("has a file `{stranger}` that its document says nothing of"),
            "name it under `assets`, or take it out",
        );
    }
    Ok(left_out)
}

/// Are these the parameters that the document tells anyway?
fn is_parameters(bundle: &ModelBundle, bytes: &[u8]) -> bool {
    let told = bundle.sim_config.as_ref().and_then(|config| config.get("provenance")?.get("parameters"));
    let scenario = Value::from_yaml(bytes, &ParseOptions::default());
    // In another order they are the same values.
    let canonical = |value: &Value| flowtime_core::provenance::canonical_json(value);
    scenario.is_ok_and(|scenario| told.is_some_and(|told| canonical(told) == canonical(&scenario)))
}
