//! Every entry point, called as C calls it, for Miri (`make test-miri`): it watches each pointer that
//! crosses the border, and every allocation. What the calls mean is tested in C.

use crate::builder::*;
use crate::cancel::*;
use crate::diagnostics::*;
use crate::document::*;
use crate::error::*;
use crate::limits::flowtime_limit;
use crate::metadata::*;
use crate::model::*;
use crate::node::*;
use crate::options::*;
use crate::plan::*;
use crate::run::*;
use crate::runner::*;
use crate::status::*;
use crate::text::*;
use crate::version::*;
use crate::warnings::*;
use std::ffi::{CStr, c_char, c_void};
use std::ptr::{null, null_mut};

mod ensembles;

const MODEL: &CStr = c"schemaVersion: 1
grid: {bins: 3, binSize: 1, binUnit: hours, start: 2026-01-05T00:00:00Z}
metadata: {title: Dock}
nodes:
  - {id: a, kind: const, unit: jobs, description: Arrivals, values: [1, 2, 3]}
  - {id: c, kind: const, values: 2}
  - {id: p, kind: pmf, pmf: {values: [0, 1], probabilities: [0.5, 0.5]}}
  - {id: q, kind: expr, expr: 'MAX(0, SHIFT(q, 1) + a + p - c)'}
  - {id: u, kind: expr, expr: q / c}
";
const SERIES: usize = 5;
const BINS: usize = 3;

/// What a call that has to succeed puts into its out-parameter.
fn made<T>(call: impl FnOnce(*mut *mut T, *mut *mut flowtime_error) -> flowtime_status) -> *mut T {
    let (mut made, mut error) = (null_mut(), null_mut());
    assert_eq!(call(&mut made, &mut error), flowtime_status::OK);
    assert!(!made.is_null() && error.is_null());
    made
}

/// A call that has to succeed and makes nothing.
fn done(call: impl FnOnce(*mut *mut flowtime_error) -> flowtime_status) {
    let mut error = null_mut();
    assert_eq!(call(&mut error), flowtime_status::OK);
    assert!(error.is_null());
}

/// A call that has to fail; looks at the error and frees it.
fn fails(wanted: flowtime_status, call: impl FnOnce(*mut *mut flowtime_error) -> flowtime_status) {
    let mut error = null_mut();
    assert_eq!(call(&mut error), wanted);
    // SAFETY: a failure has made it.
    unsafe {
        assert_eq!(flowtime_error_status(error), wanted);
        assert!(!read(flowtime_error_message(error)).is_empty());
        assert_eq!(flowtime_error_offset(error) == usize::MAX, wanted != flowtime_status::INVALID_UTF8);
        look_at(flowtime_error_diagnostics(error));
        flowtime_error_free(error);
    }
}

/// A text and its length, as two arguments are given.
fn text(text: &str) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len())
}

