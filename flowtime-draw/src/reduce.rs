//! Fewer points for long series, such that every peak stays.

/// A point of a line: its bin and its value, which may be infinite but not NaN.
pub(crate) type Point = (usize, f64);

/// The line through a series as runs without gaps, at most about two points a column.
///
/// A series of more than `2 · columns` values is cut into that many columns of neighbouring bins; of each the least and
/// the greatest value stay, in the order in which they occur. Two columns are joined unless a NaN lies between the last
/// value of the one and the first of the other.
pub(crate) fn line(values: &[f64], columns: usize) -> Vec<Vec<Point>> {
    let mut runs: Vec<Vec<Point>> = Vec::new();
    let mut gap = true;
    for (from, to) in cut(values.len(), columns) {
        let (mut least, mut most): (Option<Point>, Option<Point>) = (None, None);
        let mut leading = false;
        for (i, &v) in values[from..to].iter().enumerate() {
            if v.is_nan() {
                gap = true;
                continue;
            }
            if least.is_none() {
                leading = gap;
            }
            gap = false;
            if least.is_none_or(|p| v < p.1) {
                least = Some((from + i, v));
            }
            if most.is_none_or(|p| v > p.1) {
                most = Some((from + i, v));
            }
        }
        let (Some(least), Some(most)) = (least, most) else { continue };
        let (first, second) = if least.0 <= most.0 { (least, most) } else { (most, least) };
        if leading || runs.is_empty() {
            runs.push(Vec::new());
        }
        if let Some(run) = runs.last_mut() {
            run.push(first);
            if second.0 != first.0 {
                run.push(second);
            }
        }
    }
    runs
}

/// The band between two series as runs of (bin, lower, upper), at most about one a column, gaps where either is NaN.
pub(crate) fn band(lower: &[f64], upper: &[f64], columns: usize) -> Vec<Vec<(usize, f64, f64)>> {
    let bins = lower.len().min(upper.len());
    let mut runs: Vec<Vec<(usize, f64, f64)>> = Vec::new();
    let mut gap = true;
    for (from, to) in cut(bins, columns) {
        let mut column: Option<(usize, f64, f64)> = None;
        let mut leading = false;
        for i in from..to {
            let (a, b) = (lower[i], upper[i]);
            if a.is_nan() || b.is_nan() {
                gap = true;
                continue;
            }
            if column.is_none() {
                leading = gap;
            }
            gap = false;
            let (low, high) = (a.min(b), a.max(b));
            column = Some(match column {
                Some((at, l, h)) => (at, l.min(low), h.max(high)),
                None => (if to - from > 1 { from + (to - from) / 2 } else { i }, low, high),
            });
        }
        let Some(column) = column else { continue };
        if leading || runs.is_empty() {
            runs.push(Vec::new());
        }
        if let Some(run) = runs.last_mut() {
            run.push(column);
        }
    }
    runs
}

