//! The values that a caller gives for the parameters of a template.

use super::parameter::Parameter;
use crate::diagnostics::{Code, Diagnostic, Problems};
use crate::model::Value;
use crate::names::{Nearest, head, listed, quoted};
use crate::schema::reader::pointer_step;

/// All parameters with their values, in the order of the template, or everything that is wrong with `given`.
pub(super) fn complete(
    parameters: &[Parameter],
    given: &[(String, Value)],
) -> Result<Vec<(String, Value)>, Problems> {
    let mut problems = Problems::default();
    let mut nearest = Nearest::new();
    let mut values: Vec<Option<Value>> = vec![None; parameters.len()];
    // A misspelt name is not missing as well.
    let mut excused = vec![false; parameters.len()];
    for (name, value) in given {
        let path = format!("/parameters{}", pointer_step(name));
        let Some(index) = parameters.iter().position(|parameter| parameter.name == *name) else {
            let names = || parameters.iter().map(|parameter| parameter.name.as_str());
            let near = nearest.to(name, names());
            if let Some(index) = near.first().and_then(|n| names().position(|name| name == *n)) {
                excused[index] = true;
            }
            let message = format!("there is no parameter `{}`", quoted(name));
            let mut diagnostic = Diagnostic::new(Code::UnknownArgument, path, message);
            if !near.is_empty() {
                diagnostic = diagnostic.help(format!("did you mean {}?", listed(near, "or")));
            } else if parameters.is_empty() {
                diagnostic = diagnostic.help("the template has no parameters");
            } else {
                diagnostic =
                    diagnostic.help(format!("the parameters are {}", listed(names().take(40), "and")));
            }
            problems.push(diagnostic);
            continue;
        };
        excused[index] = true;
        if values[index].is_some() {
            let message = format!("the parameter `{name}` is given twice");
            problems.push(Diagnostic::new(Code::DuplicateArgument, path, message).help("give it once"));
            continue;
        }
        match parameters[index].accept(value) {
            Ok(accepted) => values[index] = Some(accepted),
            Err(reason) => {
                let message = format!("the parameter `{name}` {reason}");
                problems.push(described(
                    Diagnostic::new(Code::InvalidArgument, path, message),
                    &parameters[index],
                ));
            }
        }
    }
    for (index, parameter) in parameters.iter().enumerate() {
        if values[index].is_some() || excused[index] {
            continue;
        }
        values[index] = parameter.default.clone().filter(|_| !parameter.required);
        if values[index].is_none() {
            let path = format!("/parameters/{}", parameter.name);
            let message = format!("the parameter `{}` must be given", parameter.name);
            problems.push(described(Diagnostic::new(Code::MissingArgument, path, message), parameter));
        }
    }
    if problems.any_error() {
        return Err(problems);
    }
    let names = parameters.iter().map(|parameter| parameter.name.clone());
    Ok(names.zip(values.into_iter().flatten()).collect())
}

/// With what the template says about the parameter.
fn described(diagnostic: Diagnostic, parameter: &Parameter) -> Diagnostic {
    match (&parameter.description, &parameter.title) {
        (Some(text), _) | (None, Some(text)) => {
            let unit = parameter.unit.as_ref().map_or(String::new(), |unit| format!(" ({})", quoted(unit)));
            diagnostic.help(format!("`{}`{unit}: {}", parameter.name, head(text.trim(), 300)))
        }
        (None, None) => diagnostic,
    }
}
