//! The head of a template: what it is called, and its parameters.

use super::parameter::{Parameter, ParameterType};
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::names::{listed, quoted};
use crate::schema::decode::free;
use crate::schema::keys::{PARAMETER, TEMPLATE, TEMPLATE_METADATA};
use crate::schema::reader::{Fields, Path, Reader, is_null};
use crate::schema::scalar::{Scalar, resolve};
use crate::schema::yaml::{Data, Yaml};

/// The most parameters of a template: each is a line of a form that somebody fills in.
const MOST_PARAMETERS: usize = 1000;

/// The longest name of a parameter, and the longest id of a template.
const LONGEST: usize = 100;

/// A parameter and where its name stands.
pub(super) struct Declared {
    pub(super) parameter: Parameter,
    /// Its place in the list.
    pub(super) index: usize,
    pub(super) span: Span,
    /// Something about it was reported, so that its values are nothing to complain about.
    pub(super) broken: bool,
}

/// What stands before the model.
#[derive(Default)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) version: String,
    pub(super) description: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) parameters: Vec<Declared>,
    /// All parameters are known, so that other names are unknown.
    pub(super) complete: bool,
    /// Where the key `metadata` stands.
    pub(super) at: Option<Span>,
}

/// Reads the head of the document `root`; unknown keys beside it are found when the rest is read.
pub(super) fn head(reader: &mut Reader<'_>, root: &Yaml<'_>) -> Head {
    let mut head = Head { complete: true, ..Head::default() };
    let Data::Mapping { entries, complete } = &root.data else { return head };
    let path = Path::Root;
    let entry = |name: &str| entries.iter().find(|entry| entry.key == name);
    match entry("metadata").filter(|entry| !is_null(&entry.value)) {
        Some(entry) => {
            head.at = Some(entry.key_span);
            metadata(reader, &entry.value, entry.key_span, &path.key("metadata"), &mut head);
        }
        None if *complete => {
            let message = format!("{} lacks the key `metadata`", TEMPLATE.what);
            let span = Span { start: 0, end: 0 };
            reader.push(
                Diagnostic::new(Code::MissingKey, "", message)
                    .help("add `metadata` with the keys `id`, `title` and `version`"),
                span,
            );
        }
        None => {}
    }
    if let Some(entry) = entry("parameters").filter(|entry| !is_null(&entry.value)) {
        parameters(reader, &entry.value, &path.key("parameters"), &mut head);
    }
    head
}

fn metadata(reader: &mut Reader<'_>, value: &Yaml<'_>, owner: Span, path: &Path<'_>, head: &mut Head) {
    let section = &TEMPLATE_METADATA;
    let Some(fields) = reader.fields(value, section, Some(owner), None, path) else { return };
    if let Some(value) = reader.required(&fields, "id", section, path)
        && let Some(id) = reader.text(value, "`id`", &path.key("id"))
    {
        if is_kebab(id) {
            head.id = id.to_owned();
        } else {
            let message = format!("`{}` is not a template's id: it must be in kebab case", quoted(id));
            let suggestion = crate::provenance::slug(id);
            let diagnostic = Diagnostic::new(Code::InvalidTemplateId, path.key("id").to_string(), message)
                .help(format!("write it like `{suggestion}`"));
            reader.push_value(diagnostic, value);
        }
    }
    if let Some(value) = reader.required(&fields, "title", section, path) {
        head.title = reader.text(value, "`title`", &path.key("title")).unwrap_or_default().to_owned();
    }
    if let Some(value) = reader.required(&fields, "version", section, path)
        && let Some(version) = reader.text(value, "`version`", &path.key("version"))
    {
        if is_version(version) {
            head.version = version.to_owned();
        } else {
            let message = format!("`{}` is not a version of the form `1.0.0`", quoted(version));
            let diagnostic =
                Diagnostic::new(Code::InvalidTemplateVersion, path.key("version").to_string(), message)
                    .help("write three numbers; the first changes when old parameters no longer fit");
            reader.push_value(diagnostic, value);
        }
    }
    head.description = optional_text(reader, &fields, "description", path);
    if let Some(value) = fields.get("tags") {
        let path = path.key("tags");
        match &value.data {
            Data::Sequence(items) => {
                let tags = items.iter().enumerate();
                head.tags = tags
                    .filter_map(|(index, tag)| {
                        reader.text(tag, "a tag", &path.item(index)).map(str::to_owned)
                    })
                    .collect();
            }
            _ => reader.wrong_type(value, "`tags` must be a list of texts", &path),
        }
    }
}

