//! Tables of text: columns as wide as they need to be.

use crate::terminal::columns;
use anstyle::Style;

/// On which side the cells of a column end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Cells in rows, under headings.
#[derive(Debug)]
pub(crate) struct Table {
    headings: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

/// The space between columns.
const GAP: &str = "  ";

impl Table {
    pub(crate) fn new(headings: impl IntoIterator<Item = (impl Into<String>, Align)>) -> Self {
        let headings = headings.into_iter().map(|(name, align)| (name.into(), align)).collect();
        Table { headings, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The columns that all but the last one take, with the gap before the last.
    pub(crate) fn width_before_last(&self) -> usize {
        let widths = self.widths();
        let before = &widths[..widths.len().saturating_sub(1)];
        before.iter().map(|width| width + GAP.len()).sum()
    }

    /// The columns that a line takes at most.
    pub(crate) fn width(&self) -> usize {
        self.width_before_last() + self.widths().last().copied().unwrap_or(0)
    }

    fn widths(&self) -> Vec<usize> {
        let cell = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| columns(cell));
        (0..self.headings.len())
            .map(|column| {
                let heading = columns(&self.headings[column].0);
                self.rows.iter().map(|row| cell(row, column)).fold(heading, usize::max)
            })
            .collect()
    }

    /// The lines, the headings in a style of their own.
    pub(crate) fn text(&self, style: Style) -> String {
        let widths = self.widths();
        let mut text = String::new();
        let headings: Vec<String> = self.headings.iter().map(|(name, _)| name.clone()).collect();
        let line = |cells: &[String]| {
            let mut line = String::new();
            for (column, cell) in cells.iter().enumerate() {
                let space = " ".repeat(widths[column].saturating_sub(columns(cell)));
                if column > 0 {
                    line.push_str(GAP);
                }
                match self.headings[column].1 {
                    Align::Left => line.extend([cell.as_str(), &space]),
                    Align::Right => line.extend([&space, cell.as_str()]),
                }
            }
            line.trim_end_matches(' ').to_owned()
        };
        text.push_str(&format!("{style}{}{style:#}\n", line(&headings)));
        for row in &self.rows {
            text.push_str(&line(row));
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new([("name", Align::Left), ("n", Align::Right), ("", Align::Left)]);
        table.row(["größe".to_owned(), "12".to_owned(), "x".to_owned()]);
        table.row(["日本".to_owned(), "1234".to_owned(), String::new()]);
        assert_eq!(table.text(Style::new()), "name      n\ngröße    12  x\n日本   1234\n");
        assert_eq!(table.width_before_last(), 13);
    }
}
