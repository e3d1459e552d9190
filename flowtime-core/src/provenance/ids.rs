//! Names of models and runs.

use super::SEMANTICS_VERSION;
use super::hash::document_hash;
use crate::Value;

/// The most characters that an id may have.
pub const MAX_ID_LENGTH: usize = 127;

/// The most characters that a slug may have: an id has room for a hash and a version beside it.
const MAX_SLUG_LENGTH: usize = 100;

/// The largest integer up to which float64 holds every integer.
const MAX_EXACT: u64 = 1 << 53;

/// Whether a text may be an id, and so the name of a folder.
///
/// Ids match `[A-Za-z0-9][A-Za-z0-9._-]{0,126}` and do not contain `..`.
///
/// ```
/// use flowtime_core::provenance::valid_id;
/// assert!(valid_id("checkout-baseline_1f3a9c02b7d4"));
/// assert!(!valid_id("../checkout"));
/// ```
pub fn valid_id(id: &str) -> bool {
    id.len() <= MAX_ID_LENGTH
        && id.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        && !id.contains("..")
}

/// A name as part of an id: lower-case letters and digits, everything else one hyphen between them.
///
/// At most 100 characters; a name without any letter or digit of ASCII is `model`.
///
/// ```
/// use flowtime_core::provenance::slug;
/// assert_eq!(slug("Checkout, baseline (v2)"), "checkout-baseline-v2");
/// ```
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    let mut gap = false;
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            gap = true;
            continue;
        }
        let separator = gap && !slug.is_empty();
        if slug.len() + usize::from(separator) >= MAX_SLUG_LENGTH {
            break;
        }
        if separator {
            slug.push('-');
        }
        gap = false;
        slug.push(character.to_ascii_lowercase());
    }
    if slug.is_empty() { "model".to_owned() } else { slug }
}

/// The id of a model: the [`slug`] of its name and the first 12 hex digits of a hash.
///
/// The hash is the model's `inputs_hash`, or its `model_hash` when there is no template. There is no
/// time in it: the same name and hash give the same id.
///
/// ```
/// use flowtime_core::provenance::model_id;
/// assert_eq!(model_id("Checkout baseline", "sha256:1f3a9c02b7d4e5"), "checkout-baseline_1f3a9c02b7d4");
/// ```
pub fn model_id(name: &str, hash: &str) -> String {
    format!("{}_{}", slug(name), digits(hash, 12))
}

/// The id of a deterministic run: the same computation, seed and overrides give the same id.
///
/// `overrides` maps the names of inputs to a number or a list of numbers; nothing and an empty
/// mapping are the same. A seed above 2^53 is hashed as text, because canonical JSON would round it.
///
/// ```
/// use flowtime_core::{Value, provenance::run_id};
/// let id = run_id("sha256:00", 42, &Value::Null);
/// assert_eq!(id, run_id("sha256:00", 42, &Value::Object(Vec::new())));
/// assert_ne!(id, run_id("sha256:00", 43, &Value::Null));
/// assert_eq!(id.len(), "run_".len() + 16);
/// ```
pub fn run_id(model_hash: &str, seed: u64, overrides: &Value) -> String {
    let seed = match i64::try_from(seed) {
        Ok(seed) if seed.unsigned_abs() <= MAX_EXACT => Value::Integer(seed),
        _ => Value::String(seed.to_string()),
    };
    let overrides = match overrides {
        Value::Null => Value::Object(Vec::new()),
        overrides => overrides.clone(),
    };
    let run = Value::Object(vec![
        ("model_hash".to_owned(), Value::String(model_hash.to_owned())),
        ("seed".to_owned(), seed),
        ("overrides".to_owned(), overrides),
        ("semantics".to_owned(), Value::Integer(SEMANTICS_VERSION.into())),
    ]);
    format!("run_{}", digits(&document_hash(&run, &|_| true), 16))
}

