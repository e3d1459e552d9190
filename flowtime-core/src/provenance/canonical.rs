//! One text for all documents that say the same.

use super::number::write_number;
use crate::Value;

/// The canonical JSON of a document: RFC 8785, with names for the numbers that JSON has none for.
///
/// Members are sorted by the UTF-16 units of their names, without white space; numbers are written
/// as by [`format_number`](super::format_number), where `"NaN"`, `"-0"`, `"inf"` and `"-inf"` are
/// strings; an integer that no float64 holds exactly is a string of its digits, so that different
/// integers stay different. Members that are null are left out: absent and null say the same. Of
/// members with equal names the last counts.
///
/// ```
/// use flowtime_core::{Value, provenance::canonical_json};
/// let document = Value::Object(vec![
///     ("bins".into(), Value::Integer(4)),
///     ("a".into(), Value::Array(vec![Value::Number(1.0), Value::Number(-0.0)])),
///     ("note".into(), Value::Null),
/// ]);
/// assert_eq!(canonical_json(&document), r#"{"a":[1,"-0"],"bins":4}"#);
/// ```
pub fn canonical_json(document: &Value) -> String {
    let mut out = String::new();
    write_canonical(document, &|_| true, &mut out, &mut |_| {});
    out
}

/// Where a member stands: the names from the document's root to it, an item of a list being `""`.
pub(super) type Path<'a> = [&'a str];

/// Writes canonical JSON of the members that `keep` accepts.
///
/// `drain` is called after each scalar and may empty the text written so far, so that a document
/// with millions of numbers is hashed in little memory. The nesting of the document costs heap, not
/// stack.
pub(super) fn write_canonical(
    document: &Value,
    keep: &dyn Fn(&Path<'_>) -> bool,
    out: &mut String,
    drain: &mut dyn FnMut(&mut String),
) {
    let mut path = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    open.extend(write_start(document, keep, &path, out));
    while let Some(collection) = open.last_mut() {
        let Some((name, value)) = collection.members.next() else {
            out.push(if collection.list { ']' } else { '}' });
            open.pop();
            path.pop();
            continue;
        };
        if !std::mem::replace(&mut collection.first, false) {
            out.push(',');
        }
        if !collection.list {
            write_string(out, name);
            out.push(':');
        }
        path.push(name);
        match write_start(value, keep, &path, out) {
            Some(inner) => open.push(inner),
            None => {
                path.pop();
                drain(out);
            }
        }
    }
}

/// A list or mapping of which the end is not written yet.
struct Open<'a> {
    list: bool,
    first: bool,
    members: Members<'a>,
}

enum Members<'a> {
    List(std::slice::Iter<'a, Value>),
    Mapping(std::vec::IntoIter<(&'a str, &'a Value)>),
}

impl<'a> Members<'a> {
    fn next(&mut self) -> Option<(&'a str, &'a Value)> {
        match self {
            Members::List(items) => items.next().map(|item| ("", item)),
            Members::Mapping(members) => members.next(),
        }
    }
}

/// Writes a scalar, or the bracket that opens a collection.
fn write_start<'a>(
    value: &'a Value,
    keep: &dyn Fn(&Path<'_>) -> bool,
    path: &[&'a str],
    out: &mut String,
) -> Option<Open<'a>> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Integer(integer) => write_integer(out, *integer),
        Value::Number(number) => write_json_number(out, *number),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push('[');
            return Some(Open { list: true, first: true, members: Members::List(items.iter()) });
        }
        Value::Object(members) => {
            out.push('{');
            let members = sorted(members, keep, path).into_iter();
            return Some(Open { list: false, first: true, members: Members::Mapping(members) });
        }
    }
    None
}

fn sorted<'a>(
    members: &'a [(String, Value)],
    keep: &dyn Fn(&Path<'_>) -> bool,
    path: &[&'a str],
) -> Vec<(&'a str, &'a Value)> {
    let mut sorted: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), value)).collect();
    // UTF-16 order differs from that of UTF-8 beyond the basic plane.
    sorted.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
    sorted.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            *earlier = *later;
        }
        same
    });
    let mut place = path.to_vec();
    sorted.retain(|(name, value)| {
        place.push(name);
        let kept = !matches!(value, Value::Null) && keep(&place);
        place.pop();
        kept
    });
    sorted
}

/// A number as a JSON value: quoted where JSON has no number for it.
pub(super) fn write_json_number(out: &mut String, number: f64) {
    let bare = number.is_finite() && number.to_bits() != (-0.0f64).to_bits();
    if !bare {
        out.push('"');
    }
    write_number(out, number);
    if !bare {
        out.push('"');
    }
}

