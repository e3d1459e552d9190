//! Where the registry is when nobody says.

use std::path::PathBuf;

/// The root of the registry: what was given, else `FLOWTIME_ARTIFACTS_ROOT`, else `FLOWTIME_DATA_DIR`, else `data`
/// in the folder of the process. An empty variable counts as none.
///
/// ```
/// use flowtime_registry::artifacts_root;
/// assert_eq!(artifacts_root(Some("here".into())), std::path::PathBuf::from("here"));
/// ```
pub fn artifacts_root(given: Option<PathBuf>) -> PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given
        .or_else(|| variable("FLOWTIME_ARTIFACTS_ROOT"))
        .or_else(|| variable("FLOWTIME_DATA_DIR"))
        .unwrap_or_else(|| PathBuf::from("data"))
}
