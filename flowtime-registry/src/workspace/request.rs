//! What the workspace can be asked for.

use crate::record::{OverrideRecord, OverrideValue, SourceRecord};
use flowtime_core::diagnostics::Diagnostic;
use flowtime_core::provenance::{Provenance, format_number};
use flowtime_core::{Cancel, InputValue, Limits, Model, Value};
use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// A model to be made from a template.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ModelRequest {
    /// What the model is called; the template's title when not said.
    pub name: Option<String>,
    /// The values of parameters; the others have their defaults.
    pub parameters: Vec<(String, Value)>,
    /// Words to find it by, beside those of the template.
    pub tags: Vec<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// The version to store it as; the next free one when not said.
    pub version: Option<u32>,
    /// Whether a picture of the model is stored with it.
    pub preview: bool,
    /// The folder of the CSV files that the template names; telemetry of the registry needs none.
    pub source_folder: Option<PathBuf>,
}

impl ModelRequest {
    /// Every default.
    pub fn new() -> Self {
        ModelRequest::default()
    }

    /// Sets the name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Gives a parameter a value.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: Value) -> Self {
        self.parameters.push((name.into(), value));
        self
    }

    /// Gives parameters their values.
    #[must_use]
    pub fn parameters(mut self, values: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.parameters.extend(values);
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Sets the owner.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// Sets the version.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self
    }

    /// Stores a picture with it.
    #[must_use]
    pub fn preview(mut self, preview: bool) -> Self {
        self.preview = preview;
        self
    }

    /// Sets the folder of CSV files.
    #[must_use]
    pub fn source_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.source_folder = Some(folder.into());
        self
    }
}

/// An input that a run replaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// The node.
    pub node: String,
    /// A number for every bin, or one a bin.
    pub value: InputValue,
    /// The file it was read from, if it was.
    pub source: Option<SourceRecord>,
}

impl Override {
    /// A number, or one a bin, in the place of a node.
    pub fn new(node: impl Into<String>, value: impl Into<InputValue>) -> Self {
        Override { node: node.into(), value: value.into(), source: None }
    }

    /// As it is stored.
    pub(super) fn record(&self) -> Option<OverrideRecord<'_>> {
        let value = match &self.value {
            InputValue::Number(number) => OverrideValue::Number(*number),
            InputValue::Series(values) => OverrideValue::Series(values),
            _ => return None,
        };
        Some(OverrideRecord { node: &self.node, value })
    }

    /// All of them as a document, for the id of a run.
    pub(super) fn document(overrides: &[Override]) -> Value {
        let value = |given: &Override| match &given.value {
            InputValue::Number(number) => Value::Number(*number),
            InputValue::Series(values) => Value::Array(values.iter().map(|x| Value::Number(*x)).collect()),
            _ => Value::Null,
        };
        Value::Object(overrides.iter().map(|given| (given.node.clone(), value(given))).collect())
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.value, &self.source) {
            (InputValue::Number(number), _) => write!(f, "{}={}", self.node, format_number(*number)),
            (_, Some(source)) => write!(f, "{}=@{}#{}", self.node, source.path, source.column),
            (InputValue::Series(values), None) => write!(f, "{}: {} values", self.node, values.len()),
            _ => f.write_str(&self.node),
        }
    }
}

/// Called with the part of the work that is done, from 0 to 1; it can stop the run.
type Watch = Arc<dyn Fn(f64) -> ControlFlow<()> + Send + Sync>;

