//! Line charts.

use crate::palette::Colour;
use crate::plot::{Horizon, Layer, Mark, Panel, Plot};

/// How thick lines are, in pixels.
const LINE: f64 = 1.8;
/// Series whose magnitudes differ by more than this do not share a panel in [`LineChart::arranged`].
const MAGNITUDES: f64 = 20.0;
/// Panels of [`LineChart::arranged`] hold at most so many series.
const TOGETHER: usize = 6;

/// A named series for [`LineChart::arranged`].
#[derive(Debug, Clone)]
pub struct Series<'a> {
    name: String,
    unit: String,
    values: &'a [f64],
}

impl<'a> Series<'a> {
    /// A series with one value a bin; NaN is a missing value.
    pub fn new(name: impl Into<String>, values: &'a [f64]) -> Series<'a> {
        Series { name: name.into(), unit: String::new(), values }
    }

    /// Says what the values are counted in.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Series<'a> {
        self.unit = unit.into();
        self
    }

    /// The greatest finite magnitude.
    fn magnitude(&self) -> f64 {
        self.values
            .iter()
            .filter(|v| v.is_finite())
            .fold(0.0, |most, v| if v.abs() > most { v.abs() } else { most })
    }
}

/// A line chart over bins or over time, in one or more panels, drawn as SVG.
///
/// Every value is one point at the beginning of its bin. NaN makes a gap, a value between gaps is a dot, infinite values are drawn at
/// the edge of the panel and marked by a triangle. Series longer than the picture is wide are reduced to the least and the greatest value of
/// each column, so peaks stay and the text stays under 200 kB; where several such series share a panel, these ranges are pale and a line shows
/// the means, and a note says so. At most 64 series are drawn; a note says how many were not.
/// A name has the same colour in every panel. Equal charts are equal bytes.
///
/// ```
/// use flowtime_draw::LineChart;
/// let svg = LineChart::new("Gate")
///     .time(1_740_960_000, 3600)
///     .panel("Flow").unit("aircraft")
///     .series("demand", &[3.0, 9.0, 4.0])
///     .series("served", &[3.0, 5.0, 5.0])
///     .panel("Backlog").unit("aircraft")
///     .series("backlog", &[0.0, 4.0, 3.0])
///     .to_svg();
/// assert!(svg.starts_with("<svg") && svg.contains(">3 Mar 2025</text>"));
/// ```
#[derive(Debug, Clone)]
pub struct LineChart<'a> {
    plot: Plot<'a>,
    /// Names in the order in which they got colours.
    names: Vec<String>,
}

