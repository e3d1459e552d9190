//! Templates, and the models that are made from them.

use crate::error::{Failure, Told, diagnostics_json, not_found};
use crate::limits::{self, Given};
use crate::model::Model;
use crate::runtime::{Watch, enter_core};
use crate::tree;
use flowtime_core::diagnostics::{Diagnostic, render};
use flowtime_core::provenance::Provenance;
use flowtime_core::template::Parameter;
use flowtime_core::{Error, ErrorKind, GenerateOptions, Limits, ParseOptions, RunOptions, Value, analysis};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::sync::Arc;

/// A model with parameters.
#[pyclass(frozen, module = "flowtime._native")]
pub(crate) struct Template {
    template: Arc<flowtime_core::Template>,
    /// Limits of the models that it makes.
    given: Given,
}

/// The ids of the templates that come with flowtime.
#[pyfunction]
pub(crate) fn template_ids() -> Vec<&'static str> {
    flowtime_core::Template::shipped_ids().collect()
}

/// A template that comes with flowtime.
#[pyfunction]
pub(crate) fn shipped_template(py: Python<'_>, id: String) -> PyResult<Template> {
    let shipped = enter_core(py, false, None, Watch::default(), move |_| {
        flowtime_core::Template::shipped(&id).map_err(|error| match error.kind() {
            ErrorKind::InvalidArgument => Err(error.to_string()),
            _ => Ok(Failure::from(error).told()),
        })
    })?;
    match shipped {
        Ok(template) => Ok(Template::of(template, Vec::new())),
        Err(Err(message)) => Err(not_found(message)),
        Err(Ok(told)) => Err(told.raise(py)),
    }
}

/// Reads a template.
#[pyfunction]
pub(crate) fn parse_template(
    py: Python<'_>,
    document: &[u8],
    name: String,
    given: Given,
) -> PyResult<Template> {
    let options = ParseOptions::default().name(name).limits(limits::with(Limits::default(), &given)?);
    let document = document.to_vec();
    let parsed = enter_core(py, true, None, Watch::default(), move |_| {
        flowtime_core::Template::parse(&document, &options).map_err(template_failure)
    })?;
    Ok(Template::of(parsed.map_err(|told| told.raise(py))?, given))
}

/// Chooses between two documents of where a model came from; what is worth knowing about it as JSON.
#[pyfunction]
pub(crate) fn choose_provenance<'py>(
    py: Python<'py>,
    given: Option<Bound<'py, PyAny>>,
    own: Option<Bound<'py, PyAny>>,
) -> PyResult<(Option<Bound<'py, PyAny>>, String)> {
    let read = |document: Option<Bound<'py, PyAny>>| document.map(|d| provenance(&d)).transpose();
    let (chosen, found) = Provenance::choose(read(given)?.as_ref(), read(own)?.as_ref());
    let chosen = chosen.map(|chosen| tree::to_python(py, chosen.document())).transpose()?;
    Ok((chosen, diagnostics_json(found.as_slice(), None)))
}

/// A document of where a model came from.
pub(crate) fn provenance(document: &Bound<'_, PyAny>) -> PyResult<Provenance> {
    let py = document.py();
    let (document, _) = tree::from_python(document)?;
    Provenance::new(&document).map_err(|error| Failure::from(error).raise(py))
}

/// Values of parameters.
pub(crate) fn parameters(values: &Bound<'_, PyDict>) -> PyResult<Vec<(String, Value)>> {
    match tree::from_python(values)?.0 {
        Value::Object(values) => Ok(values),
        _ => Ok(Vec::new()),
    }
}

fn template_failure(error: Error) -> Told {
    Failure::from(error).of_template().told()
}

impl Template {
    fn of(template: flowtime_core::Template, given: Given) -> Self {
        Template { template: Arc::new(template), given }
    }

    /// The template, for the workspace.
    pub(crate) fn inner(&self) -> Arc<flowtime_core::Template> {
        self.template.clone()
    }
}

#[pymethods]
impl Template {
    #[getter]
    fn id(&self) -> &str {
        self.template.id()
    }

    #[getter]
    fn title(&self) -> &str {
        self.template.title()
    }

    #[getter]
    fn version(&self) -> &str {
        self.template.version()
    }

    #[getter]
    fn description(&self) -> Option<&str> {
        self.template.description()
    }

    #[getter]
    fn tags(&self) -> Vec<&str> {
        self.template.tags().iter().map(String::as_str).collect()
    }

    /// The name and the text of the document.
    #[getter]
    fn source(&self) -> (&str, &str) {
        let source = self.template.source_text();
        (source.name(), source.text())
    }

    /// The hash of the document.
    #[getter]
    fn template_hash(&self) -> String {
        flowtime_core::provenance::template_hash_of(self.template.document())
    }

