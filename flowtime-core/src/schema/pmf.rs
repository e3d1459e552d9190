//! The `pmf` of a node.

use super::decode::unknown_word;
use super::keys::PMF;
use super::node::{NodeContext, numbers};
use super::reader::{Fields, Path, Reader};
use super::scalar::{Scalar, number};
use super::yaml::{Data, Entry, Yaml};
use crate::diagnostics::{Code, Diagnostic, Span};
use crate::model::{Pmf, PmfPolicy};
use crate::names::{counted, quoted};
use crate::pmf::{align, validate};

/// Reads `pmf` in either form, with the policy that may stand beside it.
pub(super) fn pmf(
    reader: &mut Reader<'_>,
    node: &Fields<'_, '_>,
    context: &NodeContext,
    path: &Path<'_>,
) -> Option<Pmf> {
    let outer = node.get("policy").map(|value| (value, path.key("policy")));
    let value = reader.required(node, "pmf", &super::keys::NODE, path);
    let Some((value, owner)) = value.zip(node.entry("pmf")) else {
        if let Some((value, path)) = outer {
            policy(reader, value, &path);
        }
        return None;
    };
    let path = path.key("pmf");
    let Data::Mapping { entries, complete } = &value.data else {
        reader.not_a_mapping(value, "`pmf`", &path);
        return None;
    };
    let lists = entries.iter().any(|e| PMF.key(&e.key).is_some());
    let fields =
        if lists { Some(reader.fields(value, &PMF, Some(owner.key_span), None, &path)?) } else { None };
    let inner = fields.as_ref().and_then(|f| f.get("policy")).map(|value| (value, path.key("policy")));
    let policies = both_policies(reader, outer.as_ref(), inner.as_ref());
    let parts = match &fields {
        Some(fields) => from_lists(reader, fields, &path),
        None if *complete => from_mapping(reader, entries, value, owner.key_span, &path),
        None => None,
    };
    let (values, written, at) = parts?;
    let probabilities = sum_to_one(reader, &written, at, &path)?;
    let policy = policies?;
    if let Some((bins, (value, path))) = context.bins.zip(inner.as_ref().or(outer.as_ref()))
        && let Err(message) = align::check(policy.unwrap_or(PmfPolicy::Sample), values.len(), bins)
    {
        let diagnostic = Diagnostic::new(Code::PmfAlignment, path.to_string(), message)
            .help("`sample` and `expected` work with any number of values");
        reader.push_value(diagnostic, value);
        return None;
    }
    Some(Pmf {
        values,
        probabilities,
        written_probabilities: written,
        policy,
        policy_on_node: outer.is_some() && inner.is_none(),
        mapping: !lists,
    })
}

/// The policy that counts; `None` after reporting.
fn both_policies(
    reader: &mut Reader<'_>,
    outer: Option<&(&Yaml<'_>, Path<'_>)>,
    inner: Option<&(&Yaml<'_>, Path<'_>)>,
) -> Option<Option<PmfPolicy>> {
    let mut read = |place: Option<&(&Yaml<'_>, Path<'_>)>| match place {
        None => Some(None),
        Some((value, path)) => policy(reader, value, path).map(Some),
    };
    let (a, b) = (read(outer), read(inner));
    let (a, b) = (a?, b?);
    if let (Some(a), Some(b), Some(outer), Some(inner)) = (a, b, outer, inner)
        && a != b
    {
        let outer_first = outer.0.span.start <= inner.0.span.start;
        let (first, second) = if outer_first { (outer, inner) } else { (inner, outer) };
        let message =
            format!("the node says `policy: {}` and its `pmf` says `policy: {}`", a.name(), b.name());
        let diagnostic = Diagnostic::new(Code::TwoPolicies, second.1.to_string(), message)
            .label(first.0.span, "the other one")
            .help("keep one of the two");
        reader.push(diagnostic, second.0.span);
        return None;
    }
    Some(b.or(a))
}

fn policy(reader: &mut Reader<'_>, value: &Yaml<'_>, path: &Path<'_>) -> Option<PmfPolicy> {
    let word = reader.text(value, "`policy`", path)?;
    let policy = PmfPolicy::ALL.into_iter().find(|p| p.name() == word);
    if policy.is_none() {
        let words = PmfPolicy::ALL.map(PmfPolicy::name);
        unknown_word(reader, Code::UnknownPmfPolicy, "policy of a PMF", word, &words, value, path);
    }
    policy
}

/// Values, probabilities as written, and where to point when the probabilities are wrong.
type Parts = (Vec<f64>, Vec<f64>, Span);

