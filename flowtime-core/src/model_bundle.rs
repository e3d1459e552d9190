//! A model with everything that belongs to it, as one document: `kind: Model`.

use crate::diagnostics::{Code, Diagnostic, Problems, Source, Span};
use crate::error::{Error, ErrorKind};
use crate::grid::BinUnit;
use crate::model::{Model, Value};
use crate::names::{listed, quoted};
use crate::schema::decode::{self, free};
use crate::schema::keys::{ASSET, BUNDLE, BUNDLE_METADATA, DOCUMENT, Section};
use crate::schema::reader::{Fields, Path, Reader, is_null};
use crate::schema::yaml::{self, Data, Tree, Yaml};
use crate::schema::{ParseOptions, checked_text};

/// A model, what it is called, what made it and what was found in it: for passing on.
///
/// ```
/// use flowtime_core::ModelBundle;
/// let bundle = ModelBundle::from_yaml("
/// kind: Model
/// schemaVersion: 1
/// metadata: {id: desk_1f3a9c02b7d4, title: A desk}
/// spec:
///   schemaVersion: 1
///   grid: {bins: 2, binSize: 1, binUnit: hours}
///   nodes: [{id: arrivals, kind: const, values: [9, 12]}]
/// ")?;
/// assert_eq!((bundle.id.as_str(), bundle.model.nodes().len()), ("desk_1f3a9c02b7d4", 1));
/// assert_eq!(ModelBundle::from_yaml(&bundle.to_yaml())?, bundle);
/// assert_eq!(bundle.file_name(), "model-desk_1f3a9c02b7d4.yaml");
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelBundle {
    /// The id of the model.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What it is.
    pub description: Option<String>,
    /// When the model was stored first.
    pub created: Option<String>,
    /// Who answers for it.
    pub author: Option<String>,
    /// Which of the versions of this id it is, such as `v1`.
    pub version: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The model itself.
    pub model: Model,
    /// What made it: a mapping with the template, its parameters, the provenance.
    pub sim_config: Option<Value>,
    /// What was found in it: a mapping with a date, scores, versions.
    pub validation: Option<Value>,
    /// Files that come with it.
    pub assets: Vec<Asset>,
}

/// A file that comes with a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its path in the bundle, such as `assets/catalog.json`.
    pub path: String,
    /// What is in it.
    pub kind: AssetKind,
    /// The SHA-256 of its bytes, 64 hex digits.
    pub sha256: String,
}

/// What is in a file that comes with a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AssetKind {
    /// The card of the model as it was stored.
    Catalog,
    /// Values of parameters or inputs.
    Scenario,
    /// A report of what was found in the model.
    ValidationResults,
    /// The model's document as it was stored.
    EngineModel,
}

impl AssetKind {
    /// All kinds.
    pub const ALL: [AssetKind; 4] =
        [AssetKind::Catalog, AssetKind::Scenario, AssetKind::ValidationResults, AssetKind::EngineModel];

    /// The word for it in a bundle.
    pub fn name(self) -> &'static str {
        match self {
            AssetKind::Catalog => "catalog",
            AssetKind::Scenario => "scenario",
            AssetKind::ValidationResults => "validation_results",
            AssetKind::EngineModel => "engine_model",
        }
    }
}

impl ModelBundle {
    /// A bundle of nothing but a model.
    pub fn new(id: impl Into<String>, title: impl Into<String>, model: Model) -> Self {
        ModelBundle {
            id: id.into(),
            title: title.into(),
            description: None,
            created: None,
            author: None,
            version: None,
            tags: Vec::new(),
            model,
            sim_config: None,
            validation: None,
            assets: Vec::new(),
        }
    }

    /// Reads a bundle from YAML text.
    ///
    /// # Errors
    ///
    /// As for [`ModelBundle::parse`].
    pub fn from_yaml(text: &str) -> Result<ModelBundle, Error> {
        ModelBundle::parse(text, &ParseOptions::default().name("bundle"))
    }

