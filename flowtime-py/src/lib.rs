//! `flowtime._native`: the engine as frozen Python objects, made pleasant by the package around it.
//!
//! Every class is frozen and holds something immutable, so there is nothing to lock and no borrow that
//! could fail, with or without the interpreter's lock. What may take long goes through
//! `runtime::enter_core`; numbers go in and out through `array`.

mod array;
mod arrow;
mod asked;
mod command;
mod crew;
mod csv;
mod ensemble;
mod error;
mod files;
mod function;
mod limits;
mod model;
mod picture;
mod plan;
mod reduce;
mod run;
mod runtime;
mod template;
mod tree;
mod workspace;

use pyo3::pymodule;

/// The native half of flowtime; use the package instead.
#[pymodule(name = "_native")]
mod native {
    use flowtime_core::Limits;
    use pyo3::prelude::*;
    use pyo3::types::PyTuple;

    #[pymodule_export]
    use crate::arrow::stream;
    #[pymodule_export]
    use crate::command::command;
    #[pymodule_export]
    use crate::ensemble::Ensemble;
    #[pymodule_export]
    use crate::function::{Function, function};
    #[pymodule_export]
    use crate::model::{Model, assemble, assemble_unwritten, parse, restore};
    #[pymodule_export]
    use crate::picture::{charts, fan, readable, sparkline, sparkline_text};
    #[pymodule_export]
    use crate::plan::{Plan, checked_seed, grid_points, scenario_seed, scenario_seeds};
    #[pymodule_export]
    use crate::run::Run;
    #[pymodule_export]
    use crate::template::{Template, choose_provenance, parse_template, shipped_template, template_ids};
    #[pymodule_export]
    use crate::workspace::{Workspace, workspace, write_file};

    #[pymodule_export]
    const ENGINE_VERSION: &str = flowtime_core::provenance::ENGINE_VERSION;
    #[pymodule_export]
    const SEMANTICS_VERSION: u32 = flowtime_core::provenance::SEMANTICS_VERSION;
    #[pymodule_export]
    const DEBUG_BUILD: bool = cfg!(debug_assertions);

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("DOCUMENT_BYTES", Limits::default().document_bytes)?;
        module.add("LIMITS", PyTuple::new(module.py(), Limits::NAMES)?)
    }
}
