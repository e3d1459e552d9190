//! Enums of models, by number.

use flowtime_core::{BinUnit, ConstPolicy, PmfPolicy};

/// The unit of a bin's size. Functions take it as int32_t, and refuse other numbers.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_bin_unit {
    /// There is none: the handle was NULL.
    NONE = 0,
    /// 1 minute.
    MINUTES = 1,
    /// 60 minutes.
    HOURS = 2,
    /// 1440 minutes.
    DAYS = 3,
    /// 10080 minutes.
    WEEKS = 4,
}

pub(crate) const BIN_UNITS: &[(i32, BinUnit)] = &[
    (flowtime_bin_unit::MINUTES as i32, BinUnit::Minutes),
    (flowtime_bin_unit::HOURS as i32, BinUnit::Hours),
    (flowtime_bin_unit::DAYS as i32, BinUnit::Days),
    (flowtime_bin_unit::WEEKS as i32, BinUnit::Weeks),
];

impl flowtime_bin_unit {
    pub(crate) fn of(unit: BinUnit) -> Self {
        match unit {
            BinUnit::Minutes => flowtime_bin_unit::MINUTES,
            BinUnit::Hours => flowtime_bin_unit::HOURS,
            BinUnit::Days => flowtime_bin_unit::DAYS,
            BinUnit::Weeks => flowtime_bin_unit::WEEKS,
            _ => flowtime_bin_unit::NONE,
        }
    }
}

/// What a node's series is made of.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_node_kind {
    /// There is no such node.
    NONE = 0,
    /// Given numbers.
    CONST = 1,
    /// A formula over other series.
    EXPR = 2,
    /// A probability mass function.
    PMF = 3,
}

impl flowtime_node_kind {
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "const" => flowtime_node_kind::CONST,
            "expr" => flowtime_node_kind::EXPR,
            "pmf" => flowtime_node_kind::PMF,
            _ => flowtime_node_kind::NONE,
        }
    }
}

/// How a const node's numbers are laid over the grid. Functions take it as int32_t, and refuse other
/// numbers.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_const_policy {
    /// As the language says when a model names no policy.
    DEFAULT = 0,
    /// Laid end to end.
    REPEAT = 1,
    /// Each number held for bins / length bins.
    STRETCH = 2,
    /// There must be one number a bin.
    ERROR = 3,
}

pub(crate) const CONST_POLICIES: &[(i32, Option<ConstPolicy>)] = &[
    (flowtime_const_policy::DEFAULT as i32, None),
    (flowtime_const_policy::REPEAT as i32, Some(ConstPolicy::Repeat)),
    (flowtime_const_policy::STRETCH as i32, Some(ConstPolicy::Stretch)),
    (flowtime_const_policy::ERROR as i32, Some(ConstPolicy::Error)),
];

/// How a probability mass function becomes a series. Functions take it as int32_t, and refuse other
/// numbers.
#[repr(i32)]
#[derive(Clone, Copy)]
pub enum flowtime_pmf_policy {
    /// As the language says when a model names no policy: one draw a bin.
    DEFAULT = 0,
    /// One draw a bin.
    SAMPLE = 1,
    /// The mean in every bin.
    EXPECTED = 2,
    /// The values laid end to end; the probabilities are not used.
    REPEAT = 3,
    /// The values in order, one a bin; the probabilities are not used.
    ERROR = 4,
}

pub(crate) const PMF_POLICIES: &[(i32, Option<PmfPolicy>)] = &[
    (flowtime_pmf_policy::DEFAULT as i32, None),
    (flowtime_pmf_policy::SAMPLE as i32, Some(PmfPolicy::Sample)),
    (flowtime_pmf_policy::EXPECTED as i32, Some(PmfPolicy::Expected)),
    (flowtime_pmf_policy::REPEAT as i32, Some(PmfPolicy::Repeat)),
    (flowtime_pmf_policy::ERROR as i32, Some(PmfPolicy::Error)),
];
