//! What the workspace and the registry are asked for, as Python says it: dicts whose keys the package writes.

use crate::array;
use crate::error::{Failure, argument};
use crate::limits::{self, Given};
use crate::model::Model;
use crate::template;
use crate::tree;
use flowtime_core::{BinUnit, Cancel, InputValue};
use flowtime_registry::{
    BundleForm, ExportOptions, Kind, LabelChange, ModelRequest, Override, Prune, Query, RunRequest, SortBy,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::time::Duration;

/// A model to be stored.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Storing<'py> {
    name: Option<String>,
    parameters: Bound<'py, PyDict>,
    tags: Vec<String>,
    owner: Option<String>,
    version: Option<u32>,
    preview: bool,
    folder: Option<PathBuf>,
}

impl Storing<'_> {
    pub(crate) fn request(self) -> PyResult<ModelRequest> {
        let mut request = ModelRequest::new().parameters(template::parameters(&self.parameters)?);
        (request.name, request.tags, request.owner) = (self.name, self.tags, self.owner);
        (request.version, request.preview, request.source_folder) = (self.version, self.preview, self.folder);
        Ok(request)
    }
}

/// A run to be made and stored.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Running<'py> {
    model_id: Option<String>,
    version: Option<u32>,
    model: Option<Bound<'py, Model>>,
    seed: Option<Bound<'py, PyAny>>,
    inputs: Vec<(String, Bound<'py, PyAny>)>,
    grid: Option<Bound<'py, PyAny>>,
    provenance: Option<Bound<'py, PyAny>>,
    outputs: Vec<String>,
    deterministic: bool,
    reuse: bool,
    limits: Given,
    folder: Option<PathBuf>,
}

impl Running<'_> {
    /// The request, and the values that are put in the place of inputs.
    pub(crate) fn request(self) -> PyResult<(RunRequest, Vec<(String, InputValue)>)> {
        let mut request = RunRequest::default();
        (request.model_id, request.version) = (self.model_id, self.version);
        if let Some(model) = self.model {
            let document = model.get().document();
            request.model = Some(document.model.clone());
            request.warnings.clone_from(&document.warnings);
            request.limits = document.options.limits;
        }
        request.limits = limits::with(request.limits, &self.limits)?;
        request.seed = self.seed.map(|seed| tree::seed(&seed)).transpose()?;
        let mut inputs = Vec::new();
        if let Some(grid) = self.grid {
            for (name, value) in self.inputs {
                let value = array::input(&name, &value, &grid)?;
                inputs.push((name, value));
            }
        }
        request.overrides = overrides(&inputs);
        request.provenance = self.provenance.map(|document| template::provenance(&document)).transpose()?;
        request.outputs = self.outputs;
        (request.deterministic, request.reuse) = (self.deterministic, self.reuse);
        request.source_folder = self.folder;
        Ok((request, inputs))
    }
}

/// Inputs as the workspace replaces them.
pub(crate) fn overrides(inputs: &[(String, InputValue)]) -> Vec<Override> {
    inputs.iter().map(|(node, value)| Override::new(node, value.clone())).collect()
}

/// A run that stops when the caller is interrupted, and says how far it is.
pub(crate) fn watched(request: RunRequest, watch: &crate::runtime::Watch) -> RunRequest {
    let theirs = watch.clone();
    let cancel: &Cancel = &watch.cancel;
    request.cancel(cancel).watch(move |done| {
        theirs.advance(done);
        std::ops::ControlFlow::Continue(())
    })
}

/// What a list is to hold.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Asking {
    kind: Option<String>,
    source: Option<String>,
    owner: Option<String>,
    capabilities: Vec<String>,
    tags: Vec<String>,
    template_id: Option<String>,
    template_version: Option<String>,
    model_id: Option<String>,
    model_hash: Option<String>,
    name: Option<String>,
    created_from: Option<String>,
    created_before: Option<String>,
    sort: String,
    descending: bool,
    offset: usize,
    limit: Option<usize>,
}

impl Asking {
    pub(crate) fn query(self) -> PyResult<Query> {
        let mut query = Query::new();
        query.kind = self.kind.as_deref().map(kind).transpose()?;
        (query.source, query.owner) = (self.source, self.owner);
        (query.capabilities, query.tags) = (self.capabilities, self.tags);
        (query.template_id, query.template_version) = (self.template_id, self.template_version);
        (query.model_id, query.model_hash, query.name) = (self.model_id, self.model_hash, self.name);
        (query.created_from, query.created_before) = (self.created_from, self.created_before);
        query.sort = SortBy::named(&self.sort).ok_or_else(|| {
            argument(format!("`sort` is `{}`: give `id`, `created` or `title`", self.sort.escape_debug()))
        })?;
        (query.descending, query.offset, query.limit) = (self.descending, self.offset, self.limit);
        Ok(query)
    }
}

fn kind(name: &str) -> PyResult<Kind> {
    Kind::named(name).ok_or_else(|| {
        argument(format!("`kind` is `{}`: give `model`, `run` or `telemetry`", name.escape_debug()))
    })
}

/// What is to be said of an artifact.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Labelling {
    title: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    add_tags: Vec<String>,
    remove_tags: Vec<String>,
    owner: Option<String>,
    visibility: Option<String>,
}

impl Labelling {
    pub(crate) fn change(self) -> LabelChange {
        let mut change = LabelChange::new();
        (change.title, change.description, change.tags) = (self.title, self.description, self.tags);
        (change.add_tags, change.remove_tags) = (self.add_tags, self.remove_tags);
        (change.owner, change.visibility) = (self.owner, self.visibility);
        change
    }
}

/// What is to go.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Pruning {
    kind: Option<String>,
    older_than: Option<f64>,
    unused: bool,
    dry_run: bool,
}

impl Pruning {
    pub(crate) fn prune(self) -> PyResult<Prune> {
        let mut prune = Prune::new();
        prune.kind = self.kind.as_deref().map(kind).transpose()?;
        let age = |seconds| {
            Duration::try_from_secs_f64(seconds)
                .map_err(|_| argument(format!("`older_than` is {seconds} seconds: give an age of 0 or more")))
        };
        prune.older_than = self.older_than.map(age).transpose()?;
        (prune.unused, prune.dry_run) = (self.unused, self.dry_run);
        Ok(prune)
    }
}

/// How a model is exported.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Exporting {
    zip: bool,
    title: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    grid: Option<(usize, u32, String)>,
    outputs: Option<Vec<String>>,
    validation: bool,
    complete: bool,
    force: bool,
}

impl Exporting {
    pub(crate) fn options(self) -> PyResult<ExportOptions> {
        let mut options = ExportOptions::new();
        options.form = if self.zip { BundleForm::Zip } else { BundleForm::Yaml };
        (options.title, options.description, options.tags) = (self.title, self.description, self.tags);
        if let Some((bins, size, unit)) = self.grid {
            options.grid = Some((bins, size, bin_unit(&unit)?));
        }
        options.outputs = self.outputs;
        (options.validation, options.complete, options.force) = (self.validation, self.complete, self.force);
        Ok(options)
    }
}

fn bin_unit(name: &str) -> PyResult<BinUnit> {
    let unit = BinUnit::ALL.into_iter().find(|unit| unit.name() == name);
    unit.ok_or_else(|| argument(format!("`{}` is no unit of bins", name.escape_debug())))
}

/// Everything that a failure of the workspace says, until there is an interpreter to raise it in.
pub(crate) fn told(error: impl Into<Failure>) -> crate::error::Told {
    error.into().told()
}
