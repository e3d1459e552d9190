//! The time grid of a model.

/// The unit of a bin's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BinUnit {
    /// 1 minute.
    Minutes,
    /// 60 minutes.
    Hours,
    /// 1440 minutes.
    Days,
    /// 10080 minutes.
    Weeks,
}

impl BinUnit {
    /// Every unit, from small to large.
    pub const ALL: [BinUnit; 4] = [BinUnit::Minutes, BinUnit::Hours, BinUnit::Days, BinUnit::Weeks];

    /// The word used in documents.
    pub fn name(self) -> &'static str {
        match self {
            BinUnit::Minutes => "minutes",
            BinUnit::Hours => "hours",
            BinUnit::Days => "days",
            BinUnit::Weeks => "weeks",
        }
    }

    /// How many minutes it lasts.
    pub fn minutes(self) -> u64 {
        match self {
            BinUnit::Minutes => 1,
            BinUnit::Hours => 60,
            BinUnit::Days => 1440,
            BinUnit::Weeks => 10080,
        }
    }
}

/// Equal bins of time, from an optional start.
///
/// Bin `t` covers `[start + t·size·unit, start + (t+1)·size·unit)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    pub(crate) bins: usize,
    pub(crate) bin_size: u32,
    pub(crate) bin_unit: BinUnit,
    pub(crate) start: Option<Start>,
}

impl Grid {
    /// The number of bins, at least 1.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// The size of a bin in units, 1 to 1000.
    pub fn bin_size(&self) -> u32 {
        self.bin_size
    }

    /// The unit of the size.
    pub fn bin_unit(&self) -> BinUnit {
        self.bin_unit
    }

    /// How many minutes a bin lasts.
    pub fn bin_minutes(&self) -> u64 {
        u64::from(self.bin_size) * self.bin_unit.minutes()
    }

    /// The start of bin 0 as the document says it, in UTC.
    pub fn start(&self) -> Option<&str> {
        self.start.as_ref().map(|s| s.text.as_str())
    }

    /// The time at which bin `bin` starts, as `YYYY-MM-DDThh:mm:ss[.f]Z`; `None` without a start
    /// and beyond the end of the grid (the bin after the last is the end itself).
    ///
    /// ```
    /// let model = flowtime_core::Model::from_yaml("
    /// schemaVersion: 1
    /// grid: {bins: 3, binSize: 12, binUnit: hours, start: 2024-02-28T18:00:00Z}
    /// nodes: [{id: a, kind: const, values: 1}]
    /// ").unwrap();
    /// assert_eq!(model.grid().bin_start(3).as_deref(), Some("2024-03-01T06:00:00Z"));
    /// assert_eq!(model.grid().bin_start(4), None);
    /// ```
    pub fn bin_start(&self, bin: usize) -> Option<String> {
        let start = self.start.as_ref().filter(|_| bin <= self.bins)?;
        let seconds = start.seconds + (bin as i64).checked_mul(60 * self.bin_minutes() as i64)?;
        let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let fraction = &start.fraction;
        Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"))
    }

    /// Does the grid go on beyond the year 9999?
    pub(crate) fn ends_too_late(&self) -> bool {
        let Some(start) = &self.start else { return false };
        let length = i128::from(self.bin_minutes()) * 60 * self.bins as i128;
        let end = i128::from(start.seconds) + length;
        // A fraction of a second more is too late as well.
        end > i128::from(days(10_000, 1, 1) * DAY)
            || end == i128::from(days(10_000, 1, 1) * DAY)
                && start.fraction.contains(|c| ('1'..='9').contains(&c))
    }
}

/// Seconds of a day.
const DAY: i64 = 86_400;

/// When bin 0 starts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Start {
    /// As written.
    pub(crate) text: String,
    /// Since 1970-01-01T00:00:00Z.
    seconds: i64,
    /// With its point, or empty.
    fraction: String,
}

impl Start {
    /// Reads `YYYY-MM-DDThh:mm:ss[.f]` and `Z` or `+00:00`, or says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Start, &'static str> {
        let form = "it is not of the form `YYYY-MM-DDThh:mm:ssZ`";
        let local = match text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")) {
            Some(local) => local,
            None if text.is_ascii() && text.len() >= 19 => return Err("it does not end in `Z` or `+00:00`"),
            None => return Err(form),
        };
        let bytes = local.as_bytes();
        let template = b"0000-00-00T00:00:00";
        let fits =
            |(byte, wanted): (&u8, &u8)| if *wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted };
        if bytes.len() < template.len() || !bytes.iter().zip(template).all(fits) {
            return Err(form);
        }
        let fraction = &local[template.len()..];
        let digits = fraction.strip_prefix('.').unwrap_or("");
        if !fraction.is_empty() && (digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit())) {
            return Err("its fraction of a second is not a point and digits");
        }
        let number = |range: std::ops::Range<usize>| {
            local[range].bytes().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'))
        };
        let (year, month, day) = (number(0..4), number(5..7), number(8..10));
        let (hour, minute, second) = (number(11..13), number(14..16), number(17..19));
        if !(1..=12).contains(&month) || day < 1 || day > days_of_month(year, month) {
            return Err("there is no such day");
        }
        if hour > 23 || minute > 59 || second > 59 {
            return Err("there is no such time of day");
        }
        let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        Ok(Start { text: text.to_owned(), seconds, fraction: fraction.to_owned() })
    }
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar, year 0 or later.
///
/// Years are counted from March, so that the day that comes and goes is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let before_month = (153 * month + 2) / 5;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + before_month + day
        - 719_469
}

/// The day of the calendar that [`days`] counts; the inverse.
fn date(day_number: i64) -> (i64, i64, i64) {
    // Too early by a few years at most, whichever side of 1970.
    let mut year = 1970 + day_number.div_euclid(if day_number < 0 { 365 } else { 366 });
    while days(year + 1, 1, 1) <= day_number {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days(year, month + 1, 1) <= day_number {
        month += 1;
    }
    (year, month, day_number - days(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 3, 1), 11_017);
        assert_eq!(days(1, 1, 1), -719_162);
        let mut number = days(0, 1, 1);
        for year in [0, 1, 4, 100, 400, 1900, 1970, 2000, 2023, 2024, 9999] {
            for month in 1..=12 {
                for day in [1, days_of_month(year, month)] {
                    assert_eq!(date(days(year, month, day)), (year, month, day));
                    assert!(days(year, month, day) >= number);
                    number = days(year, month, day);
                }
            }
        }
    }

    #[test]
    fn starts() {
        for good in ["2026-01-05T00:00:00Z", "2024-02-29T23:59:59.123456789012Z", "0000-01-01T00:00:00+00:00"]
        {
            assert_eq!(Start::parse(good).map(|s| s.text), Ok(good.to_owned()));
        }
        for bad in [
            "",
            "2026-01-05",
            "2026-01-05T00:00:00",
            "2026-01-05 00:00:00Z",
            "2026-01-05T00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-05T24:00:00Z",
            "2026-01-05T00:00:60Z",
            "2026-01-05T00:00:00.Z",
            "2026-01-05T00:00:00.1xZ",
            "2026-01-05T00:00:00+01:00",
            "2026-01-05T00:00:00-00:00",
            "+026-01-05T00:00:00Z",
            "2026-01-05t00:00:00z",
            "é026-01-05T00:00:00Z",
            "١٢٣٤-01-05T00:00:00Z",
        ] {
            assert!(Start::parse(bad).is_err(), "{bad}");
        }
    }
}