fn parameters(reader: &mut Reader<'_>, value: &Yaml<'_>, path: &Path<'_>, head: &mut Head) {
    let Data::Sequence(items) = &value.data else {
        reader.wrong_type(value, "`parameters` must be a list (`- name: …` lines)", path);
        head.complete = false;
        return;
    };
    if items.len() > MOST_PARAMETERS {
        let message = format!("the template has {} parameters, more than {MOST_PARAMETERS}", items.len());
        let diagnostic = Diagnostic::new(Code::InvalidParameter, path.to_string(), message)
            .help("let one parameter be an array, or split the template");
        reader.push_value(diagnostic, value);
        head.complete = false;
        return;
    }
    for (index, item) in items.iter().enumerate() {
        let path = path.item(index);
        let Some(declared) = parameter(reader, item, index, &path) else {
            head.complete = false;
            continue;
        };
        let name = &declared.parameter.name;
        match head.parameters.iter().find(|other| other.parameter.name == *name) {
            Some(first) => {
                let message = format!("the parameter `{name}` is declared twice");
                let diagnostic =
                    Diagnostic::new(Code::DuplicateParameter, path.key("name").to_string(), message)
                        .label(first.span, "first declared here")
                        .help("give one of the two another name");
                reader.push(diagnostic, declared.span);
            }
            None => head.parameters.push(declared),
        }
    }
}

/// A parameter, or `None` when it has no name.
fn parameter(reader: &mut Reader<'_>, item: &Yaml<'_>, index: usize, path: &Path<'_>) -> Option<Declared> {
    let fields = reader.fields(item, &PARAMETER, None, None, path)?;
    let name_value = reader.required(&fields, "name", &PARAMETER, path)?;
    let name = reader.text(name_value, "`name`", &path.key("name"))?;
    if !is_name(name) {
        let message = format!("`{}` is not a parameter's name", quoted(name));
        let diagnostic = Diagnostic::new(Code::InvalidParameter, path.key("name").to_string(), message)
            .help("a name is letters, digits and underscores, and does not start with a digit");
        reader.push_value(diagnostic, name_value);
        return None;
    }
    let span = name_value.span;
    let kind = parameter_type(reader, &fields, "type", &ParameterType::ALL, true, path);
    let parameter = Parameter {
        name: name.to_owned(),
        kind: kind.unwrap_or(ParameterType::String),
        title: optional_text(reader, &fields, "title", path),
        description: optional_text(reader, &fields, "description", path),
        unit: optional_text(reader, &fields, "unit", path),
        default: None,
        required: false,
        minimum: None,
        maximum: None,
        choices: Vec::new(),
        items: ParameterType::Number,
        min_items: None,
        max_items: None,
    };
    let mut declared = Declared { parameter, index, span, broken: kind.is_none() };
    if !declared.broken && rules(reader, &fields, &mut declared.parameter, span, path).is_none() {
        declared.broken = true;
    }
    if !declared.broken {
        declared.broken = default(reader, &fields, &mut declared.parameter, span, path).is_none();
    }
    Some(declared)
}

