//! Documents of free form: provenance, parameters.

use super::decode::free;
use super::{ParseOptions, checked_text, yaml};
use crate::diagnostics::{Code, Diagnostic, Problems, Source};
use crate::error::Error;
use crate::model::Value;

impl Value {
    /// Reads any YAML or JSON document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidModel`](crate::ErrorKind::InvalidModel) when the text is not UTF-8, not YAML, or
    /// uses what models may not use either: tags, merge keys, duplicate keys.
    ///
    /// ```
    /// use flowtime_core::{ParseOptions, Value};
    /// let value = Value::from_yaml("{model_id: checkout, parameters: {peak: 1.5}}", &ParseOptions::default())?;
    /// assert_eq!(value.get("model_id").and_then(Value::as_str), Some("checkout"));
    /// # Ok::<(), flowtime_core::Error>(())
    /// ```
    pub fn from_yaml(text: &(impl AsRef<[u8]> + ?Sized), options: &ParseOptions) -> Result<Value, Error> {
        let text = checked_text(text.as_ref(), options).map_err(|(diagnostic, shown)| {
            Error::model(vec![*diagnostic], Some(Source::new(&options.name, shown)))
        })?;
        let tree = yaml::parse(text, &options.limits);
        let failed =
            |problems: Problems| Error::model(problems.into_list(), Some(Source::new(&options.name, text)));
        match tree.root {
            _ if !tree.problems.is_empty() => Err(failed(tree.problems)),
            Some(root) => Ok(free(&root)),
            None => {
                Err(failed(Diagnostic::new(Code::EmptyDocument, "", "the document has no content").into()))
            }
        }
    }
}