fn from_lists(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, path: &Path<'_>) -> Option<Parts> {
    let mut list = |name| {
        let value = reader.required(fields, name, &PMF, path)?;
        let Data::Sequence(items) = &value.data else {
            reader.wrong_type(value, &format!("`{name}` must be a list of numbers"), &path.key(name));
            return None;
        };
        Some((value, items))
    };
    let (values, probabilities) = (list("values"), list("probabilities"));
    let numbers_of_values =
        values.and_then(|(_, items)| numbers(reader, items, "a value of a PMF", false, &path.key("values")));
    let numbers_of_probabilities = probabilities.and_then(|(_, items)| {
        let path = path.key("probabilities");
        let numbers: Vec<f64> = items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| probability(reader, item, &path.item(index)))
            .collect();
        (numbers.len() == items.len()).then_some(numbers)
    });
    let ((values_at, values), (at, probabilities)) = (values?, probabilities?);
    if values.len() != probabilities.len() {
        let message = format!(
            "{} and {}: each value has one probability",
            counted(values.len(), "value"),
            match probabilities.len() {
                1 => "1 probability".to_owned(),
                n => format!("{n} probabilities"),
            }
        );
        let diagnostic = Diagnostic::new(Code::PmfLengths, path.key("probabilities").to_string(), message)
            .help("add what is missing, or remove what is too much");
        reader.push_value(diagnostic, at);
        return None;
    }
    if values.is_empty() {
        empty(reader, values_at, &path.key("values"));
        return None;
    }
    Some((numbers_of_values?, numbers_of_probabilities?, at.span))
}

fn from_mapping(
    reader: &mut Reader<'_>,
    entries: &[Entry<'_>],
    value: &Yaml<'_>,
    owner: Span,
    path: &Path<'_>,
) -> Option<Parts> {
    if entries.is_empty() {
        empty(reader, value, path);
        return None;
    }
    let mut pairs: Vec<(f64, f64, Span, &str)> = Vec::with_capacity(entries.len());
    for entry in entries {
        let here = path.key(&entry.key);
        let value = match number(&entry.key) {
            Some(Scalar::Integer(_, value) | Scalar::Float(value)) if value.is_finite() => Some(value),
            _ => {
                let message = format!(
                    "`{}` is not a finite number; a PMF is a mapping from values to probabilities, or has `values` and `probabilities`",
                    quoted(&entry.key)
                );
                reader.push(Diagnostic::new(Code::PmfValue, here.to_string(), message), entry.key_span);
                None
            }
        };
        let probability = probability(reader, &entry.value, &here);
        pairs.extend(value.zip(probability).map(|(v, p)| (v, p, entry.key_span, entry.key.as_ref())));
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut distinct = true;
    for pair in pairs.windows(2) {
        // Zero is sorted after minus zero, and is the same value.
        if pair[0].0 == pair[1].0 {
            let (first, second) =
                if pair[0].2 <= pair[1].2 { (&pair[0], &pair[1]) } else { (&pair[1], &pair[0]) };
            let message = format!("`{}` and `{}` are the same value", quoted(first.3), quoted(second.3));
            let diagnostic =
                Diagnostic::new(Code::DuplicatePmfValue, path.key(second.3).to_string(), message)
                    .label(first.2, "first here")
                    .help("add their probabilities up under one of the two");
            reader.push(diagnostic, second.2);
            distinct = false;
        }
    }
    if !distinct || pairs.len() != entries.len() {
        return None;
    }
    let (values, probabilities) = pairs.iter().map(|(v, p, ..)| (*v, *p)).unzip();
    Some((values, probabilities, owner))
}

fn probability(reader: &mut Reader<'_>, value: &Yaml<'_>, path: &Path<'_>) -> Option<f64> {
    let number = reader.number(value, "a probability", path)?;
    if let Err(why) = validate::probability(number) {
        let message = format!("{} is not a probability: {why}", super::reader::found(value));
        reader.push_value(Diagnostic::new(Code::PmfProbability, path.to_string(), message), value);
        return None;
    }
    Some(number)
}

fn empty(reader: &mut Reader<'_>, value: &Yaml<'_>, path: &Path<'_>) {
    let diagnostic = Diagnostic::new(Code::PmfEmpty, path.to_string(), "the PMF has no values")
        .help("give at least one value and its probability");
    reader.push_value(diagnostic, value);
}

/// Scales the probabilities, with the words that this may need.
fn sum_to_one(reader: &mut Reader<'_>, written: &[f64], at: Span, path: &Path<'_>) -> Option<Vec<f64>> {
    let normalised = validate::normalise(written);
    let path = || path.key("probabilities").to_string();
    match &normalised {
        Err(sum) => {
            let message = format!("the probabilities add up to {sum}, which cannot be scaled to 1");
            reader.push(
                Diagnostic::new(Code::PmfSum, path(), message).help("give probabilities whose sum is 1"),
                at,
            );
        }
        Ok(normal) if normal.surprising() => {
            let message =
                format!("the probabilities add up to {}, not 1, and are divided by that", normal.sum);
            reader.push(
                Diagnostic::new(Code::PmfScaled, path(), message).help("give probabilities whose sum is 1"),
                at,
            );
        }
        Ok(_) => {}
    }
    Some(normalised.ok()?.probabilities)
}
