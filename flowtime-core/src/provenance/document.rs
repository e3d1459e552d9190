//! Where a model came from, as a document.

use crate::diagnostics::{Code, Diagnostic};
use crate::error::{Error, ErrorKind};
use crate::model::{Model, Value};
use crate::names::quoted;

/// The fields that every version knows, and how they are spelt in documents with other habits.
const FIELDS: [(&str, &str); 9] = [
    ("model_id", "modelId"),
    ("template_id", "templateId"),
    ("template_version", "templateVersion"),
    ("generated_at", "generatedAt"),
    ("received_at", "receivedAt"),
    ("inputs_hash", "inputsHash"),
    ("template_hash", "templateHash"),
    ("model_hash", "modelHash"),
    ("derived_from", "derivedFrom"),
];

/// Where a model came from: which template of which version made it, with which parameters.
///
/// It is optional everywhere and never changes a result. Fields keep their types and their order; those that
/// nobody knows are kept as they are.
///
/// ```
/// use flowtime_core::{ParseOptions, Value, provenance::Provenance};
/// let document = "{modelId: desk_1f3a9c02b7d4, templateId: desk, parameters: {staff: 3}}";
/// let provenance = Provenance::new(&Value::from_yaml(document, &ParseOptions::default())?)?;
/// assert_eq!(provenance.model_id(), Some("desk_1f3a9c02b7d4"));
/// assert_eq!(provenance.parameters(), [("staff".to_owned(), Value::Integer(3))]);
/// assert!(provenance.document().get("model_id").is_some());
/// # Ok::<(), flowtime_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Provenance {
    document: Value,
}

impl Provenance {
    /// Reads a document whose fields are spelt `model_id` or `modelId`; from here on they are `model_id`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`] when it is not a mapping, spells a field both ways, or has something else than
    /// a text as an id.
    pub fn new(document: &Value) -> Result<Provenance, Error> {
        let failed = |message: String| Err(Error::call(ErrorKind::InvalidArgument, message));
        let Value::Object(entries) = document else {
            return failed(
                "provenance is a mapping with keys such as `model_id` and `template_id`, and this is none"
                    .into(),
            );
        };
        let mut read: Vec<(String, Value)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = FIELDS.iter().find(|(_, camel)| camel == key).map_or(key.as_str(), |(snake, _)| snake);
            if read.iter().any(|(known, _)| known == name) {
                return failed(format!("`{}` is in the provenance twice: keep one of the two", quoted(name)));
            }
            let is_id = ["model_id", "template_id", "template_version", "source"].contains(&name);
            if is_id && !matches!(value, Value::String(_) | Value::Null) {
                return failed(format!("`{name}` of the provenance must be a text"));
            }
            if name == "parameters" && !matches!(value, Value::Object(_) | Value::Null) {
                return failed("`parameters` of the provenance must be a mapping".into());
            }
            read.push((name.to_owned(), value.clone()));
        }
        Ok(Provenance { document: Value::Object(read) })
    }

    /// What is known when only the id of a model is: nothing else.
    pub fn of_model_id(model_id: &str) -> Provenance {
        Provenance {
            document: Value::Object(vec![("model_id".to_owned(), Value::String(model_id.to_owned()))]),
        }
    }

    /// What a model says of itself in its `provenance` section.
    ///
    /// # Errors
    ///
    /// As for [`Provenance::new`].
    pub fn embedded(model: &Model) -> Result<Option<Provenance>, Error> {
        match model.provenance() {
            None | Some(Value::Null) => Ok(None),
            Some(document) => Provenance::new(document).map(Some),
        }
    }

    /// The document, its known fields in `snake_case`.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The document, for keeping.
    pub fn into_document(self) -> Value {
        self.document
    }

    /// A field that is a text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.document.get(field)?.as_str()
    }

    /// The id of the model.
    pub fn model_id(&self) -> Option<&str> {
        self.text("model_id")
    }

    /// The template that made the model.
    pub fn template_id(&self) -> Option<&str> {
        self.text("template_id")
    }

    /// The version of that template.
    pub fn template_version(&self) -> Option<&str> {
        self.text("template_version")
    }

    /// What made the model, such as `flowtime-sim`.
    pub fn source(&self) -> Option<&str> {
        self.text("source")
    }

    /// The values of the template's parameters, of their types; empty when none are told.
    pub fn parameters(&self) -> &[(String, Value)] {
        match self.document.get("parameters") {
            Some(Value::Object(parameters)) => parameters,
            _ => &[],
        }
    }

    /// Is the model's id all that it says?
    pub fn is_bare(&self) -> bool {
        matches!(&self.document, Value::Object(entries) if entries.len() == 1) && self.model_id().is_some()
    }

    /// Sets a field, in its place if it is there already.
    pub fn set(&mut self, field: &str, value: Value) {
        let Value::Object(entries) = &mut self.document else { return };
        match entries.iter_mut().find(|(key, _)| key == field) {
            Some((_, old)) => *old = value,
            None => entries.push((field.to_owned(), value)),
        }
    }

    /// The provenance of a run: the one that was given for it, else what the model says of itself.
    ///
    /// A bare id is completed from the model's own word when that names the same model. When the two name
    /// different models, the one that was given counts and a warning says so.
    ///
    /// ```
    /// use flowtime_core::provenance::Provenance;
    /// let (given, own) = (Provenance::of_model_id("desk_1"), Provenance::of_model_id("desk_2"));
    /// let (chosen, warning) = Provenance::choose(Some(&given), Some(&own));
    /// assert_eq!(chosen, Some(given));
    /// assert_eq!(warning.unwrap().code.info().name, "provenance-conflict");
    /// ```
    pub fn choose(
        given: Option<&Provenance>,
        own: Option<&Provenance>,
    ) -> (Option<Provenance>, Option<Diagnostic>) {
        let (Some(given), Some(own)) = (given, own) else {
            return (given.or(own).cloned(), None);
        };
        match (given.model_id(), own.model_id()) {
            (Some(named), Some(said)) if named != said => {
                let message = format!(
                    "the provenance given for the run is that of `{}`, the document says `{}`",
                    quoted(named),
                    quoted(said)
                );
                let conflict = Diagnostic::new(Code::ProvenanceConflict, "/provenance", message)
                    .help("leave `--provenance` out, or name the document of this model");
                (Some(given.clone()), Some(conflict))
            }
            (Some(named), Some(said)) if given.is_bare() && named == said => (Some(own.clone()), None),
            _ => (Some(given.clone()), None),
        }
    }
}