    /// Of each parameter what `flowtime.template.Parameter` is made of.
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        self.template.parameters().iter().map(|parameter| described(py, parameter)).collect()
    }

    /// The parameters as JSON Schema.
    fn parameter_form<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        tree::to_python(py, &self.template.parameter_form())
    }

    /// What was worth knowing about the document, as JSON.
    fn warnings(&self) -> String {
        diagnostics_json(self.template.warnings(), Some(self.template.source_text()))
    }

    /// All parameters with their values.
    fn complete<'py>(&self, py: Python<'py>, values: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        let completed = self.template.complete(&parameters(values)?);
        let completed = completed.map_err(|error| Failure::from(error).raise(py))?;
        tree::to_python(py, &Value::Object(completed))
    }

    /// A model, and what is known of it: `model_id`, the hashes, `parameters`, `provenance`.
    fn generate<'py>(
        &self,
        py: Python<'py>,
        values: &Bound<'py, PyDict>,
        name: Option<String>,
        generated_at: Option<String>,
        folder: Option<PathBuf>,
    ) -> PyResult<(Model, Bound<'py, PyDict>)> {
        let values = parameters(values)?;
        let mut options = GenerateOptions::default();
        (options.name, options.generated_at) = (name, generated_at);
        let template = self.template.clone();
        let generated = enter_core(py, true, None, Watch::default(), move |_| {
            let generated = template.generate(&values, &options).map_err(template_failure)?;
            let text = generated.to_yaml();
            Ok((generated, text))
        })?;
        let (generated, text) = generated.map_err(|told: Told| told.raise(py))?;
        let facts = PyDict::new(py);
        facts.set_item("model_id", &generated.model_id)?;
        facts.set_item("inputs_hash", &generated.inputs_hash)?;
        facts.set_item("template_hash", &generated.template_hash)?;
        facts.set_item("model_hash", &generated.model_hash)?;
        facts.set_item("logic_hash", &generated.logic_hash)?;
        facts.set_item("parameters", tree::to_python(py, &Value::Object(generated.parameters.clone()))?)?;
        facts.set_item("provenance", tree::to_python(py, &generated.provenance())?)?;
        // A document of its own, which can be sent away without the template.
        let name = generated.model_id;
        let model = crate::model::parse(py, text.as_bytes(), name, folder, false, self.given.clone())?;
        Ok((model, facts))
    }

    /// What is found in the template, as JSON, as text, and the score. The model of its defaults is looked at as
    /// `tier` says: `compile`, `analyse`, or `lint` for remarks on its style.
    fn examine(&self, py: Python<'_>, tier: String) -> PyResult<(String, String, f64)> {
        let template = self.template.clone();
        let told = enter_core(py, true, None, Watch::default(), move |watch| {
            let mut found = match tier.as_str() {
                "lint" => analysis::lint_template(&template),
                tier => of_defaults(&template, tier == "analyse", watch).map_err(template_failure)?,
            };
            found.sort_by_key(|d| d.span.map_or(0, |span| span.start));
            let source = Some(template.source_text());
            let text = render::text(&found, source, render::Style::Plain);
            Ok((diagnostics_json(&found, source), text, analysis::score(&found)))
        })?;
        told.map_err(|told: Told| told.raise(py))
    }
}

/// What is found in a template and in the model of its defaults, with places in the template.
fn of_defaults(
    template: &flowtime_core::Template,
    analyse: bool,
    watch: &Watch,
) -> Result<Vec<Diagnostic>, Error> {
    let mut found = template.warnings().to_vec();
    let model = match template.generate(&[], &GenerateOptions::default()) {
        Ok(generated) => generated.model,
        // Parameters without a default leave nothing to look at but the document.
        Err(error) if error.kind() == ErrorKind::InvalidArgument => return Ok(found),
        Err(error) => return Ok(with(found, &error)),
    };
    match model.compile() {
        Ok(plan) if analyse => {
            found.extend(analysis::findings(&model, &plan.run(&watch.options(RunOptions::new()))?));
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::InvalidModel => return Ok(with(found, &error)),
        Err(error) => return Err(error),
    }
    Ok(found)
}

fn with(mut found: Vec<Diagnostic>, error: &Error) -> Vec<Diagnostic> {
    found.extend(error.diagnostics().iter().cloned());
    found
}

fn described<'py>(py: Python<'py>, parameter: &Parameter) -> PyResult<Bound<'py, PyDict>> {
    let entries = PyDict::new(py);
    entries.set_item("name", &parameter.name)?;
    entries.set_item("type", parameter.kind.name())?;
    entries.set_item("title", &parameter.title)?;
    entries.set_item("description", &parameter.description)?;
    entries.set_item("unit", &parameter.unit)?;
    entries.set_item("default", parameter.default.as_ref().map(|v| tree::to_python(py, v)).transpose()?)?;
    entries.set_item("required", parameter.required)?;
    entries.set_item("minimum", parameter.minimum)?;
    entries.set_item("maximum", parameter.maximum)?;
    let choices: PyResult<Vec<_>> = parameter.choices.iter().map(|v| tree::to_python(py, v)).collect();
    entries.set_item("choices", pyo3::types::PyTuple::new(py, choices?)?)?;
    entries.set_item("array_of", (parameter.kind.name() == "array").then(|| parameter.items.name()))?;
    entries.set_item("min_items", parameter.min_items)?;
    entries.set_item("max_items", parameter.max_items)?;
    Ok(entries)
}
