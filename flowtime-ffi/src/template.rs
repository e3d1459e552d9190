//! Templates, and the models that are made from them.

use crate::arguments::{bytes, handle, optional, optional_out, out, text};
use crate::document::{chosen, flowtime_parse_options};
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::give;
use crate::model::flowtime_model;
use crate::status::flowtime_status;
use crate::text::{flowtime_str, flowtime_text};
use flowtime_core::{ErrorKind, GenerateOptions, ParseOptions, Template, Value};
use flowtime_registry::to_json;
use serde_json::json;
use std::ffi::c_char;

/// A model with parameters: immutable, for use from any number of threads.
pub struct flowtime_template {
    pub(crate) template: Template,
}

/// The members of a JSON (or YAML) object; none for an empty text.
pub(crate) fn object(document: &[u8], name: &str) -> Result<Vec<(String, Value)>, Failure> {
    if document.is_empty() {
        return Ok(Vec::new());
    }
    let refused = |why: &str| {
        let message = format!("`{name}` is not an object, such as {{\"staff\": 3}}{why}");
        Err(Failure::new(flowtime_status::INVALID_ARGUMENT, message))
    };
    match Value::from_yaml(document, &ParseOptions::default().name(name)) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => refused(""),
        Err(error) => refused(&format!(": {}", error.diagnostics().first().map_or("", |d| &d.message))),
    }
}

/// The templates that come with the library, as a JSON list of objects with `id`, `version`, `title`,
/// `description`, `tags` and the number of `parameters`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_templates(
    out_json: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let out_json = out(out_json, "out_json")?;
            let mut list = Vec::new();
            for id in Template::shipped_ids() {
                let template = Template::shipped(id)?;
                list.push(json!({
                    "id": id, "version": template.version(), "title": template.title(),
                    "description": template.description(), "tags": template.tags(),
                    "parameters": template.parameters().len(),
                }));
            }
            out_json.set(give(flowtime_text::new(json!(list).to_string())));
            Ok(())
        })
    }
}

/// A template that comes with the library, by its id. FLOWTIME_STATUS_NOT_FOUND when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_template_shipped(
    id: *const c_char,
    id_length: usize,
    out_template: *mut *mut flowtime_template,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let id = text(id, id_length, "id")?;
            let out_template = out(out_template, "out_template")?;
            let template = Template::shipped(id).map_err(|error| match error.kind() {
                ErrorKind::InvalidArgument => Failure::new(flowtime_status::NOT_FOUND, error.to_string()),
                _ => error.into(),
            })?;
            out_template.set(give(flowtime_template { template }));
            Ok(())
        })
    }
}

/// Reads a template from the bytes of a YAML document. `options` may be NULL.
/// FLOWTIME_STATUS_INVALID_MODEL with everything that is wrong with it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_template_parse(
    text: *const c_char,
    text_length: usize,
    options: *const flowtime_parse_options,
    out_template: *mut *mut flowtime_template,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let text = bytes(text, text_length, "text")?;
            let options = optional(options, "options")?;
            let out_template = out(out_template, "out_template")?;
            let template = Template::parse(text, &chosen(options)?)?;
            out_template.set(give(flowtime_template { template }));
            Ok(())
        })
    }
}

/// Its id, in kebab case; NULL and 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_template_id(from: *const flowtime_template) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(from, flowtime_str::NONE, |t| Some(flowtime_str::of(t.template.id()))) }
}

/// Its version, such as "1.0.0"; NULL and 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_template_version(from: *const flowtime_template) -> flowtime_str {
    // SAFETY: the contract of the header.
    unsafe { guard::read(from, flowtime_str::NONE, |t| Some(flowtime_str::of(t.template.version()))) }
}

/// The parameters as JSON Schema (draft 2020-12), for forms.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_template_parameter_form(
    from: *const flowtime_template,
    out_json: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let template = handle(from, "from")?;
            let out_json = out(out_json, "out_json")?;
            let form = to_json(&template.template.parameter_form());
            out_json.set(give(flowtime_text::new(form.to_string())));
            Ok(())
        })
    }
}

/// Makes a model. The same template, version and values give the same model and the same ids.
///
/// `parameters` is a JSON object with the values of parameters, or NULL: the others have their defaults. `name` is what
/// the model is called; NULL for the template's title. `generated_at` is the time for its provenance, such as
/// "2026-01-05T10:00:00Z", or NULL: the library has no clock. `out_facts` may be NULL; otherwise it receives a JSON
/// object with `model_id`, `inputs_hash`, `template_hash`, `model_hash`, `logic_hash`, `parameters` and `provenance`.
/// The model itself says in its `provenance` section where it came from.
///
/// FLOWTIME_STATUS_INVALID_ARGUMENT, with diagnostics, for what is wrong with the parameters;
/// FLOWTIME_STATUS_INVALID_MODEL when the model that they give has errors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_template_generate(
    from: *const flowtime_template,
    parameters: *const c_char,
    parameters_length: usize,
    name: *const c_char,
    name_length: usize,
    generated_at: *const c_char,
    generated_at_length: usize,
    out_model: *mut *mut flowtime_model,
    out_facts: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let template = handle(from, "from")?;
            let parameters = object(bytes(parameters, parameters_length, "parameters")?, "parameters")?;
            let mut options = GenerateOptions::default();
            if name_length > 0 {
                options = options.name(text(name, name_length, "name")?);
            }
            if generated_at_length > 0 {
                options = options.generated_at(text(generated_at, generated_at_length, "generated_at")?);
            }
            let out_model = out(out_model, "out_model")?;
            let out_facts = optional_out(out_facts, "out_facts")?;
            let generated = template.template.generate(&parameters, &options)?;
            let mut provenance = to_json(&generated.provenance());
            provenance["inputs_hash"] = json!(generated.inputs_hash);
            provenance["template_hash"] = json!(generated.template_hash);
            if out_facts.wanted() {
                let facts = json!({
                    "model_id": generated.model_id, "inputs_hash": generated.inputs_hash,
                    "template_hash": generated.template_hash, "model_hash": generated.model_hash,
                    "logic_hash": generated.logic_hash,
                    "parameters": to_json(&Value::Object(generated.parameters.clone())),
                    "provenance": provenance,
                });
                out_facts.set(give(flowtime_text::new(facts.to_string())));
            }
            let told =
                flowtime_core::provenance::Provenance::new(&flowtime_registry::from_json(&provenance))?;
            out_model.set(give(flowtime_model::new(generated.model.with_provenance(&told))));
            Ok(())
        })
    }
}

/// Frees a template. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_template_free(from: *mut flowtime_template) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(from) }
}
