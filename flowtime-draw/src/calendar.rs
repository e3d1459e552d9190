//! Ticks and labels for time in UTC, where every day has 24 hours.

use crate::scale::Tick;

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// 1 January of the years -9999 and 10000, as unix seconds; other times are shown as bin numbers.
pub(crate) const REPRESENTABLE: std::ops::Range<i64> = -377_705_116_800..253_402_300_800;

/// A date of the Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Date {
    year: i64,
    /// 1 to 12.
    month: i64,
    /// 1 to 31.
    day: i64,
}

impl Date {
    /// The date of a day, counted from 1 January 1970.
    ///
    /// Years are counted from March, so that the leap day is the last of its year; 400 years have 146 097 days.
    fn of(days: i64) -> Date {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let in_era = shifted.rem_euclid(146_097);
        let year_in_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year_in_era + year_in_era / 4 - year_in_era / 100);
        let from_march = (5 * in_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_in_era + i64::from(month <= 2);
        Date { year, month, day: in_year - (153 * from_march + 2) / 5 + 1 }
    }

    /// The first day of a month that is counted from January of the year 0.
    fn first_of(month: i64) -> i64 {
        let year = month.div_euclid(12);
        let month = month.rem_euclid(12) + 1;
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let year_in_era = shifted.rem_euclid(400);
        let in_year = (153 * ((month + 9) % 12) + 2) / 5;
        era * 146_097 + year_in_era * 365 + year_in_era / 4 - year_in_era / 100 + in_year - 719_468
    }
}

/// The distance of ticks.
#[derive(Clone, Copy, Debug)]
enum Every {
    Seconds(i64),
    Days(i64),
    /// Weeks begin on Monday.
    Weeks(i64),
    Months(i64),
}

/// What ticks may stand for, from near to far.
const STEPS: [Every; 36] = [
    Every::Seconds(1),
    Every::Seconds(2),
    Every::Seconds(5),
    Every::Seconds(10),
    Every::Seconds(15),
    Every::Seconds(30),
    Every::Seconds(60),
    Every::Seconds(120),
    Every::Seconds(300),
    Every::Seconds(600),
    Every::Seconds(900),
    Every::Seconds(1800),
    Every::Seconds(3600),
    Every::Seconds(7200),
    Every::Seconds(3 * 3600),
    Every::Seconds(6 * 3600),
    Every::Seconds(12 * 3600),
    Every::Days(1),
    Every::Days(2),
    Every::Weeks(1),
    Every::Weeks(2),
    Every::Months(1),
    Every::Months(2),
    Every::Months(3),
    Every::Months(6),
    Every::Months(12),
    Every::Months(24),
    Every::Months(60),
    Every::Months(120),
    Every::Months(240),
    Every::Months(600),
    Every::Months(1200),
    Every::Months(2400),
    Every::Months(6000),
    Every::Months(12_000),
    Every::Months(60_000),
];

impl Every {
    fn seconds(self) -> i64 {
        match self {
            Every::Seconds(n) => n,
            Every::Days(n) => n * DAY,
            Every::Weeks(n) => n * 7 * DAY,
            Every::Months(n) => n * 2_629_746,
        }
    }

    /// How many pixels a tick needs for its label.
    fn room(self) -> f64 {
        match self {
            Every::Seconds(n) if n < 60 => 76.0,
            Every::Seconds(_) => 54.0,
            Every::Days(_) | Every::Weeks(_) => 60.0,
            Every::Months(n) if n < 12 => 46.0,
            Every::Months(_) => 54.0,
        }
    }

    /// The tick with this number, in unix seconds.
    fn at(self, i: i64) -> i64 {
        match self {
            Every::Seconds(n) => i * n,
            Every::Days(n) => i * n * DAY,
            // 5 January 1970 was a Monday.
            Every::Weeks(n) => (i * n * 7 + 4) * DAY,
            Every::Months(n) => Date::first_of(i * n) * DAY,
        }
    }

    /// The number of the first tick at or after a time.
    fn first(self, time: i64) -> i64 {
        let guess = match self {
            Every::Months(n) => {
                let date = Date::of(time.div_euclid(DAY));
                (date.year * 12 + date.month - 1).div_euclid(n)
            }
            _ => (time - self.at(0)).div_euclid(self.seconds()),
        };
        if self.at(guess) >= time { guess } else { guess + 1 }
    }

    fn label(self, time: i64) -> String {
        let date = Date::of(time.div_euclid(DAY));
        let second = time.rem_euclid(DAY);
        match self {
            Every::Seconds(n) if n < 60 => clock(second, true),
            Every::Seconds(_) => clock(second, false),
            Every::Days(_) | Every::Weeks(_) => format!("{} {}", date.day, month(date)),
            Every::Months(n) if n < 12 => month(date).to_string(),
            Every::Months(_) => date.year.to_string(),
        }
    }

    /// What the label leaves out.
    fn context(self, time: i64) -> Option<String> {
        let days = time.div_euclid(DAY);
        let date = Date::of(days);
        match self {
            Every::Seconds(_) => Some(format!("{} {} {}", date.day, month(date), date.year)),
            Every::Days(_) | Every::Weeks(_) => Some(date.year.to_string()),
            Every::Months(n) if n < 12 => Some(date.year.to_string()),
            Every::Months(_) => None,
        }
    }
}

fn month(date: Date) -> &'static str {
    MONTHS[(date.month - 1).rem_euclid(12) as usize]
}

