//! The arguments of `flowtime ensemble`.

use super::{ReadingArguments, seed};
use clap::{Args, ValueEnum, ValueHint};
use flowtime_core::Measure;
use std::path::PathBuf;

/// More points would not be read by anybody, and are a slip of the step.
const MOST_POINTS: f64 = 1e6;

const AFTER_HELP: &str = "\
Measures of a scenario: max, min, total, mean, last, first-above=X (the bin), bins-above=X.

Examples:
  flowtime ensemble model.yaml --scenarios 10000 --above backlog:500
  flowtime ensemble model.yaml --measure backlog:max --sweep capacity=80:200:10
  flowtime ensemble model.yaml --quantiles 0.1,0.5,0.9 --output data --plot";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct EnsembleArguments {
    /// Model file; `-` reads standard input
    #[arg(value_name = "MODEL", value_hint = ValueHint::FilePath)]
    pub(crate) model: PathBuf,
    /// How many scenarios: each is a run with random numbers of its own
    #[arg(short = 'n', long, value_name = "N", default_value = "1000", value_parser = count)]
    pub(crate) scenarios: usize,
    /// Seed that the scenarios' seeds come from, 0 to 9007199254740991; otherwise the model's, or 0
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    pub(crate) seed: Option<u64>,
    /// Quantiles to take, 0 to 1
    #[arg(long, value_name = "Q,…", value_delimiter = ',', default_values_t = [0.05, 0.5, 0.95])]
    #[arg(value_parser = quantile, allow_negative_numbers = true)]
    pub(crate) quantiles: Vec<f64>,
    /// How likely NODE is above X, bin by bin: backlog:500; may be repeated
    #[arg(long, value_name = "NODE:X", value_parser = threshold)]
    pub(crate) above: Vec<(String, f64)>,
    /// How likely NODE is below X, bin by bin; may be repeated
    #[arg(long, value_name = "NODE:X", value_parser = threshold)]
    pub(crate) below: Vec<(String, f64)>,
    /// Sum up each scenario by a number: backlog:max, backlog:bins-above=500; may be repeated
    #[arg(long, value_name = "NODE:MEASURE", value_parser = measure)]
    pub(crate) measure: Vec<(String, Measure)>,
    /// Take statistics of these nodes instead of the model's outputs
    #[arg(long, value_name = "NODE,…", value_delimiter = ',')]
    pub(crate) keep: Option<Vec<String>>,
    /// Replace a const or pmf node by a number or by a column: NODE=12.5, NODE=@file.csv#column
    #[arg(long, value_name = "NODE=VALUE", allow_hyphen_values = true)]
    pub(crate) set: Vec<String>,
    /// Ask it all again for each of these values: NODE=from:to:step or NODE=a,b,c; several make a grid
    #[arg(long, value_name = "NODE=VALUES", value_parser = axis)]
    pub(crate) sweep: Vec<(String, Vec<f64>)>,
    /// Threads to work with; 0 is one for each processor. The results are the same
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
    /// Where the table goes: FILE.csv, FILE.json, FILE.parquet, `-` for standard output, or a folder DIR/ensembles/<id> with everything
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) output: Option<PathBuf>,
    /// Form of the table
    #[arg(long, value_enum)]
    pub(crate) format: Option<TableFormat>,
    /// Draw a fan chart of each series into the folder, ./data unless --output says another
    #[arg(long)]
    pub(crate) plot: bool,
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Say more: every series and point, how it was computed
    #[arg(short, long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Say nothing unless it goes wrong
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// The form in which the table of an ensemble is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    // A row for each bin, series and statistic.
    Csv,
    // A list of numbers for each series and statistic.
    Json,
    // The rows of the CSV form, in columns.
    Parquet,
}

impl TableFormat {
    /// The ending of its files.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            TableFormat::Csv => "csv",
            TableFormat::Json => "json",
            TableFormat::Parquet => "parquet",
        }
    }
}

/// Reads `10000`, `1e6`, `10_000`.
fn count(text: &str) -> Result<usize, String> {
    let digits = text.replace('_', "");
    let whole = digits.parse::<usize>().ok().or_else(|| {
        let number = digits.parse::<f64>().ok()?;
        (number.fract() == 0.0 && (0.0..9e15).contains(&number)).then_some(number as usize)
    });
    whole.filter(|n| *n > 0).ok_or_else(|| "write a whole number from 1 on, such as 10000 or 1e6".to_owned())
}

fn quantile(text: &str) -> Result<f64, String> {
    let quantile = number(text)?;
    if (0.0..=1.0).contains(&quantile) {
        return Ok(quantile);
    }
    let percent = quantile / 100.0;
    Err(match (0.0..=1.0).contains(&percent) {
        true => format!("quantiles are 0 to 1: for {text} % write {percent}"),
        false => "quantiles are 0 to 1".to_owned(),
    })
}

/// Reads `backlog:500`.
fn threshold(text: &str) -> Result<(String, f64), String> {
    let (node, number_text) = parts(text, ':').ok_or("write a node and a number, such as backlog:500")?;
    let threshold = number(number_text)?;
    if threshold.is_nan() {
        return Err("nothing is above or below NaN".to_owned());
    }
    Ok((node.to_owned(), threshold))
}

