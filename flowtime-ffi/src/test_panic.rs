//! A panic for tests; only with the feature `test-panic`, and in no header.

use crate::error::flowtime_error;
use crate::guard::guard;
use crate::options::flowtime_run_options;
use crate::status::flowtime_status;

/// Panics, with `options` in use unless it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn flowtime_test_panic(
    options: *mut flowtime_run_options,
    out_error: *mut *mut flowtime_error,
) -> flowtime_status {
    // SAFETY: the contract of the header.
    unsafe {
        guard(out_error, || {
            let options = crate::arguments::optional(options, "options")?;
            let _entered = options.map(|options| options.state.enter("run options")).transpose()?;
            panic!("a panic that was asked for");
        })
    }
}