fn write_integer(out: &mut String, integer: i64) {
    let number = integer as f64;
    if number as i128 == i128::from(integer) {
        write_number(out, number);
    } else {
        out.push('"');
        out.push_str(&integer.to_string());
        out.push('"');
    }
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x08 => "\\b",
            b'\t' => "\\t",
            b'\n' => "\\n",
            0x0c => "\\f",
            b'\r' => "\\r",
            0..0x20 => "\\u00",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        out.push_str(escape);
        if escape.len() > 2 {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
        plain = at + 1;
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn from_json(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(b) => Value::Bool(*b),
            serde_json::Value::Number(n) => match n.as_i64() {
                Some(integer) => Value::Integer(integer),
                None => Value::Number(n.as_f64().unwrap()),
            },
            serde_json::Value::String(s) => Value::String(s.clone()),
            serde_json::Value::Array(items) => Value::Array(items.iter().map(from_json).collect()),
            serde_json::Value::Object(members) => {
                Value::Object(members.iter().map(|(k, v)| (k.clone(), from_json(v))).collect())
            }
        }
    }

    fn vectors(text: &str) -> serde_json::Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn published_number_vectors() {
        let vectors = vectors(include_str!("../../../testdata/canonical/numbers.json"));
        let cases = vectors["cases"].as_array().unwrap();
        assert!(cases.len() >= 27);
        for case in cases {
            let bits = u64::from_str_radix(case["bits"].as_str().unwrap(), 16).unwrap();
            let expected = case["json"].as_str().unwrap();
            let document = Value::Array(vec![Value::Number(f64::from_bits(bits))]);
            assert_eq!(canonical_json(&document), format!("[{expected}]"), "{case}");
        }
    }

    #[test]
    fn structure_vectors() {
        let vectors = vectors(include_str!("../../../testdata/canonical/documents.json"));
        let cases = vectors["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let documents = case["documents"].as_array().unwrap();
            assert!(!documents.is_empty(), "{case}");
            for text in documents {
                let json: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
                assert_eq!(canonical_json(&from_json(&json)), case["canonical"].as_str().unwrap(), "{case}");
            }
        }
    }

    #[test]
    fn integers_that_no_float_holds_stay_apart() {
        let text = |integer| canonical_json(&Value::Integer(integer));
        assert_eq!(text(1 << 53), "9007199254740992");
        assert_eq!(text((1 << 53) + 1), "\"9007199254740993\"");
        assert_eq!(text((1 << 53) + 2), "9007199254740994");
        assert_eq!(text(i64::MAX), "\"9223372036854775807\"");
        assert_eq!(text(i64::MIN), "-9223372036854776000");
        assert_eq!(text(i64::MIN), canonical_json(&Value::Number(i64::MIN as f64)));
    }

    #[test]
    fn the_last_of_equal_names_counts() {
        let member = |name: &str, value| (name.to_owned(), value);
        let twice =
            vec![member("a", Value::Integer(1)), member("b", Value::Null), member("a", Value::Integer(2))];
        assert_eq!(canonical_json(&Value::Object(twice)), r#"{"a":2}"#);
        let gone = vec![member("a", Value::Integer(1)), member("a", Value::Null)];
        assert_eq!(canonical_json(&Value::Object(gone)), "{}");
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let depth = 100_000;
        let mut document = Value::Integer(1);
        for _ in 0..depth {
            document = Value::Array(vec![document]);
        }
        let text = canonical_json(&document);
        assert_eq!(text.len(), 2 * depth + 1);
        // Dropping it the ordinary way would recurse.
        while let Value::Array(mut items) = document {
            document = items.pop().unwrap_or(Value::Null);
        }
    }

    fn documents() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Integer),
            any::<i32>().prop_map(|i| Value::Integer(i.into())),
            any::<f64>().prop_filter("JSON has no number for it", |x| x.is_finite()).prop_map(Value::Number),
            any::<String>().prop_map(Value::String),
            "[\u{0}-\u{1f}\"\\\\\u{e000}\u{10000}]{0,6}".prop_map(Value::String),
        ];
        scalar.prop_recursive(4, 60, 6, |inner| {
            let name = prop_oneof!["[a-c]{1,2}", any::<String>()];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                prop::collection::btree_map(name, inner, 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// What a JSON reader must find in the canonical text.
    fn expected(document: &Value) -> serde_json::Value {
        match document {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b) => (*b).into(),
            Value::Integer(i) if (*i as f64) as i128 == i128::from(*i) => (*i as f64).into(),
            Value::Integer(i) => i.to_string().into(),
            Value::Number(x) if x.to_bits() == (-0.0f64).to_bits() => "-0".into(),
            Value::Number(x) => (*x).into(),
            Value::String(s) => s.as_str().into(),
            Value::Array(items) => items.iter().map(expected).collect(),
            Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), expected(v))).collect(),
        }
    }

    /// Numbers alike whether the reader took them for integers or floats.
    fn as_floats(json: serde_json::Value) -> serde_json::Value {
        match json {
            serde_json::Value::Number(n) => n.as_f64().unwrap().into(),
            serde_json::Value::Array(items) => items.into_iter().map(as_floats).collect(),
            serde_json::Value::Object(members) => {
                members.into_iter().map(|(k, v)| (k, as_floats(v))).collect()
            }
            other => other,
        }
    }

    fn reversed(document: &Value) -> Value {
        match document {
            Value::Array(items) => Value::Array(items.iter().map(reversed).collect()),
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().map(|(k, v)| (k.clone(), reversed(v))).collect();
                members.push(("absent or null".to_owned(), Value::Null));
                members.reverse();
                Value::Object(members)
            }
            Value::Integer(i) if (*i as f64) as i128 == i128::from(*i) => Value::Number(*i as f64),
            scalar => scalar.clone(),
        }
    }

    proptest! {
        #[test]
        fn reads_back_as_json(document in documents()) {
            let text = canonical_json(&document);
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(as_floats(json), expected(&document));
        }

        #[test]
        fn order_nulls_and_number_types_do_not_matter(document in documents()) {
            prop_assert_eq!(canonical_json(&reversed(&document)), canonical_json(&document));
        }
    }
}
