//! Times as text: `YYYY-MM-DDThh:mm:ssZ`, which sort as text does.

use jiff::Timestamp;
use std::time::SystemTime;

/// A time in UTC, to the second.
pub(crate) fn utc(time: SystemTime) -> String {
    whole_seconds(Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// A text that says a time, as others are written; `None` when it says none.
pub(crate) fn normal_utc(text: &str) -> Option<String> {
    text.parse::<Timestamp>().ok().map(whole_seconds)
}

fn whole_seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn times() {
        assert_eq!(utc(UNIX_EPOCH + Duration::from_millis(1_767_607_200_999)), "2026-01-05T10:00:00Z");
        assert_eq!(utc(UNIX_EPOCH - Duration::from_secs(1)), "1969-12-31T23:59:59Z");
        assert_eq!(normal_utc("2026-01-05T12:00:00.5+02:00").as_deref(), Some("2026-01-05T10:00:00Z"));
        assert_eq!(normal_utc("yesterday"), None);
    }
}
