//! Models: made from templates, derived from each other, and stored.

use super::Workspace;
use super::card::{catalog, preview};
use super::error::WorkspaceError;
use super::json::{from_json, to_json};
use super::request::ModelRequest;
use super::sources::Sources;
use crate::artifact::LabelChange;
use crate::registry::{Catalog, Entry, NewModel, Stored};
use crate::run_folder::Outcome;
use flowtime_core::diagnostics::Diagnostic;
use flowtime_core::provenance::{Provenance, model_hash_of, model_id};
use flowtime_core::{GenerateOptions, Model, ParseOptions, Template, Value};
use serde_json::json;
use std::path::PathBuf;

/// A stored model.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelRef {
    /// Its id.
    pub model_id: String,
    /// Its version.
    pub version: u32,
    /// Its folder.
    pub artifact_path: PathBuf,
    /// `registry:models/<id>/v<n>`, which whatever looks for a model accepts.
    pub catalog_url: String,
    /// What people call it.
    pub title: String,
    /// Of the computation.
    pub model_hash: String,
    /// Of the template and its parameters.
    pub inputs_hash: Option<String>,
    /// Whether the same model was stored before.
    pub existed: bool,
    /// Whether the index could not be told yet.
    pub pending: bool,
}

impl ModelRef {
    pub(super) fn of(stored: Stored) -> Self {
        ModelRef {
            catalog_url: stored.card.reference(),
            model_id: stored.card.id,
            version: stored.card.version,
            artifact_path: stored.path,
            title: stored.card.title,
            model_hash: stored.card.model_hash.unwrap_or_default(),
            inputs_hash: stored.card.inputs_hash,
            existed: stored.outcome == Outcome::Reused,
            pending: stored.pending,
        }
    }
}

impl ModelRef {
    /// As JSON, with the names of the fields; the same from the command, Python and C.
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "model_id": self.model_id,
            "version": self.version,
            "title": self.title,
            "artifact_path": self.artifact_path.display().to_string(),
            "catalog_url": self.catalog_url,
            "model_hash": self.model_hash,
            "inputs_hash": self.inputs_hash,
            "existed": self.existed,
            "pending": self.pending,
        })
    }
}

/// A model that is made and not stored yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Draft {
    /// The id that it has when it is stored.
    pub model_id: String,
    /// What it is called.
    pub name: String,
    /// The model, its sources resolved, without provenance.
    pub model: Model,
    /// Where it came from.
    pub provenance: Option<Provenance>,
    /// What reading and compiling it found.
    pub found: Vec<Diagnostic>,
    /// Its tags.
    pub tags: Vec<String>,
}

impl Draft {
    /// The document, byte for byte as `model.yaml` of the stored model.
    pub fn to_yaml(&self) -> String {
        self.model.to_yaml()
    }

    /// The document with its provenance inside.
    pub fn to_yaml_with_provenance(&self) -> String {
        match &self.provenance {
            Some(provenance) => self.model.with_provenance(provenance).to_yaml(),
            None => self.to_yaml(),
        }
    }
}

impl Workspace {
    /// Makes a model from a template, and stores it.
    ///
    /// The same template, version, name and parameters give the same id; what is stored already is not stored again.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Model`] when a parameter may not have its value or the model cannot be run,
    /// [`WorkspaceError::Registry`] when it cannot be stored.
    pub fn new_model(&self, template: &Template, request: &ModelRequest) -> Result<ModelRef, WorkspaceError> {
        self.put_draft(&self.draft(template, request)?, request)
    }

    /// Makes a model from a template, and stores nothing.
    ///
    /// # Errors
    ///
    /// As for [`Workspace::new_model`].
    pub fn draft(&self, template: &Template, request: &ModelRequest) -> Result<Draft, WorkspaceError> {
        let mut options = GenerateOptions::default().generated_at(self.now());
        options.name.clone_from(&request.name);
        let generated = template.generate(&request.parameters, &options)?;
        let mut provenance = Provenance::new(&generated.provenance())?;
        provenance.set("inputs_hash", Value::String(generated.inputs_hash.clone()));
        provenance.set("template_hash", Value::String(generated.template_hash.clone()));
        let (model, found) = self.runnable(&generated.model, request)?;
        Ok(Draft {
            model_id: generated.model_id,
            name: request.name.clone().unwrap_or_else(|| template.id().to_owned()),
            model,
            provenance: Some(provenance),
            found,
            tags: template.tags().iter().chain(&request.tags).cloned().collect(),
        })
    }