impl<'a> LineChart<'a> {
    /// A chart with one empty panel over bin numbers, 860 pixels wide.
    pub fn new(title: impl Into<String>) -> LineChart<'a> {
        LineChart { plot: Plot::new(title.into()), names: Vec::new() }
    }

    /// A chart that puts series with the same unit and similar magnitudes into panels together, in the order given.
    ///
    /// ```
    /// use flowtime_draw::{LineChart, Series};
    /// let (demand, cost) = ([3.0, 9.0], [4e6, 5e6]);
    /// let svg = LineChart::arranged("Gate", [Series::new("demand", &demand), Series::new("cost", &cost).unit("EUR")]).to_svg();
    /// assert!(svg.contains(">EUR</text>"));
    /// ```
    pub fn arranged(title: impl Into<String>, series: impl IntoIterator<Item = Series<'a>>) -> LineChart<'a> {
        let mut groups: Vec<(f64, Vec<Series<'a>>)> = Vec::new();
        for one in series {
            let magnitude = one.magnitude();
            let fits = |(size, group): &&mut (f64, Vec<Series<'a>>)| {
                let alike = *size == 0.0
                    || magnitude == 0.0
                    || (magnitude / MAGNITUDES <= *size && *size / MAGNITUDES <= magnitude);
                alike && group.len() < TOGETHER && group[0].unit == one.unit
            };
            match groups.iter_mut().find(fits) {
                Some((size, group)) => {
                    if magnitude > *size {
                        *size = magnitude;
                    }
                    group.push(one);
                }
                None => groups.push((magnitude, vec![one])),
            }
        }
        let several = groups.len() > 1;
        let mut chart = LineChart::new(title);
        for (_, group) in groups {
            chart = chart.panel("").unit(group[0].unit.clone());
            for one in group {
                chart = chart.series(one.name, one.values);
            }
        }
        if several {
            chart.plot.panel_height = 130.0;
        }
        chart
    }

    /// Sets a line under the title.
    #[must_use]
    pub fn subtitle(mut self, text: impl Into<String>) -> Self {
        self.plot.subtitle = text.into();
        self
    }

    /// Sets the width of the picture and the height of every panel in pixels, brought into 240..4000 and 60..2000.
    #[must_use]
    pub fn size(mut self, width: u32, panel_height: u32) -> Self {
        self.plot.resize(width, panel_height);
        self
    }

    /// Labels the horizontal axis with times in UTC: bin 0 begins at `start` (unix seconds).
    ///
    /// If the bins have no length or leave the years -9999 to 9999, bin numbers stay.
    #[must_use]
    pub fn time(mut self, start: i64, seconds_per_bin: u64) -> Self {
        self.plot.horizon = Horizon::Time { start, step: seconds_per_bin };
        self
    }

    /// Says what the horizontal axis shows; otherwise it says `bin` under bin numbers.
    #[must_use]
    pub fn horizontal_label(mut self, label: impl Into<String>) -> Self {
        self.plot.label = label.into();
        self
    }

    /// Begins a new panel with its own vertical scale; what follows goes into it. An empty title is not drawn.
    #[must_use]
    pub fn panel(mut self, title: impl Into<String>) -> Self {
        let title = title.into();
        let last = self.plot.last_panel();
        if last.layers.is_empty() {
            last.title = title;
        } else {
            self.plot.panels.push(Panel { title, ..Panel::default() });
        }
        self
    }

    /// Says what the values of the panel are counted in.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.plot.last_panel().unit = unit.into();
        self
    }

    /// Adds a series to the panel as a solid line; NaN is a missing value.
    #[must_use]
    pub fn series(mut self, name: impl Into<String>, values: &'a [f64]) -> Self {
        let name = name.into();
        let colour = self.colour(&name);
        self.add(name, colour, Mark::Line { values, dashed: false, width: LINE })
    }

    /// Adds what was observed of the series before it in the panel, as a dashed line in a darker shade of its colour.
    ///
    /// Without a series before it, it has a colour of its own.
    #[must_use]
    pub fn observed(mut self, name: impl Into<String>, values: &'a [f64]) -> Self {
        let name = name.into();
        let modelled = self.plot.last_panel().layers.iter().rev().find_map(|layer| match layer.mark {
            Mark::Line { dashed: false, .. } => Some(layer.colour.darker()),
            _ => None,
        });
        let colour = modelled.unwrap_or_else(|| self.colour(&name));
        self.add(name, colour, Mark::Line { values, dashed: true, width: LINE })
    }

    /// Adds a dashed line across the panel at a value, with its name on it.
    #[must_use]
    pub fn threshold(self, name: impl Into<String>, value: f64) -> Self {
        self.add(name.into(), THRESHOLD, Mark::Threshold { value })
    }

    /// Draws the chart.
    pub fn to_svg(&self) -> String {
        self.plot.to_svg()
    }

    fn add(mut self, name: String, colour: Colour, mark: Mark<'a>) -> Self {
        self.plot.last_panel().layers.push(Layer { name, colour, mark });
        self
    }

    fn colour(&mut self, name: &str) -> Colour {
        let known = self.names.iter().position(|n| n == name);
        let i = known.unwrap_or_else(|| {
            self.names.push(name.to_string());
            self.names.len() - 1
        });
        Colour::nth(i)
    }
}

/// The colour of thresholds: no series has it.
pub(crate) const THRESHOLD: Colour = Colour([0xa4, 0x1e, 0x35]);