/// A run to be made, of a stored model or of one that is given.
///
/// ```
/// use flowtime_registry::RunRequest;
/// let request = RunRequest::of_model_id("checkout-service_1f3a9c02b7d4").seed(7).input("weather", 0.5);
/// assert_eq!(request.overrides[0].to_string(), "weather=0.5");
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct RunRequest {
    /// The stored model, by its id or a reference; not together with `model`.
    pub model_id: Option<String>,
    /// The version of the stored model; the newest when not said.
    pub version: Option<u32>,
    /// The model itself; not together with `model_id`.
    pub model: Option<Model>,
    /// What is known of the document of `model` already, to be stored with the run.
    pub warnings: Vec<Diagnostic>,
    /// Where values of `model` came from that are there already.
    pub sources: Vec<SourceRecord>,
    /// The folder of the CSV files that `model` names; telemetry of the registry needs none.
    pub source_folder: Option<PathBuf>,
    /// The seed of the random numbers; otherwise the model's, or 0.
    pub seed: Option<u64>,
    /// Inputs to replace.
    pub overrides: Vec<Override>,
    /// Where the model came from, over what it says itself; an id alone is completed from the registry.
    pub provenance: Option<Provenance>,
    /// The series to write; otherwise those that the model names.
    pub outputs: Vec<String>,
    /// Whether the run is named after what it computes.
    pub deterministic: bool,
    /// Whether an equal run that is stored, undamaged, is as good.
    pub reuse: bool,
    /// How large it may be.
    pub limits: Limits,
    cancel: Option<Cancel>,
    watch: Option<Watch>,
}

impl RunRequest {
    /// A run of a stored model, by its id, `models/<id>/v<n>` or a `registry:` reference.
    pub fn of_model_id(model_id: impl Into<String>) -> Self {
        RunRequest { model_id: Some(model_id.into()), ..RunRequest::default() }
    }

    /// A run of a model.
    pub fn of_model(model: Model) -> Self {
        RunRequest { model: Some(model), ..RunRequest::default() }
    }

    /// Sets the version of the stored model.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = Some(version);
        self
    }

    /// Sets the folder of CSV files.
    #[must_use]
    pub fn source_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.source_folder = Some(folder.into());
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Replaces an input by a number, or by one a bin.
    #[must_use]
    pub fn input(mut self, node: impl Into<String>, value: impl Into<InputValue>) -> Self {
        self.overrides.push(Override::new(node, value));
        self
    }

    /// Sets where the model came from.
    #[must_use]
    pub fn provenance(mut self, provenance: Provenance) -> Self {
        self.provenance = Some(provenance);
        self
    }

    /// Sets the series to write.
    #[must_use]
    pub fn outputs<T: Into<String>>(mut self, series: impl IntoIterator<Item = T>) -> Self {
        self.outputs = series.into_iter().map(Into::into).collect();
        self
    }

    /// Names the run after what it computes.
    #[must_use]
    pub fn deterministic(mut self, deterministic: bool) -> Self {
        self.deterministic = deterministic;
        self
    }

    /// Takes an equal run that is stored.
    #[must_use]
    pub fn reuse(mut self, reuse: bool) -> Self {
        self.reuse = reuse;
        self
    }

    /// Sets how large it may be.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Stops when `cancel` is asked to.
    #[must_use]
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.cancel = Some(cancel.clone());
        self
    }

    /// Calls `f` with the part of the work that is done; it can stop the run.
    #[must_use]
    pub fn watch(mut self, f: impl Fn(f64) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        self.watch = Some(Arc::new(f));
        self
    }

    /// How the plan is run; the inputs and seed of the request are in it.
    pub(super) fn options(&self) -> flowtime_core::RunOptions {
        let mut options = flowtime_core::RunOptions::new().limits(self.limits);
        if let Some(seed) = self.seed {
            options = options.seed(seed);
        }
        for given in &self.overrides {
            options = options.input(&given.node, given.value.clone());
        }
        if let Some(cancel) = &self.cancel {
            options = options.cancel(cancel);
        }
        if let Some(watch) = self.watch.clone() {
            options = options.watch(move |done| watch(done));
        }
        options
    }
}

impl fmt::Debug for RunRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunRequest")
            .field("model_id", &self.model_id)
            .field("version", &self.version)
            .field("model", &self.model)
            .field("seed", &self.seed)
            .field("overrides", &self.overrides)
            .field("provenance", &self.provenance)
            .field("outputs", &self.outputs)
            .field("deterministic", &self.deterministic)
            .field("reuse", &self.reuse)
            .finish_non_exhaustive()
    }
}
