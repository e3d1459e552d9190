//! Values that the host supplies.

use super::reader::{Path, Reader};
use super::{Draft, ParseOptions, Parsed};
use crate::diagnostics::{Code, Diagnostic, Problems, Span};
use crate::error::Error;
use crate::model::{Model, NodeKind};
use crate::names::quoted;

/// Why a host could not supply the values of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceError {
    /// What went wrong, in lower case: ``no file `load.csv` beside the model``.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl SourceError {
    /// An error that says `message`.
    pub fn new(message: impl Into<String>) -> Self {
        SourceError { message: message.into(), help: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Model {
    /// The const nodes whose values come from elsewhere: the node's id and the source as written,
    /// whether resolved already or not.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nodes.iter().filter_map(|node| match &node.kind {
            NodeKind::Const(constant) => constant.source.as_deref().map(|source| (node.id.as_str(), source)),
            _ => None,
        })
    }

    /// The same model with the values that its sources name.
    ///
    /// `resolve` is asked once for each const node with a source that has no values yet. What it
    /// gives is checked like written values: the length must fit the grid, NaN is a missing value.
    /// From then on the values count; [`Model::sources`] still tells where they came from.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidModel`](crate::ErrorKind::InvalidModel) with a diagnostic for each
    /// source that failed, has an infinity, or does not fit.
    ///
    /// ```
    /// use flowtime_core::{Model, SourceError};
    /// let model = Model::from_yaml("
    /// schemaVersion: 1
    /// grid: {bins: 2, binSize: 1, binUnit: hours}
    /// nodes: [{id: load, kind: const, source: 'load.csv#mean'}]
    /// ").unwrap();
    /// assert_eq!(model.sources().next(), Some(("load", "load.csv#mean")));
    /// let resolved = model.resolve_sources(&mut |_| Ok(vec![3.0, 4.0])).unwrap().model;
    /// assert!(resolved.to_yaml().contains("[3, 4]"));
    /// let failed = model.resolve_sources(&mut |s| Err(SourceError::new(format!("no `{s}`"))));
    /// assert_eq!(failed.unwrap_err().diagnostics()[0].message, "no `load.csv#mean`");
    /// ```
    pub fn resolve_sources(
        &self,
        resolve: &mut dyn FnMut(&str) -> Result<Vec<f64>, SourceError>,
    ) -> Result<Parsed, Error> {
        let mut model = self.clone();
        let bins = model.grid.bins;
        let options = ParseOptions::default();
        let mut reader = Reader::new(&options, self.source.clone(), Problems::default());
        let list = Path::Root.key("nodes");
        for (index, node) in model.nodes.iter_mut().enumerate() {
            let NodeKind::Const(constant) = &mut node.kind else { continue };
            let (Some(source), true) = (&constant.source, constant.values.is_empty()) else { continue };
            let item = list.item(index);
            let path = item.key("source").to_string();
            let found = resolve(source);
            let diagnostic = match found {
                Err(error) => {
                    let mut diagnostic = Diagnostic::new(Code::SourceFailed, path, error.message);
                    diagnostic.help = error.help;
                    Some((diagnostic, constant.at))
                }
                Ok(values) => match values.iter().position(|v| v.is_infinite()) {
                    Some(place) => {
                        let message = format!(
                            "value {} of {} from `{}` is infinite",
                            place + 1,
                            values.len(),
                            quoted(source)
                        );
                        let diagnostic = Diagnostic::new(Code::SourceNotFinite, path, message)
                            .help("values are finite, or missing (`NaN`)");
                        Some((diagnostic, constant.at))
                    }
                    None => {
                        constant.values = values;
                        constant.fit(bins).err().map(|misfit| {
                            let at = if misfit.at_policy { constant.policy_at } else { constant.at };
                            (misfit.diagnostic(path), at)
                        })
                    }
                },
            };
            if let Some((diagnostic, at)) = diagnostic {
                reader.push(diagnostic, at.0.unwrap_or(Span { start: 0, end: 0 }));
            }
        }
        let problems = reader.finish();
        Draft { model: Some(model), problems, complete: true, source: self.source.clone() }.finish()
    }
}