    /// Reads a bundle from the text or the bytes of a YAML document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidModel`] with everything that is wrong with the document and with the model in it.
    pub fn parse(text: &(impl AsRef<[u8]> + ?Sized), options: &ParseOptions) -> Result<ModelBundle, Error> {
        let failed = |problems: Problems, source| {
            Error::findings(ErrorKind::InvalidModel, "the bundle has", problems.into_list(), source)
        };
        let text = match checked_text(text.as_ref(), options) {
            Ok(text) => text,
            Err((diagnostic, shown)) => {
                return Err(failed((*diagnostic).into(), Some(Source::new(&options.name, shown))));
            }
        };
        let source = Source::new(&options.name, text);
        let tree = yaml::parse(source.text(), &options.limits);
        let mut reader = Reader::new(options, Some(source.clone()), tree.problems);
        let Some(root) = tree.root else {
            if tree.whole {
                let empty = Diagnostic::new(Code::EmptyDocument, "", "the document is empty");
                reader.push(empty, Span { start: 0, end: 0 });
            }
            return Err(failed(reader.finish(), Some(source)));
        };
        let bundle = read(&mut reader, &root, &source, options);
        let problems = reader.finish();
        match bundle {
            Some(bundle) if !problems.any_error() => Ok(bundle),
            _ => Err(failed(problems, Some(source))),
        }
    }

    /// Is a document a bundle, by its `kind`? One that cannot be read is none.
    pub fn is_bundle(text: &(impl AsRef<[u8]> + ?Sized)) -> bool {
        let kind = Value::from_yaml(text, &ParseOptions::default());
        kind.is_ok_and(|document| document.get("kind").and_then(Value::as_str) == Some("Model"))
    }

    /// The name of the file that it is written to unless somebody names another: `model-<id>.yaml`.
    pub fn file_name(&self) -> String {
        format!("model-{}.yaml", self.id)
    }

    /// The document as a tree.
    pub fn to_value(&self) -> Value {
        let text = |text: &String| Value::String(text.clone());
        let mut metadata = vec![("id", text(&self.id)), ("title", text(&self.title))];
        for (key, value) in [
            ("description", &self.description),
            ("created", &self.created),
            ("author", &self.author),
            ("version", &self.version),
        ] {
            metadata.extend(value.as_ref().map(|value| (key, text(value))));
        }
        if !self.tags.is_empty() {
            metadata.push(("tags", Value::Array(self.tags.iter().map(text).collect())));
        }
        let mut document = vec![
            ("kind", Value::String("Model".to_owned())),
            ("schemaVersion", Value::Integer(1)),
            ("metadata", object(metadata)),
            ("spec", self.model.to_value()),
        ];
        document.extend(self.sim_config.clone().map(|value| ("sim_config", value)));
        document.extend(self.validation.clone().map(|value| ("validation", value)));
        if !self.assets.is_empty() {
            let assets = self.assets.iter().map(|asset| {
                object(vec![
                    ("path", text(&asset.path)),
                    ("type", Value::String(asset.kind.name().to_owned())),
                    ("sha256", text(&asset.sha256)),
                ])
            });
            document.push(("assets", Value::Array(assets.collect())));
        }
        object(document)
    }

    /// The document as YAML; read again, it is an equal bundle.
    pub fn to_yaml(&self) -> String {
        self.to_value().to_yaml()
    }
}

impl Model {
    /// The same model over another grid, checked anew.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidModel`] when the grid makes no sense or values no longer fit it.
    pub fn with_grid(&self, bins: usize, bin_size: u32, bin_unit: BinUnit) -> Result<Model, Error> {
        let start = self.grid().start().map(|start| ("start", Value::String(start.to_owned())));
        let mut grid = vec![
            ("bins", Value::Integer(i64::try_from(bins).unwrap_or(i64::MAX))),
            ("binSize", Value::Integer(bin_size.into())),
            ("binUnit", Value::String(bin_unit.name().to_owned())),
        ];
        grid.extend(start);
        self.with_section("grid", object(grid))
    }