    /// Stores a model that no template made. Its id is made of its name, or title, and its `model_hash`.
    ///
    /// # Errors
    ///
    /// As for [`Workspace::new_model`]. Parameters make no sense here.
    pub fn add_model(&self, model: &Model, request: &ModelRequest) -> Result<ModelRef, WorkspaceError> {
        if let Some((name, _)) = request.parameters.first() {
            let message = format!("a model that no template made has no parameter `{name}`");
            return Err(WorkspaceError::invalid(
                message,
                "override a node when it is run, or use a template",
            ));
        }
        let provenance = Provenance::embedded(model)?;
        let (model, found) = self.runnable(&model.without_provenance(), request)?;
        let name = request.name.as_deref().or(model.title()).unwrap_or("model").to_owned();
        let own = provenance.as_ref().and_then(Provenance::model_id).map(str::to_owned);
        let draft = Draft {
            model_id: own.unwrap_or_else(|| model_id(&name, &model_hash_of(&model.to_value()))),
            name,
            model,
            provenance,
            found,
            tags: request.tags.clone(),
        };
        self.put_draft(&draft, request)
    }

    /// Makes a model like a stored one, with other values of some parameters, and stores it.
    ///
    /// `template` is needed when the stored model was not made from a template of the library as it is now. The
    /// provenance says what it was derived from (`derived_from`) and what that was derived from (`ancestors`).
    ///
    /// # Errors
    ///
    /// As for [`Workspace::new_model`]; [`WorkspaceError::Invalid`] when the stored model has no parameters, or its
    /// template is not to be had.
    pub fn derive(
        &self,
        from: &str,
        request: &ModelRequest,
        template: Option<&Template>,
    ) -> Result<ModelRef, WorkspaceError> {
        let (draft, request) = self.derived_draft(from, request, template)?;
        self.put_draft(&draft, &request)
    }

    /// Makes a model as [`Workspace::derive`] does, and stores nothing.
    ///
    /// # Errors
    ///
    /// As for [`Workspace::derive`].
    pub fn draft_derived(
        &self,
        from: &str,
        request: &ModelRequest,
        template: Option<&Template>,
    ) -> Result<Draft, WorkspaceError> {
        Ok(self.derived_draft(from, request, template)?.0)
    }

    fn derived_draft(
        &self,
        from: &str,
        request: &ModelRequest,
        template: Option<&Template>,
    ) -> Result<(Draft, ModelRequest), WorkspaceError> {
        let entry = self.model_entry(from, None)?;
        let parent = stored_provenance(&entry)?;
        let Some(parent) = parent.filter(|parent| parent.template_id().is_some()) else {
            let message = format!(
                "`{}` was not made from a template, so that there are no parameters to change",
                entry.card.id
            );
            return Err(WorkspaceError::invalid(
                message,
                "override a node when it is run, or start from a template",
            ));
        };
        let template = match template {
            Some(template) => template.clone(),
            None => self.template_of(&entry, &parent)?,
        };
        let mut request = request.clone();
        let given = |name: &str| request.parameters.iter().any(|(known, _)| known == name);
        let kept: Vec<_> = parent.parameters().iter().filter(|(name, _)| !given(name)).cloned().collect();
        request.parameters.extend(kept);
        let mut draft = self.draft(&template, &request)?;
        let reference = entry.card.path.clone();
        let mut ancestors = vec![Value::String(reference.clone())];
        if let Some(Value::Array(older)) = parent.document().get("ancestors") {
            ancestors.extend(older.iter().cloned());
        }
        if let Some(provenance) = &mut draft.provenance {
            provenance.set("derived_from", Value::String(reference));
            provenance.set("ancestors", Value::Array(ancestors));
        }
        Ok((draft, request))
    }

    /// The template that made a stored model, if the library has it as it was.
    pub(super) fn template_of(&self, entry: &Entry, parent: &Provenance) -> Result<Template, WorkspaceError> {
        let (id, version) = (parent.template_id().unwrap_or_default(), parent.template_version());
        let missing = |reason: String| {
            let message = format!("the template of `{}` is needed: {reason}", entry.card.id);
            WorkspaceError::invalid(message, "name the file of the template")
        };
        let Some(known) = Template::shipped_ids().find(|known| *known == id) else {
            return Err(missing(format!("`{id}` does not come with flowtime")));
        };
        let template = Template::shipped(known)?;
        if version != Some(template.version()) {
            return Err(missing(format!(
                "it was version {} of `{id}`, and here is {}",
                version.unwrap_or("?"),
                template.version()
            )));
        }
        Ok(template)
    }

