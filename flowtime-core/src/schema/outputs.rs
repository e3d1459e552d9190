//! The `outputs` section.

use super::keys::OUTPUT;
use super::reader::{Path, Reader};
use super::yaml::{Data, Yaml};
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::files;
use crate::model::{Node, Output, OutputSeries};
use crate::names::{listed, quoted};
use std::collections::{HashMap, HashSet};

/// Reads the list; with `complete`, a series that is no node is an error.
pub(super) fn outputs(
    reader: &mut Reader<'_>,
    value: &Yaml<'_>,
    nodes: &[Node],
    complete: bool,
    path: &Path<'_>,
) -> Option<Vec<Output>> {
    let Data::Sequence(items) = &value.data else {
        reader.wrong_type(value, "`outputs` must be a list (`- series: …` lines)", path);
        return None;
    };
    let mut section = Outputs {
        nodes,
        ids: nodes.iter().map(|n| n.id.as_str()).collect(),
        complete,
        files: HashMap::new(),
        rest: None,
    };
    Some(
        items.iter().enumerate().filter_map(|(i, item)| section.entry(reader, item, &path.item(i))).collect(),
    )
}

struct Outputs<'n> {
    nodes: &'n [Node],
    ids: HashSet<&'n str>,
    complete: bool,
    /// The file names so far, as far as systems tell them apart.
    files: HashMap<String, Span>,
    /// Where `*` was.
    rest: Option<Span>,
}

impl Outputs<'_> {
    fn entry(&mut self, reader: &mut Reader<'_>, item: &Yaml<'_>, path: &Path<'_>) -> Option<Output> {
        let fields = reader.fields(item, &OUTPUT, None, None, path)?;
        let value = reader.required(&fields, "series", &OUTPUT, path);
        let file = fields.get("as");
        let series = value.and_then(|value| self.series(reader, value, &path.key("series")));
        let name = file.and_then(|file| reader.text(file, "`as`", &path.key("as")).map(|name| (file, name)));
        if let (Some(OutputSeries::Rest), Some(file)) = (&series, file) {
            let diagnostic = Diagnostic::new(
                Code::RestWithName,
                path.key("as").to_string(),
                "`series: \"*\"` stands for many series, which cannot share one file",
            )
            .help("remove `as`; each series is written to `<id>.csv`");
            reader.push_value(diagnostic, file);
            return None;
        }
        if let Some((file, name)) = name {
            let path = path.key("as");
            if let Err((message, help)) = files::check(name) {
                reader.push_value(
                    Diagnostic::new(Code::InvalidFileName, path.to_string(), message).help(help),
                    file,
                );
            } else {
                self.claim(reader, name, file, &path);
            }
        } else if let (Some(OutputSeries::Node(id)), Some(value), None) = (&series, value, file) {
            self.claim(reader, &files::default_name(id), value, &path.key("series"));
        }
        Some(Output { series: series?, file: name.map(|(_, name)| name.to_owned()) })
    }

    fn series(&mut self, reader: &mut Reader<'_>, value: &Yaml<'_>, path: &Path<'_>) -> Option<OutputSeries> {
        let id = reader.text(value, "`series`", path)?;
        if id == "*" {
            if let Some(first) = self.rest {
                let diagnostic =
                    Diagnostic::new(Code::DuplicateRest, path.to_string(), "`series: \"*\"` is there twice")
                        .label(first, "first here")
                        .help("remove one of the two");
                reader.push_value(diagnostic, value);
            }
            self.rest.get_or_insert(value.span);
            return Some(OutputSeries::Rest);
        }
        if self.complete && !self.ids.contains(id) {
            let near = reader.nearest.to(id, self.nodes.iter().map(|n| n.id.as_str()));
            let help = if near.is_empty() {
                "name the id of a node, or `*` for all others".to_owned()
            } else {
                format!("did you mean {}?", listed(near, "or"))
            };
            let message = format!("unknown series `{}`: no node has this id", quoted(id));
            reader.push_value(
                Diagnostic::new(Code::UnknownSeries, path.to_string(), message).help(help),
                value,
            );
            return None;
        }
        Some(OutputSeries::Node(id.to_owned()))
    }

    fn claim(&mut self, reader: &mut Reader<'_>, name: &str, value: &Yaml<'_>, path: &Path<'_>) {
        if let Some(first) = self.files.get(&files::key(name)) {
            let message = format!(
                "two outputs are written to `{}` (upper and lower case count as the same)",
                quoted(name)
            );
            let diagnostic = Diagnostic::new(Code::DuplicateFileName, path.to_string(), message)
                .label(*first, "first here")
                .help("give one of the two another file name with `as`");
            reader.push_value(diagnostic, value);
        } else {
            self.files.insert(files::key(name), value.span);
        }
    }
}
