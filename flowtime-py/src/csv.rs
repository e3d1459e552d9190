//! Runs as CSV text, a line a bin and a column a series.

use flowtime_core::Run;
use flowtime_core::provenance::write_number;
use std::fmt::Write;

/// `bin_index`, the times if there are any under `time_name`, then the series; numbers as in the files of a run.
pub(crate) fn text(run: &Run, time_name: &str, times: Option<&[String]>) -> String {
    let mut text = String::from("bin_index");
    for id in times.map(|_| time_name).into_iter().chain(run.ids()) {
        text.push(',');
        text.push_str(id);
    }
    text.push('\n');
    let series: Vec<_> = run.iter().map(|(_, numbers)| numbers).collect();
    for bin in 0..run.plan().grid().bins() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{bin}");
        if let Some(time) = times.and_then(|times| times.get(bin)) {
            text.push(',');
            text.push_str(time);
        }
        for numbers in &series {
            text.push(',');
            write_number(&mut text, numbers[bin]);
        }
        text.push('\n');
    }
    text
}
