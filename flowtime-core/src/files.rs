//! Names of the files that outputs are written to.

use crate::names::quoted;

/// The most bytes that file systems agree on.
const MOST_BYTES: usize = 255;

/// The file of a series that does not say otherwise.
pub(crate) fn default_name(id: &str) -> String {
    if is_device(id) { format!("_{id}.csv") } else { format!("{id}.csv") }
}

/// Two names with the same key are the same file on some systems.
pub(crate) fn key(name: &str) -> String {
    name.to_lowercase()
}

/// What is wrong with a file name, and what to do.
pub(crate) fn check(name: &str) -> Result<(), (String, &'static str)> {
    let shown = quoted(name);
    let refuse = |why: &str, help| Err((format!("`{shown}` {why}"), help));
    if name.is_empty() {
        return Err(("the file name is empty".to_owned(), "leave `as` out for `<id>.csv`"));
    }
    if name.contains(['/', '\\']) {
        return refuse(
            "is not a bare file name: it has a folder in it",
            "name the file only; where it goes is said when the model runs",
        );
    }
    if name.contains("..") {
        return refuse("has `..` in it", "name the file without `..`");
    }
    if name.contains(':') {
        return refuse("has a `:` in it, which names a drive or a stream on Windows", "use `_` instead");
    }
    if name.chars().any(char::is_control) {
        return refuse("has a control character in it", "remove it");
    }
    if !name.ends_with(".csv") {
        return refuse("does not end in `.csv`", "add `.csv`; series are written as CSV");
    }
    if name.len() > MOST_BYTES {
        return Err((
            format!("the file name has {} bytes, and at most {MOST_BYTES} are allowed", name.len()),
            "shorten it",
        ));
    }
    if is_device(name) {
        return refuse(
            "is a name that Windows keeps for a device, whatever its extension",
            "put a `_` before it",
        );
    }
    Ok(())
}

/// Does Windows take the part before the first dot for a device?
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_lowercase();
    match stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt")) {
        Some(number) => {
            let mut digits = number.chars();
            matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
        }
        None => matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names() {
        for good in
            ["a.csv", "a b.csv", "größe.csv", "a.b.csv", "console.csv", "com10.csv", "_con.csv", "a.CSV.csv"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let long = format!("{}.csv", "x".repeat(252));
        for bad in [
            "",
            "../a.csv",
            "a/b.csv",
            "a\\b.csv",
            "/a.csv",
            "C:a.csv",
            "a..csv",
            "a\n.csv",
            "a.txt",
            "a.CSV",
            "con.csv",
            "NUL.x.csv",
            "Com1.csv",
            "lpt9 .csv",
            "com¹.csv",
            "csv",
            &long,
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert_eq!(check(&long[1..]), Ok(()));
        assert_eq!(default_name("Aux"), "_Aux.csv");
        assert_eq!(default_name("auxiliary"), "auxiliary.csv");
    }
}
