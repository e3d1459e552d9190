//! Hashes of documents, with the parts left out that a question does not depend on.

use super::canonical::{Path, write_canonical, write_json_number};
use crate::Value;
use sha2::{Digest, Sha256};

/// Text is hashed in pieces of about this many bytes.
const PIECE: usize = 1 << 16;

/// The hash of a computation: equal for models that compute and write out the same series.
///
/// `document` is the model as a tree, its sources resolved. `provenance`, `metadata` and every
/// node's `description`, `unit` and `metadata` are left out. The result is `sha256:` and 64 hex digits.
///
/// ```
/// use flowtime_core::{Value, provenance::model_hash_of};
/// let model = |title: &str| {
///     let metadata = Value::Object(vec![("title".into(), Value::String(title.into()))]);
///     Value::Object(vec![("schemaVersion".into(), Value::Integer(1)), ("metadata".into(), metadata)])
/// };
/// assert_eq!(model_hash_of(&model("a")), model_hash_of(&model("b")));
/// ```
pub fn model_hash_of(document: &Value) -> String {
    document_hash(document, &|path| !matches!(path, ["provenance" | "metadata"]) && computes(path))
}

/// The hash of a model's logic: its `grid` and `nodes` alone, whatever is written out and however seeded.
///
/// Nodes are taken as by [`model_hash_of`]. The result is `sha256:` and 64 hex digits.
pub fn logic_hash_of(document: &Value) -> String {
    document_hash(document, &|path| matches!(path, ["grid" | "nodes", ..]) && computes(path))
}

/// The hash of a template, all of it. The result is `sha256:` and 64 hex digits.
pub fn template_hash_of(document: &Value) -> String {
    document_hash(document, &|_| true)
}

/// The hash of what a model was made from: a template, its version and all parameters after defaults.
///
/// Equal for the same parameters in any order. The result is `sha256:` and 64 hex digits.
pub fn inputs_hash_of(template_id: &str, template_version: &str, parameters: &Value) -> String {
    let inputs = Value::Object(vec![
        ("template_id".to_owned(), Value::String(template_id.to_owned())),
        ("template_version".to_owned(), Value::String(template_version.to_owned())),
        ("parameters".to_owned(), parameters.clone()),
    ]);
    document_hash(&inputs, &|_| true)
}

/// The hash of a series: that of the canonical JSON of its values as a list.
///
/// ```
/// use flowtime_core::{Value, provenance::{numbers_hash, template_hash_of}};
/// let list = Value::Array(vec![Value::Number(1.0), Value::Number(2.5)]);
/// assert_eq!(numbers_hash(&[1.0, 2.5]), template_hash_of(&list));
/// ```
pub fn numbers_hash(values: &[f64]) -> String {
    let mut hasher = Sha256::new();
    let mut text = String::from("[");
    for (at, &value) in values.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write_json_number(&mut text, value);
        if text.len() >= PIECE {
            hasher.update(text.as_bytes());
            text.clear();
        }
    }
    text.push(']');
    hasher.update(text.as_bytes());
    format!("sha256:{}", hex(&hasher.finalize()))
}

/// Whether a member of a model says what is computed rather than what it is called or for whom.
fn computes(path: &Path<'_>) -> bool {
    !matches!(path, ["nodes", "", "description" | "unit" | "metadata"])
}

