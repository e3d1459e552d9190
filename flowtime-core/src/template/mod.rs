//! Templates: models with parameters, and the models that are made from them.
//!
//! A template is a YAML document with `metadata`, `parameters` and the sections of a model, in which a
//! value may be `${name}`. [`Template::generate`] puts values in the places of the names, on the parsed tree and
//! never in text, and gives a model with its ids and its provenance. Nothing here compiles or evaluates.
//!
//! ```
//! use flowtime_core::{GenerateOptions, Template, Value};
//! let template = Template::from_yaml("
//! schemaVersion: 1
//! metadata: {id: desk, title: A desk, version: 1.0.0}
//! parameters:
//!   - {name: staff, type: integer, default: 2, min: 1, max: 9}
//! grid: {bins: 4, binSize: 1, binUnit: hours}
//! nodes:
//!   - {id: arrivals, kind: const, values: [9, 12, 6, 3]}
//!   - {id: backlog, kind: expr, expr: 'QUEUE(arrivals, 4 * ${staff})'}
//! ")?;
//! let three = [("staff".to_owned(), Value::Integer(3))];
//! let generated = template.generate(&three, &GenerateOptions::default())?;
//! assert!(generated.to_yaml().contains("QUEUE(arrivals, 4 * 3)"));
//! assert!(generated.model_id.starts_with("desk_"));
//! let run = generated.model.compile()?.run(&Default::default())?;
//! assert_eq!(run.series("backlog").unwrap().to_vec(), [0.0, 0.0, 0.0, 0.0]);
//! # Ok::<(), flowtime_core::Error>(())
//! ```

mod arguments;
mod form;
mod generated;
mod parameter;
mod preview;
mod read;
mod shipped;
mod substitute;

pub use generated::Generated;
pub use parameter::{Parameter, ParameterType};
pub use preview::Preview;

use crate::diagnostics::{Code, Diagnostic, Problems, Source, Span};
use crate::error::{Error, ErrorKind};
use crate::model::{Model, Value};
use crate::names::{Nearest, listed, quoted};
use crate::schema::decode::{self, free};
use crate::schema::keys::TEMPLATE;
use crate::schema::reader::{Path, Reader};
use crate::schema::yaml::{self, Tree, Yaml};
use crate::schema::{Draft, ParseOptions, checked_text};
use shipped::SHIPPED;
use substitute::Filling;

/// A model with parameters.
#[derive(Debug, Clone)]
pub struct Template {
    id: String,
    title: String,
    version: String,
    description: Option<String>,
    tags: Vec<String>,
    parameters: Vec<Parameter>,
    warnings: Vec<Diagnostic>,
    options: ParseOptions,
    source: Source,
    tree: Yaml<'static>,
    document: Value,
    /// Where `metadata` stands.
    head_at: Option<Span>,
    /// Where the name of each parameter stands.
    parameters_at: Vec<Span>,
}

/// How a model is made from a template.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// What people call the model; the template's title when `None`.
    pub name: Option<String>,
    /// When the model is made, such as `2026-01-05T10:00:00Z`, for its provenance. The library has no clock.
    pub generated_at: Option<String>,
}

impl GenerateOptions {
    /// Sets [`GenerateOptions::name`].
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets [`GenerateOptions::generated_at`].
    #[must_use]
    pub fn generated_at(mut self, time: impl Into<String>) -> Self {
        self.generated_at = Some(time.into());
        self
    }
}

impl Template {
    /// Reads a template from YAML text.
    ///
    /// # Errors
    ///
    /// As for [`Template::parse`].
    pub fn from_yaml(text: &str) -> Result<Template, Error> {
        Template::parse(text, &ParseOptions::default().name("template"))
    }

    /// Reads a template from the text or the bytes of a YAML document.
    ///
    /// The model is looked at as it is with the defaults; of what has no default only the place is known.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidModel`] with everything that is wrong with the document: its parameters, its
    /// placeholders, and the form of the model in it.
    pub fn parse(text: &(impl AsRef<[u8]> + ?Sized), options: &ParseOptions) -> Result<Template, Error> {
        let failed = |problems: Problems, source| {
            Error::findings(ErrorKind::InvalidModel, "the template has", problems.into_list(), source)
        };
        let text = match checked_text(text.as_ref(), options) {
            Ok(text) => text,
            Err((diagnostic, shown)) => {
                return Err(failed((*diagnostic).into(), Some(Source::new(&options.name, shown))));
            }
        };
        let source = Source::new(&options.name, text);
        let tree = yaml::parse(source.text(), &options.limits);
        let whole = tree.whole;
        let mut reader = Reader::new(options, Some(source.clone()), tree.problems);
        let Some(root) = tree.root.map(Yaml::into_owned) else {
            let empty = Tree { root: None, whole, problems: reader.finish() };
            let draft = decode::document(empty, Some(source.clone()), &TEMPLATE, options);
            return Err(failed(draft.problems, Some(source)));
        };
        let head = read::head(&mut reader, &root);
        let parameters: Vec<&Parameter> = head.parameters.iter().map(|d| &d.parameter).collect();
        let used = substitute::check(&mut reader, &root, &parameters, head.complete);
        for declared in &head.parameters {
            let name = &declared.parameter.name;
            if !declared.broken && !used.contains(name) {
                let path = Path::Root;
                let path = path.key("parameters");
                let message = format!("nothing in the model uses the parameter `{name}`");
                let diagnostic =
                    Diagnostic::new(Code::UnusedParameter, path.item(declared.index).to_string(), message)
                        .help(format!("write `${{{name}}}` where its value belongs, or remove it"));
                reader.push(diagnostic, declared.span);
            }
        }
        let mut problems = reader.finish();
        let defaults = parameters.iter().filter_map(|p| Some((p.name.as_str(), p.default.as_ref()?)));
        let draft = filled(&root, &source, options, defaults);
        problems.merge(draft.problems);
        if problems.any_error() {
            return Err(failed(problems, Some(source)));
        }
        Ok(Template {
            id: head.id,
            title: head.title,
            version: head.version,
            description: head.description,
            tags: head.tags,
            head_at: head.at,
            parameters_at: head.parameters.iter().map(|declared| declared.span).collect(),
            parameters: head.parameters.into_iter().map(|declared| declared.parameter).collect(),
            warnings: problems.into_list(),
            options: options.clone(),
            source,
            document: free(&root),
            tree: root,
        })
    }