    /// The model as it is stored, and what reading it finds: sources resolved, and found to be one that runs.
    fn runnable(
        &self,
        model: &Model,
        request: &ModelRequest,
    ) -> Result<(Model, Vec<Diagnostic>), WorkspaceError> {
        let mut sources = Sources::of_registry(&self.root);
        if let Some(folder) = &request.source_folder {
            sources = sources.in_folder(folder);
        }
        let resolved = sources.resolve(model)?;
        resolved.model.compile()?;
        // Read back from its own document: what is stored is what was looked at.
        let parsed = Model::parse(&resolved.model.to_yaml(), &ParseOptions::default().name("model.yaml"))?;
        Ok((parsed.model, parsed.warnings))
    }

    /// Stores what was drafted.
    ///
    /// # Errors
    ///
    /// [`WorkspaceError::Registry`] when it cannot be stored.
    pub fn put_draft(&self, draft: &Draft, request: &ModelRequest) -> Result<ModelRef, WorkspaceError> {
        self.put(
            draft,
            &PutOptions {
                version: request.version,
                preview: request.preview,
                owner: request.owner.clone(),
                ..PutOptions::default()
            },
        )
    }

    pub(super) fn put(&self, draft: &Draft, options: &PutOptions) -> Result<ModelRef, WorkspaceError> {
        let plan = draft.model.compile().ok();
        let yaml = draft.to_yaml();
        let provenance = draft.provenance.as_ref();
        let mut card =
            catalog(&draft.model_id, &draft.name, &draft.model, plan.as_ref(), provenance, &draft.found);
        if let Some(created) = &options.created {
            card.created_utc.clone_from(created);
        }
        let document = provenance.map(|provenance| to_json(provenance.document()));
        let picture =
            plan.as_ref().filter(|_| options.preview).map(|plan| preview(&draft.model, plan, &card.title));
        let mut labels = LabelChange::new().tags(unique(&draft.tags));
        labels.owner.clone_from(&options.owner);
        labels.title.clone_from(&options.title);
        labels.description.clone_from(&options.description);
        labels.verification.clone_from(&options.verification);
        let mut new = NewModel::new(card, yaml.as_bytes()).labels(labels);
        new.provenance = document.as_ref();
        new.preview = picture.as_ref().map(String::as_bytes);
        new.version = options.version;
        Ok(ModelRef::of(self.registry.put_model(&new)?))
    }

    /// A stored model, and nothing else, by its id or a reference.
    pub(super) fn model_entry(&self, reference: &str, version: Option<u32>) -> Result<Entry, WorkspaceError> {
        let entry = match version {
            Some(version) => {
                let id = reference.strip_prefix("registry:").unwrap_or(reference);
                let id = id.strip_prefix("models/").unwrap_or(id);
                self.registry.get_version(id, version)?
            }
            None => self.registry.get(reference)?,
        };
        match entry.catalog {
            Catalog::Model(_) => Ok(entry),
            _ => {
                let message = format!("`{}` is a {}, not a model", entry.card.id, entry.card.kind.name());
                Err(WorkspaceError::invalid(
                    message,
                    "`flowtime artifacts list --kind model` lists the models",
                ))
            }
        }
    }

    /// The document of a stored model, checked against its checksum.
    pub(super) fn stored_model(&self, entry: &Entry) -> Result<(Model, Vec<Diagnostic>), WorkspaceError> {
        let bytes = self.registry.read_file(&entry.card.reference(), super::MODEL_FILE)?;
        let name = format!("{}/model.yaml", entry.card.path);
        let parsed = Model::parse(&bytes, &ParseOptions::default().name(name))?;
        Ok((parsed.model, parsed.warnings))
    }
}

/// What is said of a draft beside what it is.
#[derive(Debug, Default)]
pub(super) struct PutOptions {
    pub(super) version: Option<u32>,
    pub(super) preview: bool,
    pub(super) owner: Option<String>,
    pub(super) created: Option<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    /// The report of a verification.
    pub(super) verification: Option<serde_json::Value>,
}

/// Where a stored artifact says that it came from.
pub(super) fn stored_provenance(entry: &Entry) -> Result<Option<Provenance>, WorkspaceError> {
    Ok(entry.provenance.as_ref().map(|document| Provenance::new(&from_json(document))).transpose()?)
}

fn unique(tags: &[String]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    tags.iter().filter(|tag| seen.insert(tag.as_str())).cloned().collect()
}