/// The id of a run that is new each time: `run_<UTC yyyymmddThhmmssZ>_<8 hex>`.
///
/// The caller knows the time, in seconds since 1970-01-01T00:00:00Z, and 32 bits that tell apart the
/// runs of one second.
///
/// ```
/// use flowtime_core::provenance::timestamped_run_id;
/// assert_eq!(timestamped_run_id(1_767_607_200, 0xC0FFEE), "run_20260105T100000Z_00c0ffee");
/// ```
pub fn timestamped_run_id(unix_seconds: u64, distinct: u32) -> String {
    let (days, second) = (unix_seconds / 86_400, unix_seconds % 86_400);
    let (year, month, day) = civil_date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("run_{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z_{distinct:08x}")
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from 1 March, so that the leap day is the last of its year.
fn civil_date(days_since_1970: u64) -> (u64, u64, u64) {
    const DAYS_TO_1970: u64 = 719_468; // from 0000-03-01
    const CYCLE: u64 = 146_097; // days of 400 years
    let days = days_since_1970 + DAYS_TO_1970;
    let (cycle, day) = (days / CYCLE, days % CYCLE);
    // Three of the four centuries of a cycle end without a leap day, as do three years of four.
    let century = (day / 36_524).min(3);
    let day = day - century * 36_524;
    let (fours, day) = (day / 1461, day % 1461);
    let year = (day / 365).min(3);
    let day = day - year * 365;
    const STARTS: [u64; 12] = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];
    let month = STARTS.partition_point(|&start| start <= day) - 1;
    let year = cycle * 400 + century * 100 + fours * 4 + year;
    let (year, number) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (year, number as u64, day - STARTS[month] + 1)
}

/// The first digits of a hash, after its `sha256:`.
fn digits(hash: &str, count: usize) -> &str {
    let hash = hash.strip_prefix("sha256:").unwrap_or(hash);
    hash.get(..count).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids() {
        let longest = "a".repeat(127);
        for good in ["a", "7", "run_20260105T100000Z_00c0ffee", "a.b-c_d.", &longest] {
            assert!(valid_id(good), "{good}");
        }
        let too_long = "a".repeat(128);
        for bad in [
            "", ".", "..", "a..b", ".a", "-a", "_a", "a/b", "a\\b", "a b", "a\0", "é", "a\n", "a:b",
            &too_long,
        ] {
            assert!(!valid_id(bad), "{bad:?}");
        }
    }

    #[test]
    fn slugs() {
        for (name, expected) in [
            ("checkout", "checkout"),
            ("  A  --  B  ", "a-b"),
            ("Überlauf 3", "berlauf-3"),
            ("日本", "model"),
            ("", "model"),
            ("../../etc/passwd", "etc-passwd"),
        ] {
            assert_eq!(slug(name), expected);
        }
    }

    #[test]
    fn dates() {
        for (days, expected) in [
            (0, (1970, 1, 1)),
            (58, (1970, 2, 28)),
            (59, (1970, 3, 1)),
            (789, (1972, 2, 29)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (20_458, (2026, 1, 5)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
            (2_932_896, (9999, 12, 31)),
        ] {
            assert_eq!(civil_date(days), expected);
        }
        // Every day follows the one before it.
        let mut before = civil_date(0);
        for days in 1..200_000 {
            let (year, month, day) = civil_date(days);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let february = if leap { 29 } else { 28 };
            let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            assert!((1..=lengths[month as usize - 1]).contains(&day));
            assert!((year, month, day) > before);
            assert!(day == before.2 + 1 || day == 1);
            before = (year, month, day);
        }
    }

    #[test]
    fn seeds_that_json_would_round_stay_apart() {
        let id = |seed| run_id("sha256:00", seed, &Value::Null);
        assert_ne!(id(u64::MAX), id(u64::MAX - 1));
        assert_ne!(id((1 << 53) + 1), id(1 << 53));
        let overrides = |x| Value::Object(vec![("a".to_owned(), Value::Number(x))]);
        assert_ne!(run_id("sha256:00", 1, &overrides(0.5)), run_id("sha256:00", 1, &overrides(0.25)));
        // Of the canonical text, as sha256sum gives it: stored runs are found again by it.
        assert_eq!(id(42), "run_d2d0d3be5d3f5c8d");
    }

    proptest! {
        #[test]
        fn made_ids_are_valid(name in any::<String>(), long in "[a-z ]{90,140}", seconds in any::<u64>(), n in any::<u32>()) {
            let hash = format!("sha256:{}", "0123456789abcdef".repeat(4));
            for name in [name, long] {
                let id = model_id(&name, &hash);
                prop_assert!(valid_id(&id), "{}", id);
                prop_assert!(!slug(&name).ends_with('-'));
            }
            prop_assert!(valid_id(&timestamped_run_id(seconds, n)));
        }
    }
}