fn parameter_type(
    reader: &mut Reader<'_>,
    fields: &Fields<'_, '_>,
    key: &str,
    allowed: &[ParameterType],
    required: bool,
    path: &Path<'_>,
) -> Option<ParameterType> {
    let value = if required { reader.required(fields, key, &PARAMETER, path)? } else { fields.get(key)? };
    let path = path.key(key);
    let word = reader.text(value, &format!("`{key}`"), &path)?;
    let found = allowed.iter().copied().find(|kind| kind.name() == word);
    if found.is_none() {
        let names: Vec<&str> = allowed.iter().map(|kind| kind.name()).collect();
        let message =
            format!("unknown type `{}`: it must be {}", quoted(word), listed(names.iter().copied(), "or"));
        let mut diagnostic = Diagnostic::new(Code::InvalidParameter, path.to_string(), message);
        let near = reader.nearest.to(word, names);
        if !near.is_empty() {
            diagnostic = diagnostic.help(format!("did you mean {}?", listed(near, "or")));
        }
        reader.push_value(diagnostic, value);
    }
    found
}

/// What is asked of the values; `None` after reporting that it makes no sense.
fn rules(
    reader: &mut Reader<'_>,
    fields: &Fields<'_, '_>,
    parameter: &mut Parameter,
    span: Span,
    path: &Path<'_>,
) -> Option<()> {
    let kind = parameter.kind;
    let array = kind == ParameterType::Array;
    let numeric = array || matches!(kind, ParameterType::Integer | ParameterType::Number);
    for (keys, fits, whose) in [
        (&["min", "max", "minimum", "maximum"][..], numeric, "numbers and arrays of numbers"),
        (&["arrayOf", "minItems", "maxItems"], array, "arrays"),
        (&["enum"], !array && kind != ParameterType::Boolean, "numbers and texts"),
    ] {
        let misplaced = keys.iter().filter_map(|key| fields.entry(key)).find(|_| !fits);
        if let Some(entry) = misplaced {
            let message = format!(
                "`{}` belongs to {whose}, but this is a parameter of type `{}`",
                entry.key,
                kind.name()
            );
            let diagnostic =
                Diagnostic::new(Code::InvalidParameter, path.key(&entry.key).to_string(), message);
            reader.push(diagnostic.help("remove it, or change the type"), entry.key_span);
            return None;
        }
    }
    parameter.minimum = bound(reader, fields, ["min", "minimum"], path)?;
    parameter.maximum = bound(reader, fields, ["max", "maximum"], path)?;
    if fields.get("arrayOf").is_some() {
        let allowed = [ParameterType::Integer, ParameterType::Number];
        parameter.items = parameter_type(reader, fields, "arrayOf", &allowed, false, path)?;
    }
    let mut length = |key: &str| match fields.get(key) {
        None => Some(None),
        Some(value) => reader
            .integer(value, key, 0..=i64::MAX, Code::InvalidParameter, &path.key(key))
            .map(|count| Some(count as u64)),
    };
    (parameter.min_items, parameter.max_items) = (length("minItems")?, length("maxItems")?);
    let crossed = parameter.minimum.zip(parameter.maximum).is_some_and(|(least, most)| least > most)
        || parameter.min_items.zip(parameter.max_items).is_some_and(|(least, most)| least > most);
    if crossed {
        let message =
            format!("no value of `{}` can be at least its minimum and at most its maximum", parameter.name);
        let diagnostic = Diagnostic::new(Code::InvalidParameter, path.to_string(), message);
        reader.push(diagnostic.help("exchange the two bounds"), span);
        return None;
    }
    if let Some(value) = fields.get("enum") {
        let path = path.key("enum");
        let Data::Sequence(items) = &value.data else {
            reader.wrong_type(value, "`enum` must be a list of values", &path);
            return None;
        };
        if items.is_empty() {
            let diagnostic =
                Diagnostic::new(Code::InvalidParameter, path.to_string(), "`enum` has no values");
            reader.push_value(diagnostic.help("list the values, or leave `enum` out"), value);
            return None;
        }
        let mut choices = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match parameter.accept(&free(item)) {
                Ok(choice) => choices.push(choice),
                Err(reason) => {
                    let message = format!("`{}` {reason}", parameter.name);
                    let path = path.item(index).to_string();
                    reader.push_value(Diagnostic::new(Code::InvalidParameter, path, message), item);
                }
            }
        }
        if choices.len() < items.len() {
            return None;
        }
        parameter.choices = choices;
    }
    Some(())
}