pub(super) fn document_hash(document: &Value, keep: &dyn Fn(&Path<'_>) -> bool) -> String {
    let mut hasher = Sha256::new();
    let mut text = String::new();
    write_canonical(document, keep, &mut text, &mut |text| {
        if text.len() >= PIECE {
            hasher.update(text.as_bytes());
            text.clear();
        }
    });
    hasher.update(text.as_bytes());
    format!("sha256:{}", hex(&hasher.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::canonical_json;

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
        Value::Object(members.map(|(name, value)| (name.to_owned(), value)).into())
    }

    fn model(values: &[f64], expr: &str) -> Value {
        let values = Value::Array(values.iter().map(|&x| Value::Number(x)).collect());
        object([
            ("schemaVersion", Value::Integer(1)),
            (
                "grid",
                object([
                    ("bins", Value::Integer(2)),
                    ("binSize", Value::Integer(1)),
                    ("binUnit", text("hours")),
                ]),
            ),
            (
                "nodes",
                Value::Array(vec![
                    object([("id", text("a")), ("kind", text("const")), ("values", values)]),
                    object([("id", text("b")), ("kind", text("expr")), ("expr", text(expr))]),
                ]),
            ),
        ])
    }

    fn with(mut document: Value, name: &str, value: Value) -> Value {
        if let Value::Object(members) = &mut document {
            members.push((name.to_owned(), value));
        }
        document
    }

    fn with_in_node(mut document: Value, name: &str, value: Value) -> Value {
        if let Value::Object(members) = &mut document
            && let Some((_, Value::Array(nodes))) = members.iter_mut().find(|(name, _)| name == "nodes")
        {
            let node = nodes.remove(0);
            nodes.insert(0, with(node, name, value));
        }
        document
    }

    #[test]
    fn known_digests() {
        // Of `{}` and `[1,2.5,"NaN"]`, as sha256sum gives them.
        assert_eq!(
            template_hash_of(&Value::Object(Vec::new())),
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
        assert_eq!(
            numbers_hash(&[1.0, 2.5, f64::NAN]),
            "sha256:581c14e7eb0cde2c24ef6be7a0768504617968c78b63158a762c88ab9c691ff5"
        );
    }

    #[test]
    fn what_describes_does_not_count() {
        let plain = model(&[1.0, 2.0], "a + 1");
        let note = object([("title", text("x"))]);
        for described in [
            with(plain.clone(), "metadata", note.clone()),
            with(plain.clone(), "provenance", note.clone()),
            with(plain.clone(), "outputs", Value::Null),
            with_in_node(plain.clone(), "description", text("arrivals")),
            with_in_node(plain.clone(), "unit", text("flights")),
            with_in_node(plain.clone(), "metadata", note.clone()),
        ] {
            assert_eq!(model_hash_of(&described), model_hash_of(&plain));
            assert_eq!(logic_hash_of(&described), logic_hash_of(&plain));
            if canonical_json(&described) != canonical_json(&plain) {
                assert_ne!(template_hash_of(&described), template_hash_of(&plain));
            }
        }
    }

    #[test]
    fn what_computes_counts() {
        let plain = model(&[1.0, 2.0], "a + 1");
        let same_name_elsewhere = with_in_node(plain.clone(), "policy", text("description"));
        for changed in [
            model(&[1.0, 2.5], "a + 1"),
            model(&[1.0, f64::NAN], "a + 1"),
            model(&[1.0, 2.0], "a + 2"),
            same_name_elsewhere,
        ] {
            assert_ne!(model_hash_of(&changed), model_hash_of(&plain));
            assert_ne!(logic_hash_of(&changed), logic_hash_of(&plain));
        }
        assert_ne!(model_hash_of(&model(&[0.0], "a")), model_hash_of(&model(&[-0.0], "a")));
        let seeded = with(plain.clone(), "rng", object([("seed", Value::Integer(7))]));
        assert_ne!(model_hash_of(&seeded), model_hash_of(&plain));
        assert_eq!(logic_hash_of(&seeded), logic_hash_of(&plain));
        let fewer = with(plain.clone(), "outputs", Value::Array(vec![object([("series", text("b"))])]));
        assert_ne!(model_hash_of(&fewer), model_hash_of(&plain));
        assert_eq!(logic_hash_of(&fewer), logic_hash_of(&plain));
    }

    #[test]
    fn inputs_in_any_order() {
        let ab = object([("a", Value::Integer(1)), ("b", Value::Number(2.0))]);
        let ba = object([("b", Value::Integer(2)), ("a", Value::Number(1.0))]);
        assert_eq!(inputs_hash_of("checkout", "1.0.0", &ab), inputs_hash_of("checkout", "1.0.0", &ba));
        assert_ne!(inputs_hash_of("checkout", "1.0.1", &ab), inputs_hash_of("checkout", "1.0.0", &ab));
        assert_ne!(inputs_hash_of("queue", "1.0.0", &ab), inputs_hash_of("checkout", "1.0.0", &ab));
    }

    #[test]
    fn long_documents_are_hashed_in_pieces() {
        let values: Vec<f64> = (0..60_000).map(|i| f64::from(i) / 7.0).collect();
        let list = Value::Array(values.iter().map(|&x| Value::Number(x)).collect());
        let whole = format!("sha256:{}", hex(&Sha256::digest(canonical_json(&list))));
        assert!(canonical_json(&list).len() > 4 * PIECE);
        assert_eq!(template_hash_of(&list), whole);
        assert_eq!(numbers_hash(&values), whole);
    }
}