impl Model {
    /// The same model without its `provenance` section, as it is stored and hashed.
    #[must_use]
    pub fn without_provenance(&self) -> Model {
        Model { provenance: None, ..self.clone() }
    }

    /// The same model with this `provenance` section; no result changes by it.
    #[must_use]
    pub fn with_provenance(&self, provenance: &Provenance) -> Model {
        Model { provenance: Some(provenance.document.clone()), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ParseOptions;

    fn read(text: &str) -> Result<Provenance, Error> {
        Provenance::new(&Value::from_yaml(text, &ParseOptions::default()).unwrap())
    }

    #[test]
    fn both_spellings_and_all_types() {
        let snake = read("{source: sim, model_id: a_1, template_version: 1.0.0, generated_at: x, parameters: {n: 1, x: 1.0, on: true, s: 'no', l: [1, 2.5]}, note: {aB: 1}}").unwrap();
        let camel = read("{source: sim, modelId: a_1, templateVersion: 1.0.0, generatedAt: x, parameters: {n: 1, x: 1.0, on: true, s: 'no', l: [1, 2.5]}, note: {aB: 1}}").unwrap();
        assert_eq!(snake, camel);
        assert_eq!((snake.source(), snake.template_version()), (Some("sim"), Some("1.0.0")));
        let kinds: Vec<_> = snake.parameters().iter().map(|(_, value)| value.clone()).collect();
        let list = Value::Array(vec![Value::Integer(1), Value::Number(2.5)]);
        let text = Value::String("no".to_owned());
        assert_eq!(kinds, [Value::Integer(1), Value::Number(1.0), Value::Bool(true), text, list]);
        // What nobody knows is left as it is.
        assert_eq!(snake.document().get("note").and_then(|note| note.get("aB")), Some(&Value::Integer(1)));
    }

    #[test]
    fn what_is_no_provenance() {
        for (text, words) in [
            ("[1]", "is a mapping"),
            ("{model_id: a, modelId: b}", "`model_id` is in the provenance twice"),
            ("{model_id: 5}", "`model_id` of the provenance must be a text"),
            ("{parameters: [1]}", "`parameters` of the provenance must be a mapping"),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.kind() == ErrorKind::InvalidArgument && error.to_string().contains(words),
                "{error}"
            );
        }
    }

    #[test]
    fn which_one_counts() {
        let bare = |id: &str| Provenance::of_model_id(id);
        let whole = |id: &str| read(&format!("{{model_id: {id}, template_id: desk}}")).unwrap();
        let anonymous = read("{template_id: desk}").unwrap();
        for (given, own, chosen, conflict) in [
            (None, None, None, false),
            (None, Some(whole("a")), Some(whole("a")), false),
            (Some(bare("a")), None, Some(bare("a")), false),
            (Some(bare("a")), Some(whole("a")), Some(whole("a")), false),
            (Some(whole("a")), Some(bare("a")), Some(whole("a")), false),
            (Some(bare("a")), Some(whole("b")), Some(bare("a")), true),
            (Some(anonymous.clone()), Some(whole("b")), Some(anonymous), false),
        ] {
            let (found, warning) = Provenance::choose(given.as_ref(), own.as_ref());
            assert_eq!((found, warning.is_some()), (chosen, conflict), "{given:?} {own:?}");
        }
    }

    #[test]
    fn set_and_taken_out() {
        let mut provenance = Provenance::of_model_id("a");
        assert!(provenance.is_bare());
        provenance.set(
            "links",
            Value::Object(vec![("model_artifact".into(), Value::String("models/a/v1".into()))]),
        );
        provenance.set("model_id", Value::String("b".into()));
        assert!(!provenance.is_bare() && provenance.model_id() == Some("b"));
        let model = Model::from_yaml(
            "{schemaVersion: 1, grid: {bins: 1, binSize: 1, binUnit: hours}, nodes: [{id: a, kind: const, values: 1}]}",
        )
        .unwrap();
        let told = model.with_provenance(&provenance);
        assert_eq!(Provenance::embedded(&told).unwrap(), Some(provenance));
        assert_eq!(told.without_provenance(), model);
        assert_eq!(Provenance::embedded(&model).unwrap(), None);
    }
}
