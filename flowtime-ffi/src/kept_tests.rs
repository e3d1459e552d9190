//! Templates and the workspace, called as C calls them; see `tests`. What the calls mean is tested in C.

use crate::error::*;
use crate::model::*;
use crate::options::*;
use crate::run::*;
use crate::status::*;
use crate::template::*;
use crate::text::*;
use crate::workspace::*;
use std::ffi::c_char;
use std::ptr::{null, null_mut};

const DESK: &str = "schemaVersion: 1
metadata: {id: desk, title: A desk, version: 1.0.0}
parameters: [{name: staff, type: integer, default: 2, min: 1, max: 9}]
grid: {bins: 2, binSize: 1, binUnit: hours}
nodes: [{id: a, kind: const, values: [9, 12]}, {id: q, kind: expr, expr: 'QUEUE(a, 4 * ${staff})'}]
";

fn made<T>(call: impl FnOnce(*mut *mut T, *mut *mut flowtime_error) -> flowtime_status) -> *mut T {
    let (mut made, mut error) = (null_mut(), null_mut());
    assert_eq!(call(&mut made, &mut error), flowtime_status::OK);
    assert!(!made.is_null() && error.is_null());
    made
}

fn fails(wanted: flowtime_status, call: impl FnOnce(*mut *mut flowtime_error) -> flowtime_status) {
    let mut error = null_mut();
    assert_eq!(call(&mut error), wanted);
    // SAFETY: a failure has made it.
    unsafe { flowtime_error_free(error) };
}

fn of(text: &str) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len())
}

/// What a text says, which is freed.
fn taken(text: *mut flowtime_text) -> String {
    // SAFETY: the text lives until it is freed, and is not used afterwards.
    unsafe {
        let view = flowtime_text_view(text);
        let copy = String::from_utf8_lossy(std::slice::from_raw_parts(view.data.cast(), view.length));
        let copy = copy.into_owned();
        flowtime_text_free(text);
        copy
    }
}

fn generated(staff: &str) -> *mut flowtime_model {
    let ((text, length), (values, values_length)) = (of(DESK), of(staff));
    // SAFETY: texts have their lengths, handles are alive.
    unsafe {
        let template = made(|out, error| flowtime_template_parse(text, length, null(), out, error));
        assert_eq!(flowtime_template_id(template).length, 4);
        assert_eq!(flowtime_template_version(template).length, 5);
        let form = made(|out, error| flowtime_template_parameter_form(template, out, error));
        assert!(taken(form).contains("\"staff\""));
        let mut facts = null_mut();
        let model = made(|out, error| {
            let facts = &raw mut facts;
            flowtime_template_generate(
                template,
                values,
                values_length,
                null(),
                0,
                null(),
                0,
                out,
                facts,
                error,
            )
        });
        assert!(taken(facts).contains("\"model_id\":\"desk_"));
        flowtime_template_free(template);
        model
    }
}

#[test]
fn templates() {
    let (id, length) = of("desk");
    // SAFETY: texts have their lengths, handles are alive.
    unsafe {
        flowtime_model_free(generated("{\"staff\": 3}"));
        fails(flowtime_status::NOT_FOUND, |error| {
            flowtime_template_shipped(id, length, &mut null_mut(), error)
        });
    }
}

#[test]
#[cfg_attr(miri, ignore = "it reads long documents, which takes Miri minutes")]
fn shipped_templates() {
    let (id, length) = of("supply-chain");
    // SAFETY: texts have their lengths, handles are alive.
    unsafe {
        assert!(taken(made(|out, error| flowtime_templates(out, error))).contains("\"supply-chain\""));
        flowtime_template_free(made(|out, error| flowtime_template_shipped(id, length, out, error)));
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri lets no program at files")]
fn a_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let (root, root_length) = of(folder.path().to_str().unwrap());
    // SAFETY: texts have their lengths, handles are alive.
    unsafe {
        let workspace = made(|out, error| flowtime_workspace_open(root, root_length, out, error));
        let model = generated("{\"staff\": 3}");
        let stored =
            taken(made(|out, error| flowtime_workspace_put_model(workspace, model, null(), 0, out, error)));
        flowtime_model_free(model);
        let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
        let (id, id_length) = of(stored["model_id"].as_str().unwrap());
        let (query, query_length) = of("{\"kind\": \"model\", \"limit\": 5}");
        let list =
            taken(made(|out, error| flowtime_workspace_list(workspace, query, query_length, out, error)));
        assert!(list.contains("\"total\":1"));
        let entry = taken(made(|out, error| flowtime_workspace_get(workspace, id, id_length, out, error)));
        assert!(entry.contains("\"run_count\":0"));
        flowtime_model_free(made(|out, error| {
            flowtime_workspace_model(workspace, id, id_length, out, error)
        }));
        let options = made(|out, error| flowtime_run_options_new(out, error));
        assert_eq!(flowtime_run_options_set_seed(options, 7, null_mut()), flowtime_status::OK);
        let mut run = null_mut();
        let told = taken(made(|out, error| {
            let run = &raw mut run;
            flowtime_workspace_run(
                workspace,
                id,
                id_length,
                null(),
                options,
                null(),
                0,
                1,
                0,
                run,
                out,
                error,
            )
        }));
        assert_eq!((flowtime_run_seed(run), flowtime_run_series_count(run)), (7, 2));
        flowtime_run_free(run);
        flowtime_run_options_free(options);
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let (run_id, run_length) = of(told["run_id"].as_str().unwrap());
        let trace =
            taken(made(|out, error| flowtime_workspace_trace(workspace, run_id, run_length, out, error)));
        assert!(trace.contains("\"staff\":3"));
        fails(flowtime_status::NOT_FOUND, |error| {
            flowtime_workspace_get(workspace, id, id_length - 1, &mut null_mut(), error)
        });
        flowtime_workspace_free(workspace);
    }
}
