//! A parameter of a template, and which values it may have.

use crate::model::Value;
use crate::names::{listed, quoted};
use crate::provenance::format_number;

/// The most values that a message lists.
const MOST_SHOWN: usize = 20;

/// What the values of a parameter are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParameterType {
    /// A whole number.
    Integer,
    /// A finite number.
    Number,
    /// True or false.
    Boolean,
    /// A text.
    String,
    /// A list of numbers.
    Array,
}

impl ParameterType {
    /// All types, in the order of the documentation.
    pub const ALL: [ParameterType; 5] = [
        ParameterType::Integer,
        ParameterType::Number,
        ParameterType::Boolean,
        ParameterType::String,
        ParameterType::Array,
    ];

    /// The word for it in a template.
    pub fn name(self) -> &'static str {
        match self {
            ParameterType::Integer => "integer",
            ParameterType::Number => "number",
            ParameterType::Boolean => "boolean",
            ParameterType::String => "string",
            ParameterType::Array => "array",
        }
    }
}

/// One thing that can be chosen about the models of a template.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// What `${name}` stands for.
    pub name: String,
    /// What its values are.
    pub kind: ParameterType,
    /// What people call it.
    pub title: Option<String>,
    /// What it means.
    pub description: Option<String>,
    /// Its unit.
    pub unit: Option<String>,
    /// Its value when none is given.
    pub default: Option<Value>,
    /// It must be given, whatever the default.
    pub required: bool,
    /// The least number; for an array, of each item.
    pub minimum: Option<f64>,
    /// The greatest number; for an array, of each item.
    pub maximum: Option<f64>,
    /// The values it can have; empty when any.
    pub choices: Vec<Value>,
    /// What an array consists of: [`ParameterType::Integer`] or [`ParameterType::Number`].
    pub items: ParameterType,
    /// The fewest items of an array.
    pub min_items: Option<u64>,
    /// The most items of an array.
    pub max_items: Option<u64>,
}

impl Parameter {
    /// The value as this parameter holds it, or what is wrong with it: the end of a sentence that begins
    /// with the parameter.
    pub(super) fn accept(&self, value: &Value) -> Result<Value, String> {
        let accepted = match (self.kind, value) {
            (ParameterType::Boolean, Value::Bool(_)) | (ParameterType::String, Value::String(_)) => {
                value.clone()
            }
            (ParameterType::Integer | ParameterType::Number, _) => self.number(self.kind, value)?,
            (ParameterType::Array, Value::Array(items)) => {
                let count = items.len() as u64;
                if self.min_items.is_some_and(|least| count < least)
                    || self.max_items.is_some_and(|most| count > most)
                {
                    return Err(format!("must have {}, but this has {count}", self.lengths()));
                }
                let items = items.iter().map(|item| self.number(self.items, item));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            (kind, _) => return Err(format!("must be {}, but this is {}", a_kind(kind), shown(value))),
        };
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| same(choice, &accepted)) {
            let choices: Vec<String> = self.choices.iter().take(MOST_SHOWN).map(bare).collect();
            let choices = listed(choices.iter().map(String::as_str), "or");
            let more = self.choices.len().saturating_sub(MOST_SHOWN);
            let more = if more > 0 { format!(" or one of {more} more") } else { String::new() };
            return Err(format!("must be one of {choices}{more}, but this is {}", shown(&accepted)));
        }
        Ok(accepted)
    }

    /// A number within the bounds; a whole one for an integer, however it was written.
    fn number(&self, kind: ParameterType, value: &Value) -> Result<Value, String> {
        let of =
            if self.kind == ParameterType::Array { "must consist of numbers that are" } else { "must be" };
        let (number, accepted) = match *value {
            Value::Integer(whole) => (whole as f64, Value::Integer(whole)),
            // Up to here whole numbers have no gaps.
            Value::Number(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
                (number, Value::Integer(number as i64))
            }
            Value::Number(number) if kind == ParameterType::Number && number.is_finite() => {
                (number, Value::Number(number))
            }
            Value::Number(number) if kind == ParameterType::Number => {
                return Err(format!("{of} finite, but this is `{}`", format_number(number)));
            }
            _ if self.kind == ParameterType::Array => {
                return Err(format!("must consist of {}s, but one item is {}", kind.name(), shown(value)));
            }
            _ => return Err(format!("must be {}, but this is {}", a_kind(kind), shown(value))),
        };
        let written = format_number(number);
        match (self.minimum, self.maximum) {
            (Some(least), _) if number < least => {
                Err(format!("{of} at least {}, but this is {written}", format_number(least)))
            }
            (_, Some(most)) if number > most => {
                Err(format!("{of} at most {}, but this is {written}", format_number(most)))
            }
            _ => Ok(accepted),
        }
    }

    fn lengths(&self) -> String {
        match (self.min_items, self.max_items) {
            (Some(least), Some(most)) if least == most => format!("{least} items"),
            (Some(least), Some(most)) => format!("{least} to {most} items"),
            (Some(least), None) => format!("at least {least} items"),
            (None, Some(most)) => format!("at most {most} items"),
            (None, None) => "any number of items".to_owned(),
        }
    }
}

/// Are these the same value, whether or not a number was written with a point?
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Integer(i), Value::Number(x)) | (Value::Number(x), Value::Integer(i)) => *x == *i as f64,
        (a, b) => a == b,
    }
}

fn a_kind(kind: ParameterType) -> &'static str {
    match kind {
        ParameterType::Integer => "a whole number",
        ParameterType::Number => "a number",
        ParameterType::Boolean => "`true` or `false`",
        ParameterType::String => "a text",
        ParameterType::Array => "a list of numbers",
    }
}

/// A value without saying what it is; short, whatever it is.
fn bare(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Number(value) => format_number(*value),
        Value::String(text) => quoted(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Integer(_) | Value::Number(_) => format!("`{}`", bare(value)),
        Value::String(text) => format!("the text `{}`", quoted(text)),
        Value::Array(_) | Value::Object(_) => bare(value),
    }
}