/// The means of that many groups of neighbouring bins as runs of (middle bin, mean); a group without finite values is a gap.
pub(crate) fn means(values: &[f64], parts: usize) -> Vec<Vec<(f64, f64)>> {
    let n = values.len();
    let parts = parts.clamp(1, n.max(1));
    let mut runs: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for c in 0..parts {
        let (from, to) = (share(n, c, parts), share(n, c + 1, parts));
        let finite = || values[from..to].iter().filter(|v| v.is_finite());
        let count = finite().count() as f64;
        let middle = (from + to) as f64 / 2.0 - 0.5;
        match runs.last_mut() {
            // Parts of the mean are added: the sum of the largest numbers would overflow.
            Some(run) if count > 0.0 => run.push((middle, finite().map(|v| v / count).sum())),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// The least and greatest value of each of at most `cells` groups of neighbouring bins; `None` where all are NaN.
pub(crate) fn cells(values: &[f64], cells: usize) -> impl Iterator<Item = Option<(f64, f64)>> {
    let n = values.len();
    let cells = cells.min(n);
    (0..cells).map(move |c| {
        values[share(n, c, cells)..share(n, c + 1, cells)].iter().filter(|v| !v.is_nan()).fold(
            None,
            |range, &v| {
                let (low, high) = range.unwrap_or((v, v));
                Some((if v < low { v } else { low }, if v > high { v } else { high }))
            },
        )
    })
}

/// As [`cells`], but each group also holds the first value of the next: a line runs through all between.
pub(crate) fn joined_cells(values: &[f64], parts: usize) -> impl Iterator<Item = Option<(f64, f64)>> {
    let n = values.len();
    let parts = parts.min(n);
    (0..parts).flat_map(move |c| cells(&values[share(n, c, parts)..(share(n, c + 1, parts) + 1).min(n)], 1))
}

/// Where the `c`-th of `parts` equal parts of `n` begins.
pub(crate) fn share(n: usize, c: usize, parts: usize) -> usize {
    (n as u128 * c as u128 / parts.max(1) as u128) as usize
}

fn cut(n: usize, columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let columns = columns.max(1);
    let parts = if n <= columns.saturating_mul(2) { n } else { columns };
    (0..parts).map(move |c| (share(n, c, parts), share(n, c + 1, parts)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn short_series_stay_as_they_are() {
        assert_eq!(line(&[1.0, 2.0, NAN, 3.0], 10), vec![vec![(0, 1.0), (1, 2.0)], vec![(3, 3.0)]]);
        assert_eq!(line(&[NAN; 3], 10), Vec::<Vec<Point>>::new());
        assert_eq!(line(&[], 0), Vec::<Vec<Point>>::new());
    }

    #[test]
    fn every_peak_survives() {
        let mut values = vec![1.0; 100_000];
        values[77_777] = 50.0;
        values[12_345] = -50.0;
        let runs = line(&values, 300);
        assert_eq!(runs.len(), 1);
        assert!(runs[0].len() <= 600);
        assert!(runs[0].contains(&(77_777, 50.0)) && runs[0].contains(&(12_345, -50.0)));
        assert!(runs[0].windows(2).all(|w| w[0].0 < w[1].0));
    }

    #[test]
    fn gaps_break_long_lines_only_between_columns() {
        let mut values = vec![1.0; 1000];
        values[55] = NAN; // inside a column of 100
        assert_eq!(line(&values, 10).len(), 1);
        values[99] = NAN; // at the end of one
        assert_eq!(line(&values, 10).len(), 2);
        values[300] = NAN; // at the start of one
        assert_eq!(line(&values, 10).len(), 3);
    }

    #[test]
    fn bands_hold_both_edges() {
        assert_eq!(
            band(&[1.0, NAN, 3.0], &[2.0, 2.0, 1.0], 9),
            vec![vec![(0, 1.0, 2.0)], vec![(2, 1.0, 3.0)]]
        );
        let lower: Vec<f64> = (0..1000).map(f64::from).collect();
        let upper: Vec<f64> = (0..1000).map(|i| f64::from(i) + 5.0).collect();
        let runs = band(&lower, &upper, 10);
        assert_eq!(runs[0][0], (50, 0.0, 104.0));
        assert_eq!(runs[0].len(), 10);
    }

    #[test]
    fn means_of_groups() {
        let got = means(&[1.0, 3.0, NAN, NAN, NAN, 5.0, f64::MAX, f64::MAX], 4);
        assert_eq!(got, vec![vec![(0.5, 2.0)], vec![(4.5, 5.0), (6.5, f64::MAX)]]);
        assert!(means(&[], 3).is_empty());
    }

    #[test]
    fn cells_cover_every_value_once() {
        let got: Vec<_> = cells(&[1.0, 5.0, NAN, NAN, 2.0, NAN], 3).collect();
        assert_eq!(got, vec![Some((1.0, 5.0)), None, Some((2.0, 2.0))]);
        assert_eq!(cells(&[1.0], 0).count(), 0);
    }
}