/// A bound under either of its names: `None` after reporting a problem.
fn bound(
    reader: &mut Reader<'_>,
    fields: &Fields<'_, '_>,
    names: [&str; 2],
    path: &Path<'_>,
) -> Option<Option<f64>> {
    if let (Some(first), Some(second)) = (fields.entry(names[0]), fields.entry(names[1])) {
        let message = format!("`{}` and `{}` are the same bound", names[0], names[1]);
        let diagnostic = Diagnostic::new(Code::DuplicateParameter, path.key(names[1]).to_string(), message)
            .label(first.key_span, "the other one")
            .help("keep one of the two");
        reader.push(diagnostic, second.key_span);
        return None;
    }
    let Some((name, value)) = names.iter().find_map(|name| Some((*name, fields.get(name)?))) else {
        return Some(None);
    };
    let path = path.key(name);
    let number = reader.number(value, &format!("`{name}`"), &path)?;
    if number.is_finite() {
        return Some(Some(number));
    }
    let message = format!("`{name}` must be finite");
    let diagnostic = Diagnostic::new(Code::InvalidParameter, path.to_string(), message);
    reader.push_value(diagnostic.help("leave it out where there is no bound"), value);
    None
}

/// The default, and whether a value must be given; `None` after reporting a problem.
fn default(
    reader: &mut Reader<'_>,
    fields: &Fields<'_, '_>,
    parameter: &mut Parameter,
    span: Span,
    path: &Path<'_>,
) -> Option<()> {
    let default = fields.get("default");
    parameter.required = match fields.get("required") {
        None => default.is_none(),
        Some(value) => match &value.data {
            Data::Scalar { text, style } if let Scalar::Bool(required) = resolve(text, *style) => required,
            _ => {
                reader.wrong_type(value, "`required` must be `true` or `false`", &path.key("required"));
                return None;
            }
        },
    };
    let Some(value) = default else {
        if parameter.required {
            return Some(());
        }
        let message = format!("`{}` need not be given, but has no default", parameter.name);
        let diagnostic = Diagnostic::new(Code::InvalidParameter, path.to_string(), message);
        reader.push(diagnostic.help("add `default`, or say `required: true`"), span);
        return None;
    };
    if matches!(value.data, Data::Broken) {
        return None;
    }
    match parameter.accept(&free(value)) {
        Ok(accepted) => {
            parameter.default = Some(accepted);
            Some(())
        }
        Err(reason) => {
            let message = format!("the default does not fit: `{}` {reason}", parameter.name);
            let diagnostic = Diagnostic::new(Code::InvalidDefault, path.key("default").to_string(), message);
            reader.push_value(diagnostic, value);
            None
        }
    }
}

fn optional_text(
    reader: &mut Reader<'_>,
    fields: &Fields<'_, '_>,
    name: &str,
    path: &Path<'_>,
) -> Option<String> {
    let value = fields.get(name)?;
    reader.text(value, &format!("`{name}`"), &path.key(name)).map(str::to_owned)
}

/// Letters, digits and underscores, not a digit first.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= LONGEST
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_kebab(id: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    id.len() <= LONGEST && id.split('-').all(word)
}

/// Is it a version as semantic versioning writes them?
fn is_version(text: &str) -> bool {
    let number = |part: &str| {
        !part.is_empty()
            && part.len() <= 18
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let words = |part: &str| {
        part.split('.').all(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
    text.len() <= LONGEST
        && core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.is_none_or(words)
        && build.is_none_or(words)
}
