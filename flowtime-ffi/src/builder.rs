//! Models put together in code.

use crate::arguments::{choice, handle, numbers, out, text};
use crate::error::{Failure, flowtime_error};
use crate::guard::{self, guard};
use crate::handle::{Exclusive, give};
use crate::limits;
use crate::model::flowtime_model;
use crate::node::{BIN_UNITS, CONST_POLICIES, PMF_POLICIES};
use crate::status::flowtime_status;
use flowtime_core::{Limits, ModelBuilder};
use std::ffi::c_char;

/// Builds a model without a document. Everything is checked by flowtime_model_builder_build().
pub struct flowtime_model_builder {
    state: Exclusive<State>,
}

struct State {
    /// Absent only while a step is being added.
    builder: Option<ModelBuilder>,
    limits: Limits,
}

impl flowtime_model_builder {
    /// Adds a step.
    fn add(&self, step: impl FnOnce(ModelBuilder) -> ModelBuilder) -> Result<(), Failure> {
        let mut state = self.state.enter("model builder")?;
        state.builder = state.builder.take().map(step);
        Ok(())
    }
}

/// Begins a model on a grid of `bins` bins, each `bin_size` times `bin_unit` (a flowtime_bin_unit) long.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_new(
    bins: usize,
    bin_size: u32,
    bin_unit: i32,
    out_builder: *mut *mut flowtime_model_builder,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let bin_unit = choice(bin_unit, BIN_UNITS, "bin_unit")?;
            let out_builder = out(out_builder, "out_builder")?;
            let builder = Some(ModelBuilder::new(bins, bin_size, bin_unit));
            let state = Exclusive::new(State { builder, limits: Limits::default() });
            out_builder.set(give(flowtime_model_builder { state }));
            Ok(())
        })
    }
}

/// Says when bin 0 starts, in UTC: "2026-01-05T00:00:00Z".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_set_start(
    builder: *mut flowtime_model_builder,
    start: *const c_char,
    start_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let builder = handle(builder, "builder")?;
            let start = text(start, start_length, "start")?;
            builder.add(|builder| builder.start(start))?;
            Ok(())
        })
    }
}

/// Says what the random numbers start from, 0 to 2147483647.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_set_seed(
    builder: *mut flowtime_model_builder,
    seed: u64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let builder = handle(builder, "builder")?;
            builder.add(|builder| builder.seed(seed))?;
            Ok(())
        })
    }
}

/// Sets a limit, one of flowtime_limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_set_limit(
    builder: *mut flowtime_model_builder,
    limit: i32,
    value: u64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let builder = handle(builder, "builder")?;
            let mut state = builder.state.enter("model builder")?;
            let limits = limits::with(state.limits, limit, value)?;
            state.limits = limits;
            state.builder = state.builder.take().map(|builder| builder.limits(limits));
            Ok(())
        })
    }
}

/// Adds a const node that is the same number in every bin.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_add_number(
    builder: *mut flowtime_model_builder,
    id: *const c_char,
    id_length: usize,
    number: f64,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let builder = handle(builder, "builder")?;
            let id = text(id, id_length, "id")?;
            builder.add(|builder| builder.constant(id, number))?;
            Ok(())
        })
    }
}

/// Adds a const node of several numbers, which are copied and laid over the grid as `policy` (a
/// flowtime_const_policy) says; NaN is a missing number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_add_series(
    builder: *mut flowtime_model_builder,
    id: *const c_char,
    id_length: usize,
    values: *const f64,
    values_length: usize,
    policy: i32,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let builder = handle(builder, "builder")?;
            let id = text(id, id_length, "id")?;
            let values = numbers(values, values_length, "values")?;
            let policy = choice(policy, CONST_POLICIES, "policy")?;
            builder.add(|builder| match policy {
                Some(policy) => builder.constant_with(id, values, policy),
                None => builder.constant(id, values),
            })?;
            Ok(())
        })
    }
}

/// Adds a formula over other nodes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_add_expr(
    builder: *mut flowtime_model_builder,
    id: *const c_char,
    id_length: usize,
    expr: *const c_char,
    expr_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let builder = handle(builder, "builder")?;
            let id = text(id, id_length, "id")?;
            let expr = text(expr, expr_length, "expr")?;
            builder.add(|builder| builder.expr(id, expr))?;
            Ok(())
        })
    }
}

/// Adds a probability mass function: `length` values and as many probabilities, which are copied, and how
/// it becomes a series (a flowtime_pmf_policy).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_add_pmf(
    builder: *mut flowtime_model_builder,
    id: *const c_char,
    id_length: usize,
    values: *const f64,
    probabilities: *const f64,
    length: usize,
    policy: i32,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let builder = handle(builder, "builder")?;
            let id = text(id, id_length, "id")?;
            let values = numbers(values, length, "values")?;
            let probabilities = numbers(probabilities, length, "probabilities")?;
            let policy = choice(policy, PMF_POLICIES, "policy")?;
            builder.add(|builder| match policy {
                Some(policy) => builder.pmf_with_policy(id, values, probabilities, policy),
                None => builder.pmf(id, values, probabilities),
            })?;
            Ok(())
        })
    }
}

/// Writes a series to a file when hosts write files; without any output, every node is written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_add_output(
    builder: *mut flowtime_model_builder,
    series: *const c_char,
    series_length: usize,
    file: *const c_char,
    file_length: usize,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let builder = handle(builder, "builder")?;
            let series = text(series, series_length, "series")?;
            let file = text(file, file_length, "file")?;
            builder.add(|builder| builder.output(series, file))?;
            Ok(())
        })
    }
}

/// The model, if nothing is wrong with it. The builder stays as it is, and can be built upon.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_build(
    builder: *const flowtime_model_builder,
    out_model: *mut *mut flowtime_model,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let builder = handle(builder, "builder")?;
            let out_model = out(out_model, "out_model")?;
            let state = builder.state.enter("model builder")?;
            let built = state.builder.clone().map(ModelBuilder::build).transpose()?;
            let model =
                built.ok_or_else(|| Failure::new(flowtime_status::INTERNAL, "the model builder is empty"))?;
            out_model.set(give(flowtime_model::new(model)));
            Ok(())
        })
    }
}

/// Frees a builder. NULL is fine. Models that it built go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_model_builder_free(builder: *mut flowtime_model_builder) {
    // SAFETY: the contract of the header.
    unsafe { guard::free(builder) }
}