/// Reads every byte of a view.
fn read(view: flowtime_str) -> String {
    if view.data.is_null() {
        return String::new();
    }
    // SAFETY: views have as many bytes as they say.
    let bytes = unsafe { std::slice::from_raw_parts(view.data.cast(), view.length) };
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Reads every number of a view.
fn numbers(view: flowtime_series) -> Vec<f64> {
    if view.data.is_null() {
        return Vec::new();
    }
    // SAFETY: views have as many numbers as they say.
    unsafe { std::slice::from_raw_parts(view.data, view.length) }.to_vec()
}

/// Reads a text both ways and frees it.
fn taken(text: *mut flowtime_text) -> String {
    // SAFETY: it is alive, and not used again.
    unsafe {
        let said = read(flowtime_text_view(text));
        assert_eq!(CStr::from_ptr(flowtime_text_cstr(text)).to_bytes(), said.as_bytes());
        flowtime_text_free(text);
        said
    }
}

/// Reads everything that diagnostics have, and past their ends.
fn look_at(list: *const flowtime_diagnostics) -> usize {
    // SAFETY: the list is alive.
    unsafe {
        let count = flowtime_diagnostics_count(list);
        assert!(flowtime_diagnostics_error_count(list) <= count);
        for index in 0..=count {
            let one = flowtime_diagnostics_at(list, index);
            assert_eq!(one.is_null(), index == count);
            assert_eq!(read(flowtime_diagnostic_code(one)).is_empty(), one.is_null());
            assert_eq!(flowtime_diagnostic_number(one) == 0, one.is_null());
            assert_eq!(read(flowtime_diagnostic_name(one)).is_empty(), one.is_null());
            assert_eq!(flowtime_diagnostic_severity(one) as i32 == 0, one.is_null());
            assert_eq!(read(flowtime_diagnostic_message(one)).is_empty(), one.is_null());
            read(flowtime_diagnostic_path(one));
            read(flowtime_diagnostic_help(one));
            let place = flowtime_diagnostic_place(one);
            assert!(place.start <= place.end);
            for label in 0..=flowtime_diagnostic_label_count(one) {
                read(flowtime_diagnostic_label_message(one, label));
                flowtime_diagnostic_label_place(one, label);
            }
        }
        taken(made(|out, error| flowtime_diagnostics_render(list, 0, out, error)));
        taken(made(|out, error| flowtime_diagnostics_json(list, out, error)));
        count
    }
}

fn model() -> *mut flowtime_model {
    // SAFETY: the text ends with a NUL.
    made(|out, error| unsafe { flowtime_model_parse_cstr(MODEL.as_ptr(), out, error) })
}

fn plan() -> *mut flowtime_plan {
    let model = model();
    // SAFETY: the model is alive until it is freed; the plan does not need it.
    unsafe {
        let plan = made(|out, error| flowtime_model_compile(model, out, error));
        flowtime_model_free(model);
        plan
    }
}

#[test]
fn constants() {
    // SAFETY: what they give is static.
    let name = |pointer| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap();
    assert_eq!(name(flowtime_version()), env!("CARGO_PKG_VERSION"));
    assert_eq!(name(flowtime_status_name(200)), "invalid model");
    assert_eq!(name(flowtime_status_name(i32::MIN)), "unknown");
    assert!(flowtime_version_number() > 0 && flowtime_abi_version() == 0);
}

#[test]
fn documents() {
    let (text_at, length) = (MODEL.as_ptr(), MODEL.to_bytes().len());
    let (name, name_length) = text("dock.yaml");
    // SAFETY: handles are alive, texts have their lengths.
    unsafe {
        let options = made(|out, error| flowtime_parse_options_new(out, error));
        done(|error| flowtime_parse_options_set_name(options, name, name_length, error));
        done(|error| flowtime_parse_options_set_ignore_reserved(options, 1, error));
        done(|error| flowtime_parse_options_set_limit(options, flowtime_limit::NODES as i32, 9, error));
        let mut warnings = null_mut();
        let model =
            made(|out, error| flowtime_model_parse(text_at, length, options, out, &mut warnings, error));
        assert_eq!(look_at(warnings), 0);
        flowtime_diagnostics_free(warnings);
        flowtime_model_free(model);
        let list = made(|out, error| flowtime_validate(text_at, length - 20, options, out, error));
        assert!(look_at(list) > 0);
        flowtime_diagnostics_free(list);
        flowtime_parse_options_free(options);

        let mut changes = null_mut();
        let new = made(|out, error| flowtime_migrate(text_at, length, out, &mut changes, error));
        assert_eq!(taken(new), MODEL.to_str().unwrap());
        assert_eq!(taken(changes), "");
        assert!(taken(made(|out, error| flowtime_json_schema(out, error))).starts_with('{'));

        let mut none = null_mut();
        let bad = c"schemaVersion: 1\ngrid: 5\nnodes: [{id: a, kind: const, values: 1}, {id: a}]\n".as_ptr();
        fails(flowtime_status::INVALID_MODEL, |error| flowtime_model_parse_cstr(bad, &mut none, error));
        let bytes = b"ab\xFF";
        let mut no_text = null_mut();
        fails(flowtime_status::INVALID_UTF8, |error| {
            flowtime_migrate(bytes.as_ptr().cast(), 3, &mut no_text, null_mut(), error)
        });
        assert!(none.is_null() && no_text.is_null());
    }
}

#[test]
fn models() {
    let model = model();
    let (id, id_length) = text("p");
    // SAFETY: the model is alive, texts have their lengths.
    unsafe {
        assert_eq!((flowtime_model_bins(model), flowtime_model_bin_size(model)), (3, 1));
        assert_eq!(flowtime_model_bin_unit(model) as i32, flowtime_bin_unit::HOURS as i32);
        assert_eq!((flowtime_model_bin_minutes(model), flowtime_model_seed(model)), (60, -1));
        assert_eq!(read(flowtime_model_start(model)), "2026-01-05T00:00:00Z");
        let start = taken(made(|out, error| flowtime_model_bin_start(model, 1, out, error)));
        assert_eq!(
            (start.as_str(), read(flowtime_model_title(model)).as_str()),
            ("2026-01-05T01:00:00Z", "Dock")
        );
        assert_eq!(
            (flowtime_model_node_count(model), flowtime_model_find(model, id, id_length)),
            (SERIES, 2)
        );
        for index in 0..=SERIES {
            let past = index == SERIES;
            assert_eq!(read(flowtime_model_node_id(model, index)).is_empty(), past);
            assert_eq!(flowtime_model_node_kind(model, index) as i32 == 0, past);
            assert_eq!(read(flowtime_model_node_unit(model, index)).is_empty(), index != 0);
            assert_eq!(read(flowtime_model_node_description(model, index)).is_empty(), index != 0);
            assert_eq!(read(flowtime_model_node_expr(model, index)).is_empty(), past || index < 3);
            assert_eq!(numbers(flowtime_model_node_values(model, index)).is_empty(), index >= 3);
            assert_eq!(numbers(flowtime_model_node_probabilities(model, index)).is_empty(), index != 2);
            assert_eq!(flowtime_model_node_policy(model, index) == 0, index != 2);
            assert!(read(flowtime_model_node_source(model, index)).is_empty());
        }
        let json = made(|out, error| flowtime_model_node_metadata_json(model, 0, out, error));
        assert_eq!(taken(json), "null");
        let json = made(|out, error| flowtime_model_metadata_json(model, out, error));
        assert_eq!(taken(json), r#"{"title":"Dock"}"#);
        assert_eq!(taken(made(|out, error| flowtime_model_provenance_json(model, out, error))), "null");
        let hash = taken(made(|out, error| flowtime_model_hash(model, out, error)));
        assert_ne!(taken(made(|out, error| flowtime_model_logic_hash(model, out, error))), hash);
        assert!(taken(made(|out, error| flowtime_model_to_yaml(model, out, error))).contains("Dock"));
        flowtime_model_free(model);
    }
}

#[test]
fn builders() {
    let (a, b, q) = (text("a"), text("b"), text("q"));
    let (start, file, expr) = (text("2026-01-05T00:00:00Z"), text("q.csv"), text("a + b + c"));
    let (values, chances) = ([1.0, 2.0], [0.5, 0.5]);
    // SAFETY: handles are alive, lists and texts have their lengths.
    unsafe {
        let hours = flowtime_bin_unit::HOURS as i32;
        let builder = made(|out, error| flowtime_model_builder_new(2, 1, hours, out, error));
        done(|error| flowtime_model_builder_set_start(builder, start.0, start.1, error));
        done(|error| flowtime_model_builder_set_seed(builder, 7, error));
        done(|error| flowtime_model_builder_set_limit(builder, flowtime_limit::NODES as i32, 9, error));
        done(|error| flowtime_model_builder_add_number(builder, a.0, a.1, 1.0, error));
        done(|error| flowtime_model_builder_add_series(builder, b.0, b.1, values.as_ptr(), 2, 0, error));
        let (c, d) = (values.as_ptr(), chances.as_ptr());
        done(|error| flowtime_model_builder_add_pmf(builder, c"c".as_ptr(), 1, c, d, 2, 0, error));
        done(|error| flowtime_model_builder_add_expr(builder, q.0, q.1, expr.0, expr.1, error));
        done(|error| flowtime_model_builder_add_output(builder, q.0, q.1, file.0, file.1, error));
        let model = made(|out, error| flowtime_model_builder_build(builder, out, error));
        fails(flowtime_status::INVALID_ARGUMENT, |error| {
            flowtime_model_builder_set_limit(builder, -1, 9, error)
        });
        flowtime_model_builder_free(builder);
        assert_eq!(flowtime_model_node_count(model), 4);
        flowtime_model_free(model);
    }
}

/// Gives numbers for `one`, says nothing about others.
unsafe extern "C" fn resolve(user_data: *mut c_void, source: flowtime_str, values: *mut flowtime_values) {
    // SAFETY: the user data is a counter, and `values` lives until this returns.
    unsafe {
        *user_data.cast::<usize>() += 1;
        if read(source) == "one" {
            done(|error| flowtime_values_set(values, [1.0].as_ptr(), 1, error));
        } else {
            let (message, length) = text("not here");
            done(|error| flowtime_values_fail(values, message, length, error));
        }
    }
}

#[test]
fn sources() {
    let mut asked = 0usize;
    let user_data = (&raw mut asked).cast();
    let with = |source: &str| {
        format!(
            "schemaVersion: 1\ngrid: {{bins: 1, binSize: 1, binUnit: hours}}\nnodes: [{{id: a, kind: const, source: {source}}}]\n\0"
        )
    };
    let (good, bad) = (with("one"), with("two"));
    // SAFETY: texts end with NULs, handles are alive.
    unsafe {
        let model = made(|out, error| flowtime_model_parse_cstr(good.as_ptr().cast(), out, error));
        let whole = made(|out, error| {
            flowtime_model_resolve_sources(model, Some(resolve), user_data, out, null_mut(), error)
        });
        flowtime_model_free(model);
        assert_eq!(numbers(flowtime_model_node_values(whole, 0)), [1.0]);
        flowtime_model_free(whole);
        let model = made(|out, error| flowtime_model_parse_cstr(bad.as_ptr().cast(), out, error));
        let mut none = null_mut();
        fails(flowtime_status::INVALID_MODEL, |error| {
            flowtime_model_resolve_sources(model, Some(resolve), user_data, &mut none, null_mut(), error)
        });
        flowtime_model_free(model);
    }
    assert_eq!(asked, 2);
}

#[test]
fn plans() {
    let plan = plan();
    let (id, id_length) = text("u");
    // SAFETY: the plan is alive, texts have their lengths.
    unsafe {
        assert_eq!((flowtime_plan_bins(plan), flowtime_plan_bin_size(plan)), (BINS, 1));
        assert_eq!((flowtime_plan_bin_unit(plan) as i32, flowtime_plan_seed(plan)), (2, -1));
        assert_eq!((flowtime_plan_node_count(plan), flowtime_plan_find(plan, id, id_length)), (SERIES, 4));
        assert_eq!((flowtime_plan_input_count(plan), flowtime_plan_output_count(plan)), (3, SERIES));
        for index in 0..=SERIES {
            assert_eq!(read(flowtime_plan_node_id(plan, index)).is_empty(), index == SERIES);
            assert_eq!(flowtime_plan_node_kind(plan, index) as i32 == 0, index == SERIES);
            assert_eq!(read(flowtime_plan_node_unit(plan, index)).is_empty(), index != 0);
            assert_eq!(flowtime_plan_node_is_input(plan, index), i32::from(index < 3));
            assert_eq!(read(flowtime_plan_input_id(plan, index)).is_empty(), index >= 3);
            assert_eq!(read(flowtime_plan_output_id(plan, index)).is_empty(), index == SERIES);
            assert_eq!(read(flowtime_plan_output_file(plan, index)).is_empty(), index == SERIES);
        }
        let edges = flowtime_plan_edge_count(plan);
        let lags: u64 = (0..=edges).map(|index| flowtime_plan_edge_lag(plan, index)).sum();
        assert!(edges >= 5 && lags == 1);
        assert_eq!(read(flowtime_plan_edge_reader(plan, edges - 1)), "u");
        assert!(!read(flowtime_plan_edge_read(plan, 0)).is_empty());
        assert!(taken(made(|out, error| flowtime_plan_describe(plan, out, error))).contains("5 nodes"));
        flowtime_plan_free(plan);
    }
}

/// Counts, and answers with what stands after the counter.
unsafe extern "C" fn progress(done: f64, user_data: *mut c_void) -> i32 {
    assert!((0.0..=1.0).contains(&done));
    // SAFETY: the user data is two numbers.
    let [calls, answer] = unsafe { &mut *user_data.cast::<[i32; 2]>() };
    *calls += 1;
    *answer
}

#[test]
fn runs() {
    let plan = plan();
    let (a, c, u) = (text("a"), text("c"), text("u"));
    let (series, mut copy) = ([3.0, 2.0, 1.0], [0.0; BINS]);
    let mut watched = [0i32; 2];
    // SAFETY: handles are alive, lists and texts have their lengths, the user data outlives the runs.
    unsafe {
        let options = made(|out, error| flowtime_run_options_new(out, error));
        let cancel = made(|out, error| flowtime_cancel_new(out, error));
        done(|error| flowtime_run_options_set_seed(options, 3, error));
        done(|error| flowtime_run_options_set_number(options, c.0, c.1, 0.0, error));
        done(|error| flowtime_run_options_set_series(options, a.0, a.1, series.as_ptr(), 3, error));
        done(|error| flowtime_run_options_keep(options, u.0, u.1, error));
        done(|error| flowtime_run_options_set_limit(options, flowtime_limit::BINS as i32, 9, error));
        done(|error| flowtime_run_options_set_cancel(options, cancel, error));
        let user_data = (&raw mut watched).cast();
        done(|error| flowtime_run_options_set_progress(options, Some(progress), user_data, error));
        let run = made(|out, error| flowtime_plan_run(plan, options, out, error));
        assert!((*user_data.cast::<[i32; 2]>())[0] > 0);
        assert_eq!(
            (flowtime_run_seed(run), flowtime_run_bins(run), flowtime_run_series_count(run)),
            (3, BINS, 1)
        );
        assert_eq!(
            (read(flowtime_run_series_id(run, 0)), read(flowtime_run_series_id(run, 1))),
            ("u".into(), "".into())
        );
        assert_eq!(numbers(flowtime_run_series_at(run, 0)), [0.0; BINS]);
        let mut view = flowtime_series::of(&[]);
        done(|error| flowtime_run_series(run, u.0, u.1, &mut view, error));
        done(|error| flowtime_run_copy_series(run, u.0, u.1, copy.as_mut_ptr(), BINS, error));
        assert_eq!(numbers(view), copy);
        let warnings = flowtime_run_warnings(run);
        assert_eq!(flowtime_warnings_count(warnings), 1);
        for index in 0..2 {
            assert_eq!(read(flowtime_warnings_message(warnings, index)).is_empty(), index == 1);
            assert_eq!(read(flowtime_warnings_node(warnings, index)).is_empty(), index == 1);
            assert_eq!(flowtime_warnings_bins(warnings, index), if index == 0 { 3 } else { 0 });
        }
        let model = model();
        let found = made(|out, error| flowtime_run_findings(run, model, out, error));
        assert!(look_at(found) > 0);
        flowtime_diagnostics_free(found);
        flowtime_model_free(model);
        let again = made(|out, error| flowtime_run_plan(run, out, error));
        flowtime_run_free(run);
        flowtime_plan_free(plan);

        // A run that its progress function stops, and one that is cancelled.
        let mut none = null_mut();
        (*user_data.cast::<[i32; 2]>())[1] = 1;
        fails(flowtime_status::CANCELLED, |error| flowtime_plan_run(again, options, &mut none, error));
        (*user_data.cast::<[i32; 2]>())[1] = 0;
        done(|error| flowtime_cancel_request(cancel, error));
        assert_eq!(flowtime_cancel_is_requested(cancel), 1);
        flowtime_cancel_free(cancel);
        fails(flowtime_status::CANCELLED, |error| flowtime_plan_run(again, options, &mut none, error));
        assert!(none.is_null());
        flowtime_run_options_free(options);
        flowtime_plan_free(again);
    }
}

#[test]
fn runners() {
    let plan = plan();
    let (a, c, q) = (text("a"), text("c"), text("q"));
    let inputs = [1.0, 2.0, 3.0, 2.0];
    // SAFETY: handles are alive, lists and texts have their lengths.
    unsafe {
        let runner = made(|out, error| flowtime_runner_new(plan, null(), out, error));
        flowtime_plan_free(plan);
        assert_eq!((flowtime_runner_bins(runner), flowtime_runner_series_count(runner)), (BINS, SERIES));
        assert_eq!(
            (read(flowtime_runner_series_id(runner, 3)), read(flowtime_runner_series_id(runner, 5))),
            ("q".into(), "".into())
        );
        done(|error| flowtime_runner_set_seed(runner, 1, error));
        done(|error| flowtime_runner_set_number(runner, c.0, c.1, 2.0, error));
        done(|error| flowtime_runner_set_series(runner, a.0, a.1, inputs.as_ptr(), BINS, error));
        done(|error| flowtime_runner_run(runner, error));
        let mut view = flowtime_series::of(&[]);
        done(|error| flowtime_runner_series(runner, q.0, q.1, &mut view, error));
        let wanted = numbers(view);
        let (number, series) = (flowtime_input_shape::NUMBER as i32, flowtime_input_shape::SERIES as i32);
        done(|error| flowtime_runner_bind(runner, a.0, a.1, series, error));
        done(|error| flowtime_runner_bind(runner, c.0, c.1, number, error));

        // Memory that nobody has written to, as C has it, from a pointer to each series of its own.
        let mut memory = Box::<[f64]>::new_uninit_slice(SERIES * BINS);
        let outputs = memory.as_mut_ptr().cast::<f64>();
        done(|error| flowtime_runner_run_into(runner, inputs.as_ptr(), 4, outputs, SERIES * BINS, error));
        assert_eq!(std::slice::from_raw_parts(outputs.add(3 * BINS), BINS), wanted);
        let places: Vec<*mut f64> = (0..SERIES).rev().map(|number| outputs.add(number * BINS)).collect();
        done(|error| {
            flowtime_runner_run_into_each(runner, inputs.as_ptr(), 4, places.as_ptr(), SERIES, BINS, error)
        });
        assert_eq!(std::slice::from_raw_parts(outputs.add(BINS), BINS), wanted);
        let twice = [outputs; SERIES];
        fails(flowtime_status::INVALID_ARGUMENT, |error| {
            flowtime_runner_run_into_each(runner, inputs.as_ptr(), 4, twice.as_ptr(), SERIES, BINS, error)
        });
        fails(flowtime_status::INVALID_ARGUMENT, |error| {
            flowtime_runner_run_into(runner, inputs.as_ptr(), 3, outputs, SERIES * BINS, error)
        });
        let warnings = made(|out, error| flowtime_runner_warnings(runner, out, error));
        assert_eq!(flowtime_warnings_count(warnings), 0);
        flowtime_warnings_free(warnings);
        flowtime_runner_free(runner);
    }
}

#[test]
fn series_of_more_than_a_tile() {
    const LONG: usize = 70;
    let document = c"schemaVersion: 1
grid: {bins: 70, binSize: 1, binUnit: hours}
nodes: [{id: a, kind: const, values: [1, 2]}, {id: b, kind: expr, expr: 'SHIFT(b, 1) + a'}]
";
    // SAFETY: the text ends with a NUL, handles are alive, there is room for both series.
    unsafe {
        let model = made(|out, error| flowtime_model_parse_cstr(document.as_ptr(), out, error));
        let plan = made(|out, error| flowtime_model_compile(model, out, error));
        let runner = made(|out, error| flowtime_runner_new(plan, null(), out, error));
        let mut memory = Box::<[f64]>::new_uninit_slice(2 * LONG);
        let outputs = memory.as_mut_ptr().cast::<f64>();
        done(|error| flowtime_runner_run_into(runner, null(), 0, outputs, 2 * LONG, error));
        assert_eq!(*outputs.add(2 * LONG - 1), 105.0);
        flowtime_runner_free(runner);
        flowtime_plan_free(plan);
        flowtime_model_free(model);
    }
}

/// What C hands to another thread.
#[derive(Clone, Copy)]
struct Shared(*const flowtime_plan);

// SAFETY: the header says that threads may share plans.
unsafe impl Send for Shared {}

#[test]
fn plans_are_shared_by_threads() {
    let plan = plan();
    let shared = Shared(plan);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(move || {
                let Shared(plan) = { shared };
                // SAFETY: the plan lives until the threads have ended.
                unsafe {
                    let run = made(|out, error| flowtime_plan_run(plan, null(), out, error));
                    assert_eq!(numbers(flowtime_run_series_at(run, 0)), [1.0, 2.0, 3.0]);
                    flowtime_run_free(run);
                }
            });
        }
    });
    // SAFETY: nobody uses it any more.
    unsafe { flowtime_plan_free(plan) };
}
