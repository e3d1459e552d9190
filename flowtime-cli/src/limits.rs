//! `--limit NAME=NUMBER`: how large a model and its run may be.

use flowtime_core::Limits;
use flowtime_core::diagnostics::Diagnostic;

/// A limit that the command line sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    name: &'static str,
    value: u64,
}

/// The limits of a command line: the usual ones, but for those that it sets.
pub(crate) fn all(given: &[Limit]) -> Limits {
    given.iter().fold(Limits::default(), |limits, limit| {
        // The name was taken from the list.
        limits.named(limit.name, limit.value).unwrap_or(limits)
    })
}

/// How to set a limit, for those who hear of one.
pub(crate) const ADVICE: &str = "`--limit NAME=NUMBER` sets a limit, such as `--limit nodes=500000`";

/// The advice, if it helps against what was found.
pub(crate) fn advice(found: &[Diagnostic]) -> Option<&'static str> {
    let named = |d: &Diagnostic| d.help.as_ref().is_some_and(|help| help.contains("raise the limit `"));
    found.iter().any(named).then_some(ADVICE)
}

/// Reads `nodes=500000`, `operations=1e13`, `result_bytes=16GiB`.
pub(crate) fn read(text: &str) -> Result<Limit, String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=NUMBER, such as nodes=500000")?;
    let name = Limits::NAMES
        .iter()
        .find(|known| known.replace('_', "-") == name.trim().replace('_', "-"))
        .ok_or_else(|| format!("there is no limit `{name}`: the limits are {}", Limits::NAMES.join(", ")))?;
    let value = number(value.trim())
        .ok_or_else(|| format!("`{value}` is no number: write one such as 500000, 1e13 or 16GiB"))?;
    Ok(Limit { name, value })
}

/// A number of things, or of bytes with a unit.
fn number(text: &str) -> Option<u64> {
    const UNITS: [(&str, f64); 4] =
        [("KiB", 1024.0), ("MiB", 1048576.0), ("GiB", 1073741824.0), ("TiB", 1099511627776.0)];
    let unit = UNITS.into_iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?.trim_end(), size)));
    let (digits, size) = unit.unwrap_or((text, 1.0));
    let digits = digits.replace('_', "");
    if let (Ok(whole), true) = (digits.parse(), size == 1.0) {
        return Some(whole);
    }
    let number = digits.parse::<f64>().ok()? * size;
    (digits.starts_with(|c: char| c.is_ascii_digit()) && number.is_finite()).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_units() {
        let limit = |name, value| Ok(Limit { name, value });
        assert_eq!(read("nodes=500_000"), limit("nodes", 500_000));
        assert_eq!(read("result-bytes = 1.5 GiB"), limit("result_bytes", 3 << 29));
        assert_eq!(read("operations=1e13"), limit("operations", 10_000_000_000_000));
        assert_eq!(read("bins=18446744073709551615"), limit("bins", u64::MAX));
        assert_eq!(read("bins=1e300"), limit("bins", u64::MAX));
        for wrong in
            ["nodes", "clouds=1", "nodes=", "nodes=many", "nodes=-1", "nodes=inf", "nodes=nan", "bins=5GB"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("clouds=1").unwrap_err().contains("document_bytes, alias_expansion"));
        let limits = all(&[read("nodes=7").unwrap(), read("bins=8").unwrap(), read("nodes=9").unwrap()]);
        assert_eq!(limits, Limits::default().max_nodes(9).max_bins(8));
    }
}