fn clock(second: i64, with_seconds: bool) -> String {
    let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
    if with_seconds { format!("{h:02}:{m:02}:{s:02}") } else { format!("{h:02}:{m:02}") }
}

/// Ticks at round times from `start` to `end` (unix seconds, representable), as many as fit into `room` pixels.
///
/// `at` is in unix seconds. A context stands where it changes and at the first tick.
pub(crate) fn time_ticks(start: i64, end: i64, room: f64) -> Vec<Tick> {
    let span = (end - start).max(0) as f64;
    let fits = |every: &Every| span / every.seconds() as f64 * every.room() <= room.max(120.0);
    let every = STEPS.iter().copied().find(fits).unwrap_or(STEPS[STEPS.len() - 1]);
    let mut ticks = Vec::new();
    let mut shown = None;
    let mut i = every.first(start);
    while every.at(i) <= end {
        let time = every.at(i);
        let context = every.context(time);
        let changed = context != shown;
        if changed {
            shown.clone_from(&context);
        }
        ticks.push(Tick { at: time as f64, label: every.label(time), context: context.filter(|_| changed) });
        i += 1;
    }
    ticks
}

/// A time in full, for hovering: `Mon 3 Mar 2025 14:00 UTC`.
pub(crate) fn full_time(time: i64) -> String {
    let days = time.div_euclid(DAY);
    let date = Date::of(days);
    let weekday = WEEKDAYS[(days + 3).rem_euclid(7) as usize];
    let second = time.rem_euclid(DAY);
    let clock = clock(second, second % 60 != 0);
    format!("{weekday} {} {} {} {clock} UTC", date.day, month(date), date.year)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 3 March 2025 00:00 UTC, a Monday.
    const MARCH: i64 = 1_740_960_000;

    fn shown(start: i64, end: i64, room: f64) -> String {
        let text = |t: Tick| match t.context {
            Some(context) => format!("{} ({context})", t.label),
            None => t.label,
        };
        time_ticks(start, end, room).into_iter().map(text).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn dates_of_known_days() {
        for (days, year, month, day) in [
            (0, 1970, 1, 1),
            (-1, 1969, 12, 31),
            (11_016, 2000, 2, 29),
            (11_017, 2000, 3, 1),
            (20_150, 2025, 3, 3),
            (-719_528, 0, 1, 1),
            (2_932_896, 9999, 12, 31),
        ] {
            assert_eq!(Date::of(days), Date { year, month, day });
        }
    }

    #[test]
    fn months_begin_on_their_first_day_and_days_follow_each_other() {
        for m in -2 * 4_800..2 * 4_800 + 24_000 {
            let days = Date::first_of(m);
            let date = Date { year: m.div_euclid(12), month: m.rem_euclid(12) + 1, day: 1 };
            assert_eq!(Date::of(days), date);
            let before = Date::of(days - 1);
            assert!((28..=31).contains(&before.day) && before.month != date.month);
        }
    }

    #[test]
    fn ticks_of_every_kind() {
        let year = Date::first_of(2025 * 12) * DAY;
        let cases = [
            (
                MARCH,
                MARCH + 50,
                400.0,
                "00:00:00 (3 Mar 2025), 00:00:10, 00:00:20, 00:00:30, 00:00:40, 00:00:50",
            ),
            (MARCH, MARCH + 4 * 3600, 250.0, "00:00 (3 Mar 2025), 01:00, 02:00, 03:00, 04:00"),
            (
                MARCH + 3 * 3600,
                MARCH + 2 * DAY,
                450.0,
                "06:00 (3 Mar 2025), 12:00, 18:00, 00:00 (4 Mar 2025), 06:00, 12:00, 18:00, 00:00 (5 Mar 2025)",
            ),
            (MARCH, MARCH + 3 * DAY, 200.0, "3 Mar (2025), 4 Mar, 5 Mar, 6 Mar"),
            (MARCH + DAY, MARCH + 28 * DAY, 300.0, "10 Mar (2025), 17 Mar, 24 Mar, 31 Mar"),
            (year, year + 180 * DAY, 300.0, "Jan (2025), Feb, Mar, Apr, May, Jun"),
            (year - 90 * DAY, year + 100 * DAY, 160.0, "Nov (2024), Jan (2025), Mar"),
            (year, year + 5 * 365 * DAY, 300.0, "2025, 2026, 2027, 2028, 2029"),
            (0, 253_402_300_799, 600.0, "2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000"),
        ];
        for (start, end, room, expected) in cases {
            assert_eq!(shown(start, end, room), expected);
        }
    }

    #[test]
    fn no_range_has_many_ticks() {
        for span in (0..36).map(|p| 1i64 << p) {
            for start in [0, MARCH + 1, REPRESENTABLE.start, -1] {
                let ticks = time_ticks(start, start + span, 500.0);
                assert!(ticks.len() <= 12, "{span}: {}", ticks.len());
                assert!(ticks.iter().all(|t| t.at >= start as f64 && t.at <= (start + span) as f64));
            }
        }
        assert!(time_ticks(REPRESENTABLE.start, REPRESENTABLE.end - 1, 500.0).len() <= 12);
    }

    #[test]
    fn times_in_full() {
        assert_eq!(full_time(MARCH + 14 * 3600), "Mon 3 Mar 2025 14:00 UTC");
        assert_eq!(full_time(-1), "Wed 31 Dec 1969 23:59:59 UTC");
    }
}
