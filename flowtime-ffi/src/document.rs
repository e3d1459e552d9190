//! Documents: reading, checking, rewriting.

use crate::arguments::{bytes, cstr, handle, optional, optional_out, out, text};
use crate::diagnostics::flowtime_diagnostics;
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::{Exclusive, give};
use crate::limits;
use crate::model::flowtime_model;
use crate::status::flowtime_status;
use crate::text::flowtime_text;
use flowtime_core::{ErrorKind, Model, ParseOptions, Parsed};
use std::ffi::c_char;

/// How documents are read.
pub struct flowtime_parse_options {
    state: Exclusive<ParseOptions>,
}

impl flowtime_parse_options {
    fn change(
        &self,
        change: impl FnOnce(ParseOptions) -> Result<ParseOptions, Failure>,
    ) -> Result<(), Failure> {
        let mut state = self.state.enter("parse options")?;
        *state = change(state.clone())?;
        Ok(())
    }
}

/// A copy of what some options say, or the defaults.
pub(crate) fn chosen(options: Option<&flowtime_parse_options>) -> Result<ParseOptions, Failure> {
    match options {
        Some(options) => Ok(options.state.enter("parse options")?.clone()),
        None => Ok(ParseOptions::default()),
    }
}

fn parsed(bytes: &[u8], options: Option<&flowtime_parse_options>) -> Result<Parsed, Failure> {
    Ok(Model::parse(bytes, &chosen(options)?)?)
}

/// Makes options with the defaults.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_parse_options_new(
    out_options: *mut *mut flowtime_parse_options,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let out_options = out(out_options, "out_options")?;
            out_options.set(give(flowtime_parse_options { state: Exclusive::new(ParseOptions::default()) }));
            Ok(())
        })
    }
}

/// Sets the name of the document in messages, usually a file's path. Default "model".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_parse_options_set_name(
    options: *mut flowtime_parse_options,
    name: *const c_char,
    name_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let name = text(name, name_length, "name")?;
            options.change(|options| Ok(options.name(name)))?;
            Ok(())
        })
    }
}

/// Takes reserved sections (topology, classes, traffic, window) with a warning instead of an error:
/// 1 or 0. Default 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_parse_options_set_ignore_reserved(
    options: *mut flowtime_parse_options,
    ignore: i32,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            let ignore = crate::arguments::choice(ignore, &[(0, false), (1, true)], "ignore")?;
            options.change(|options| Ok(options.ignore_reserved(ignore)))?;
            Ok(())
        })
    }
}

/// Sets a limit, one of flowtime_limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_parse_options_set_limit(
    options: *mut flowtime_parse_options,
    limit: i32,
    value: u64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = handle(options, "options")?;
            options.change(|options| {
                let limits = limits::with(options.limits, limit, value)?;
                Ok(options.limits(limits))
            })?;
            Ok(())
        })
    }
}

/// Frees options. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_parse_options_free(options: *mut flowtime_parse_options) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(options) }
}

/// Reads a model from the bytes of a YAML document.
///
/// `options` may be NULL. `out_warnings` may be NULL; otherwise it receives the warnings, which may be
/// none. FLOWTIME_STATUS_INVALID_MODEL, with everything that is wrong, when the document has errors;
/// bytes that are not UTF-8 are one of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_parse(
    text: *const c_char,
    text_length: usize,
    options: *const flowtime_parse_options,
    out_model: *mut *mut flowtime_model,
    out_warnings: *mut *mut flowtime_diagnostics,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let text = bytes(text, text_length, "text")?;
            let options = optional(options, "options")?;
            let out_model = out(out_model, "out_model")?;
            let out_warnings = optional_out(out_warnings, "out_warnings")?;
            let parsed = parsed(text, options)?;
            flowtime_model::give(parsed, out_model, out_warnings);
            Ok(())
        })
    }
}

/// As flowtime_model_parse(), from a text that ends with a NUL, with the default options and without
/// the warnings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_parse_cstr(
    text: *const c_char,
    out_model: *mut *mut flowtime_model,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let text = cstr(text, "text")?;
            let out_model = out(out_model, "out_model")?;
            let parsed = parsed(text, None)?;
            out_model.set(give(flowtime_model::new(parsed.model)));
            Ok(())
        })
    }
}

/// Checks a document completely, names and loops included, and gives everything that was found: none,
/// remarks, or errors. FLOWTIME_STATUS_OK says that it was checked, not that it is good;
/// flowtime_diagnostics_error_count() tells. `options` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_validate(
    text: *const c_char,
    text_length: usize,
    options: *const flowtime_parse_options,
    out_diagnostics: *mut *mut flowtime_diagnostics,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let text = bytes(text, text_length, "text")?;
            let options = optional(options, "options")?;
            let out_diagnostics = out(out_diagnostics, "out_diagnostics")?;
            let options = chosen(options)?;
            let checked = Model::parse(text, &options).and_then(|parsed| {
                parsed.model.compile()?;
                Ok(parsed)
            });
            let found = match &checked {
                Ok(parsed) => flowtime_diagnostics::new(&parsed.warnings, parsed.model.source_text()),
                Err(error) if error.kind() == ErrorKind::InvalidModel => {
                    flowtime_diagnostics::new(error.diagnostics(), error.source_text())
                }
                Err(error) => return Err(error.clone().into()),
            };
            out_diagnostics.set(give(found));
            Ok(())
        })
    }
}

/// Rewrites the spellings of older documents to the present form; comments and layout stay.
///
/// `out_changes` may be NULL; otherwise it receives what was changed, a line each, and is empty when the
/// document was up to date.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_migrate(
    text: *const c_char,
    text_length: usize,
    out_text: *mut *mut flowtime_text,
    out_changes: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let old = crate::arguments::text(text, text_length, "text")?;
            let out_text = out(out_text, "out_text")?;
            let out_changes = optional_out(out_changes, "out_changes")?;
            let migrated = flowtime_core::migrate(old)?;
            out_text.set(give(flowtime_text::new(migrated.text)));
            if out_changes.wanted() {
                out_changes.set(give(flowtime_text::new(migrated.changes.join("\n"))));
            }
            Ok(())
        })
    }
}

/// The JSON Schema of model documents.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_json_schema(
    out_text: *mut *mut flowtime_text,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let out_text = out(out_text, "out_text")?;
            out_text.set(give(flowtime_text::new(flowtime_core::json_schema())));
            Ok(())
        })
    }
}
