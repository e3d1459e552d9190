//! `flowtime template`

mod generate;
mod list;
mod show;
mod validate;

use crate::args::{ParameterArguments, TemplateCommand, TemplateListArguments};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::terminal::Terminal;
use flowtime_core::provenance::canonical_json;
use flowtime_core::template::ParameterType;
use flowtime_core::{Limits, ParseOptions, Template, Value};
use std::path::Path;

/// Does what was asked for.
pub(crate) fn perform(command: &TemplateCommand, terminal: &Terminal) -> Result<Exit, Failure> {
    match command {
        TemplateCommand::List(arguments) => list::perform(arguments, terminal),
        TemplateCommand::Show(arguments) => show::perform(arguments, terminal),
        TemplateCommand::Generate(arguments) => generate::perform(arguments, terminal),
        TemplateCommand::Validate(arguments) => validate::perform(arguments, terminal),
    }
}

/// `flowtime template list`, and `flowtime sim templates`.
pub(super) fn list(arguments: &TemplateListArguments, terminal: &Terminal) -> Result<Exit, Failure> {
    list::perform(arguments, terminal)
}

/// The template of an id, or of a file: what has an extension or a folder, or is there.
pub(super) fn find(name: &Path) -> Result<Template, Failure> {
    let text = name.to_string_lossy();
    let is_id = Template::shipped_ids().any(|id| id == text);
    let is_file = input::is_standard_input(name)
        || name.extension().is_some()
        || text.contains(std::path::is_separator)
        || name.exists();
    if is_id || !is_file {
        return Template::shipped(&text).map_err(|error| {
            Failure::new(Exit::NotFound, error.to_string())
                .help("`flowtime template list` lists all of them; a file has an ending such as `.yaml`")
        });
    }
    let bytes = input::read(name, &Limits::default())?;
    Ok(Template::parse(&bytes, &ParseOptions::default().name(input::name_of(name)))?)
}

/// The values that a command line gives, of their types.
pub(super) fn values(
    template: &Template,
    arguments: &ParameterArguments,
) -> Result<Vec<(String, Value)>, Failure> {
    let mut given = Vec::new();
    for text in &arguments.set {
        given.push(assignment(template, text)?);
    }
    if let Some(path) = &arguments.params {
        let options = ParseOptions::default().name(input::name_of(path));
        match Value::from_yaml(&input::read(path, &options.limits)?, &options)? {
            Value::Object(entries) => {
                let set = given.len();
                let new = |name: &String| !given[..set].iter().any(|(known, _)| known == name);
                let rest: Vec<_> = entries.into_iter().filter(|(name, _)| new(name)).collect();
                given.extend(rest);
            }
            _ => {
                let message = format!("`{}` is not a document of parameters", path.display());
                return Err(Failure::new(Exit::Invalid, message)
                    .help("it is a mapping from the names of parameters to their values"));
            }
        }
    }
    Ok(given)
}

/// `name=value`, the value as YAML; as it is for a parameter that is a text.
fn assignment(template: &Template, text: &str) -> Result<(String, Value), Failure> {
    let usage = |message: String| {
        Failure::new(Exit::Usage, message).help("write `--set name=12.5` or `--set 'name=[1, 2, 3]'`")
    };
    let (name, value) = text
        .split_once('=')
        .map(|(name, value)| (name.trim(), value.trim()))
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| usage(format!("`--set {text}` does not say which parameter gets which value")))?;
    let is_text = |kind: ParameterType| kind == ParameterType::String;
    if template.parameters().iter().any(|p| p.name == name && is_text(p.kind)) {
        return Ok((name.to_owned(), Value::String(value.to_owned())));
    }
    let value = Value::from_yaml(value, &ParseOptions::default())
        .map_err(|_| usage(format!("`--set {text}`: `{value}` is no value")))?;
    Ok((name.to_owned(), value))
}

/// As JSON, for programs.
fn json(value: &Value) -> Result<serde_json::Value, Failure> {
    serde_json::from_str(&canonical_json(value)).map_err(|_| Failure::internal())
}

/// A value as people write it.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        other => canonical_json(other),
    }
}