/// Reads `backlog:max`, `backlog:bins-above=500`.
fn measure(text: &str) -> Result<(String, Measure), String> {
    const KNOWN: &str = "max, min, total, mean, last, first-above=X, bins-above=X";
    let (node, name) = parts(text, ':')
        .ok_or_else(|| format!("write a node and a measure, such as backlog:max; measures are {KNOWN}"))?;
    let measure = match (name, name.split_once('=')) {
        ("max", _) => Measure::Maximum,
        ("min", _) => Measure::Minimum,
        ("total", _) => Measure::Total,
        ("mean", _) => Measure::Mean,
        ("last", _) => Measure::Last,
        (_, Some(("first-above", x))) => Measure::FirstAbove(finite(x)?),
        (_, Some(("bins-above", x))) => Measure::BinsAbove(finite(x)?),
        _ => return Err(format!("there is no measure `{name}`: measures are {KNOWN}")),
    };
    Ok((node.to_owned(), measure))
}

/// Reads `capacity=80:200:10`, both ends included, and `capacity=80,120,200`.
fn axis(text: &str) -> Result<(String, Vec<f64>), String> {
    const FORM: &str = "write NODE=from:to:step or NODE=a,b,c, such as capacity=80:200:10";
    let (node, values) = parts(text, '=').ok_or(FORM)?;
    let range: Vec<&str> = values.split(':').collect();
    let numbers = match range[..] {
        [list] => list.split(',').map(finite).collect::<Result<Vec<_>, _>>()?,
        [from, to, step] => steps(from, to, step)?,
        _ => return Err(FORM.to_owned()),
    };
    Ok((node.to_owned(), numbers))
}

/// The numbers from `from` to `to`, with no more decimals than were written.
fn steps(from: &str, to: &str, step: &str) -> Result<Vec<f64>, String> {
    let decimals = |text: &str| match text.trim().split_once('.') {
        Some((_, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits.len().min(17)),
        None if text.trim().bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b'+') => Some(0),
        _ => None,
    };
    let written = [from, to, step].map(decimals);
    let [from, to, step] = [finite(from)?, finite(to)?, finite(step)?];
    let count = (to - from) / step;
    if !count.is_finite() || count < 0.0 {
        return Err(format!("a step of {step} does not lead from {from} to {to}"));
    }
    // The last point is not lost to rounding.
    let count = (count + 1e-9).floor() + 1.0;
    if count > MOST_POINTS {
        return Err(format!("these are {count:.0} values; a sweep has at most {MOST_POINTS:.0}"));
    }
    let tidy = |x: f64| match written {
        // 0.3 rather than 0.30000000000000004
        [Some(a), Some(b), Some(c)] => format!("{x:.*}", a.max(b).max(c)).parse().unwrap_or(x),
        _ => x,
    };
    Ok((0..count as u64).map(|k| tidy(from + k as f64 * step)).collect())
}

/// What stands on both sides of the last `separator`, if there is something.
fn parts(text: &str, separator: char) -> Option<(&str, &str)> {
    let (node, rest) = text.split_once(separator)?;
    let (node, rest) = (node.trim(), rest.trim());
    (!node.is_empty() && !rest.is_empty()).then_some((node, rest))
}

fn number(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is not a number"))
}

fn finite(text: &str) -> Result<f64, String> {
    let number = number(text)?;
    if number.is_finite() { Ok(number) } else { Err(format!("`{text}` is not a finite number")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        for (text, n) in [("1", 1), ("10_000", 10_000), ("1e6", 1_000_000), ("2.5e1", 25)] {
            assert_eq!(count(text), Ok(n), "{text}");
        }
        for text in ["0", "-1", "1.5", "many", "nan", "inf", "1e300", ""] {
            assert!(count(text).is_err(), "{text}");
        }
    }

    #[test]
    fn axes() {
        let read = |text: &str| axis(text).map(|(_, numbers)| numbers);
        assert_eq!(read("a=80:100:10"), Ok(vec![80.0, 90.0, 100.0]));
        assert_eq!(read("a=0:0.4:0.1"), Ok(vec![0.0, 0.1, 0.2, 0.3, 0.4]));
        assert_eq!(read("a=1:-1:-0.5"), Ok(vec![1.0, 0.5, 0.0, -0.5, -1.0]));
        assert_eq!(read("a=3:3:1"), Ok(vec![3.0]));
        assert_eq!(read("a=1:2:0.7"), Ok(vec![1.0, 1.7]));
        assert_eq!(read(" a = 1e3, -2 "), Ok(vec![1000.0, -2.0]));
        assert_eq!(read("a=1e3:3e3:1e3"), Ok(vec![1000.0, 2000.0, 3000.0]));
        for text in [
            "a",
            "a=",
            "=1:2:1",
            "a=1:2",
            "a=1:2:0",
            "a=2:1:1",
            "a=1:2:x",
            "a=1,,2",
            "a=0:1:1e-9",
            "a=nan",
            "a=1:inf:1",
        ] {
            assert!(axis(text).is_err(), "{text}");
        }
    }

    #[test]
    fn thresholds_and_measures() {
        assert_eq!(threshold("backlog:500"), Ok(("backlog".to_owned(), 500.0)));
        assert_eq!(measure("b:bins-above=2"), Ok(("b".to_owned(), Measure::BinsAbove(2.0))));
        for text in ["backlog", "backlog:", ":5", "backlog:many", "backlog:nan"] {
            assert!(threshold(text).is_err(), "{text}");
        }
        for text in ["b", "b:peak", "b:first-above", "b:first-above=", "b:max=3"] {
            assert!(measure(text).is_err(), "{text}");
        }
        assert!(quantile("95").unwrap_err().contains("0.95"));
    }
}