    /// The same model with these series written out, under their own names; all of them when there are none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidModel`] when there is no node of that name.
    pub fn with_outputs(&self, series: &[String]) -> Result<Model, Error> {
        let known = |id: &String| {
            let entries = self.output_entries().iter();
            entries
                .filter(|entry| matches!(entry.series(), crate::OutputSeries::Node(node) if node == id))
                .collect::<Vec<_>>()
        };
        let mut outputs = Vec::new();
        for id in series {
            // A file name that the model gives stays.
            let files: Vec<Option<&str>> = known(id).into_iter().map(|entry| entry.file()).collect();
            for file in if files.is_empty() { vec![None] } else { files } {
                let mut entry = vec![("series", Value::String(id.clone()))];
                entry.extend(file.map(|file| ("as", Value::String(file.to_owned()))));
                outputs.push(object(entry));
            }
        }
        self.with_section("outputs", Value::Array(outputs))
    }

    fn with_section(&self, key: &str, section: Value) -> Result<Model, Error> {
        let Value::Object(mut entries) = self.to_value() else { return Ok(self.clone()) };
        match entries.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = section,
            None => entries.push((key.to_owned(), section)),
        }
        Ok(Model::from_value(&Value::Object(entries), &ParseOptions::default())?.model)
    }
}

/// As much as can be read; what is wrong is in `reader`.
fn read(
    reader: &mut Reader<'_>,
    root: &Yaml<'_>,
    source: &Source,
    options: &ParseOptions,
) -> Option<ModelBundle> {
    let path = Path::Root;
    let fields = reader.fields(root, &BUNDLE, Some(Span { start: 0, end: 0 }), None, &path)?;
    if let Some(kind) = reader.required(&fields, "kind", &BUNDLE, &path)
        && let Some(word) = reader.text(kind, "`kind`", &path.key("kind"))
        && word != "Model"
    {
        let message = format!("the `kind` of a bundle is `Model`, but this is `{}`", quoted(word));
        reader.push_value(Diagnostic::new(Code::InvalidBundle, "/kind", message), kind);
    }
    if let Some(version) = reader.required(&fields, "schemaVersion", &BUNDLE, &path) {
        let path = path.key("schemaVersion");
        reader.integer(version, "schemaVersion", 1..=1, Code::UnsupportedSchemaVersion, &path);
    }
    let mut bundle = None;
    let spec_at = fields.entry("spec").map(|entry| entry.key_span);
    if let Some(spec) = reader.required(&fields, "spec", &BUNDLE, &path) {
        let tree = Tree { root: Some(spec.clone()), whole: true, problems: Problems::default() };
        let draft = decode::document(tree, Some(source.clone()), &DOCUMENT, options);
        bundle = draft.model.map(|model| ModelBundle::new("", "", model));
        for mut diagnostic in draft.problems.into_list() {
            // What is missing is missing in `spec`, not on the first line.
            let nowhere = diagnostic.path.is_empty();
            diagnostic.path.insert_str(0, "/spec");
            let span = diagnostic.span.filter(|_| !nowhere).or(spec_at).unwrap_or(Span { start: 0, end: 0 });
            reader.push(diagnostic, span);
        }
    }
    let mut bundle = bundle?;
    if let Some(value) = reader.required(&fields, "metadata", &BUNDLE, &path) {
        let at = fields.entry("metadata").map(|entry| entry.key_span);
        metadata(reader, value, at, &path.key("metadata"), &mut bundle);
    }
    bundle.sim_config = mapping(reader, &fields, "sim_config");
    bundle.validation = mapping(reader, &fields, "validation");
    if let Some(value) = fields.get("assets") {
        let path = path.key("assets");
        match &value.data {
            Data::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    bundle.assets.extend(asset(reader, item, &path.item(index)));
                }
            }
            _ => reader.wrong_type(value, "`assets` must be a list", &path),
        }
    }
    Some(bundle)
}