    /// The ids of the templates that come with the library, sorted.
    pub fn shipped_ids() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(id, _)| *id)
    }

    /// A template that comes with the library.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] when there is none of this id; the message names the nearest.
    ///
    /// ```
    /// use flowtime_core::Template;
    /// assert_eq!(Template::shipped("checkout-service")?.version(), "1.0.0");
    /// assert!(Template::shipped("checkout").unwrap_err().to_string().contains("`checkout-service`"));
    /// # Ok::<(), flowtime_core::Error>(())
    /// ```
    pub fn shipped(id: &str) -> Result<Template, Error> {
        match SHIPPED.iter().find(|(known, _)| *known == id) {
            Some((known, text)) => {
                Template::parse(text, &ParseOptions::default().name(format!("{known}.yaml")))
            }
            None => {
                let near = Nearest::new().to(id, Template::shipped_ids());
                let near = if near.is_empty() { Template::shipped_ids().collect() } else { near };
                let message =
                    format!("there is no template `{}`; did you mean {}?", quoted(id), listed(near, "or"));
                Err(Error::call(ErrorKind::InvalidArgument, message))
            }
        }
    }

    /// Its name in kebab case.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call it.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its version, such as `1.0.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What it models.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Words to find it by.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// What can be chosen, in document order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// What is worth knowing about the document, as it is with the defaults.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The text that it was read from.
    pub fn source_text(&self) -> &Source {
        &self.source
    }

    /// The document as a tree.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The place of `metadata`.
    pub(crate) fn head_span(&self) -> Option<Span> {
        self.head_at
    }

    /// The place of the name of a parameter, by its place in [`Template::parameters`].
    pub(crate) fn parameter_span(&self, index: usize) -> Option<Span> {
        self.parameters_at.get(index).copied()
    }

    /// The model as it is with the defaults, if every parameter has one.
    pub(crate) fn default_model(&self) -> Option<Model> {
        let defaults = self.parameters.iter().map(|p| Some((p.name.as_str(), p.default.as_ref()?)));
        let defaults: Vec<_> = defaults.collect::<Option<_>>()?;
        filled(&self.tree, &self.source, &self.options, defaults).model
    }

    /// The parameters as JSON Schema (draft 2020-12), for forms.
    pub fn parameter_form(&self) -> Value {
        form::form(self)
    }

    /// All parameters with their values, defaults included, in document order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] with a diagnostic for everything that is wrong with `given`: unknown names,
    /// values that a parameter may not have, parameters that must be given and are not.
    pub fn complete(&self, given: &[(String, Value)]) -> Result<Vec<(String, Value)>, Error> {
        arguments::complete(&self.parameters, given).map_err(|problems| {
            Error::findings(ErrorKind::InvalidArgument, "the parameters have", problems.into_list(), None)
        })
    }

    /// The model for these values of the parameters; what is not given has its default.
    ///
    /// The same template, version and values give the same model and the same ids, in whatever order they are
    /// given and whether or not a default is given explicitly.
    ///
    /// # Errors
    ///
    /// As for [`Template::complete`]; [`ErrorKind::InvalidModel`], with places in the template, when the values
    /// fit the parameters but the model that they give has errors.
    pub fn generate(&self, given: &[(String, Value)], options: &GenerateOptions) -> Result<Generated, Error> {
        let parameters = self.complete(given)?;
        let values = parameters.iter().map(|(name, value)| (name.as_str(), value));
        let parsed = filled(&self.tree, &self.source, &self.options, values).finish()?;
        Ok(Generated::new(self, parsed.model, parameters, options))
    }
}

/// The model of a template with values in the places of its placeholders; places are those of the template.
fn filled<'v>(
    root: &Yaml<'static>,
    source: &Source,
    options: &ParseOptions,
    values: impl IntoIterator<Item = (&'v str, &'v Value)>,
) -> Draft {
    let most = options.limits.document_bytes;
    let mut filling = Filling::new(values, most);
    let tree = Tree { root: Some(filling.fill(root)), whole: true, problems: Problems::default() };
    let mut draft = decode::document(tree, Some(source.clone()), &TEMPLATE, options);
    if filling.exceeded {
        let message =
            format!("the values in the places of placeholders take more than {most} bytes together");
        let help = "use shorter texts and arrays, or raise the limit `document_bytes`";
        draft.problems.push(Diagnostic::new(Code::DocumentTooLarge, "", message).help(help));
    }
    draft
}
