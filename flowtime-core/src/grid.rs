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
    pub(crate) start: Option<String>,
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
        self.start.as_deref()
    }
}