fn metadata(
    reader: &mut Reader<'_>,
    value: &Yaml<'_>,
    owner: Option<Span>,
    path: &Path<'_>,
    bundle: &mut ModelBundle,
) {
    let section: &Section = &BUNDLE_METADATA;
    let Some(fields) = reader.fields(value, section, owner, None, path) else { return };
    if let Some(value) = reader.required(&fields, "id", section, path)
        && let Some(id) = reader.text(value, "`id`", &path.key("id"))
    {
        bundle.id = id.to_owned();
        if !crate::provenance::valid_id(id) {
            let message = format!("`{}` is not the id of a model", quoted(id));
            let help = "an id has 1 to 127 letters, digits, `.`, `_` and `-`, starts with a letter or digit and has no `..`";
            let path = path.key("id").to_string();
            reader.push_value(Diagnostic::new(Code::InvalidBundle, path, message).help(help), value);
        }
    }
    if let Some(value) = reader.required(&fields, "title", section, path) {
        bundle.title = reader.text(value, "`title`", &path.key("title")).unwrap_or_default().to_owned();
    }
    let mut optional = |key: &str| {
        let value = fields.get(key)?;
        reader.text(value, &format!("`{key}`"), &path.key(key)).map(str::to_owned)
    };
    bundle.description = optional("description");
    bundle.created = optional("created");
    bundle.author = optional("author");
    bundle.version = optional("version");
    let Some(value) = fields.get("tags") else { return };
    let path = path.key("tags");
    match &value.data {
        Data::Sequence(items) => {
            let tags = items.iter().enumerate();
            bundle.tags = tags
                .filter_map(|(index, tag)| reader.text(tag, "a tag", &path.item(index)).map(str::to_owned))
                .collect();
        }
        _ => reader.wrong_type(value, "`tags` must be a list of texts", &path),
    }
}

fn asset(reader: &mut Reader<'_>, item: &Yaml<'_>, path: &Path<'_>) -> Option<Asset> {
    let fields = reader.fields(item, &ASSET, None, None, path)?;
    let mut text = |key: &str| {
        let value = reader.required(&fields, key, &ASSET, path)?;
        let text = reader.text(value, &format!("`{key}`"), &path.key(key))?;
        Some((text.to_owned(), value))
    };
    let (file, kind, sum) = (text("path"), text("type"), text("sha256"));
    let mut wrong = |key: &str, message: String, help: &str, value: &Yaml<'_>| {
        let diagnostic = Diagnostic::new(Code::InvalidBundle, path.key(key).to_string(), message);
        reader.push_value(diagnostic.help(help), value);
    };
    if let Some((file, value)) = &file
        && !is_plain(file)
    {
        let message = format!("`{}` does not name a file of the bundle", quoted(file));
        wrong(
            "path",
            message,
            "a path consists of names with `/` between them, such as `assets/catalog.json`",
            value,
        );
        return None;
    }
    let found = kind.as_ref().and_then(|(word, value)| {
        let found = AssetKind::ALL.into_iter().find(|kind| kind.name() == word);
        if found.is_none() {
            let message = format!("there are no files of type `{}`", quoted(word));
            let help = format!("the types are {}", listed(AssetKind::ALL.map(AssetKind::name), "and"));
            wrong("type", message, &help, value);
        }
        found
    });
    if let Some((sum, value)) = &sum
        && !(sum.len() == 64 && sum.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    {
        let message = format!("`{}` is not a SHA-256", quoted(sum));
        wrong("sha256", message, "it is written in 64 hex digits, in lower case", value);
        return None;
    }
    Some(Asset { path: file?.0, kind: found?, sha256: sum?.0 })
}

/// Names alone, which mean the same on every system and lead nowhere else.
fn is_plain(path: &str) -> bool {
    path.len() <= 255
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
        && !path.contains(|c: char| c.is_control() || matches!(c, '\\' | ':'))
}

fn mapping(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, key: &str) -> Option<Value> {
    let value = fields.entry(key).map(|entry| &entry.value).filter(|value| !is_null(value))?;
    match &value.data {
        Data::Mapping { .. } => Some(free(value)),
        _ => {
            reader.not_a_mapping(value, &format!("`{key}`"), &Path::Root.key(key));
            None
        }
    }
}

fn object(entries: Vec<(&str, Value)>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
