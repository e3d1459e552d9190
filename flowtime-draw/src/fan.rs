//! Fan charts: what an ensemble says about one series.

use crate::chart::THRESHOLD;
use crate::number::readable;
use crate::palette::Colour;
use crate::plot::{Horizon, Layer, Mark, Panel, Plot};

/// A fan chart: a median in nested bands of quantiles, thresholds and other lines on top, probabilities below, drawn as SVG.
///
/// Missing, infinite and very many values are treated as in [`LineChart`](crate::LineChart); a band has a gap where
/// either edge is NaN, and ends with the shorter of the two.
///
/// ```
/// use flowtime_draw::FanChart;
/// let (p5, p50, p95) = ([1.0, 2.0], [2.0, 4.0], [3.0, 8.0]);
/// let svg = FanChart::new("Backlog")
///     .quantiles(&[0.05, 0.5, 0.95], &[&p5, &p50, &p95])
///     .threshold("limit", 6.0)
///     .to_svg();
/// assert!(svg.contains(">5 % to 95 %</text>") && svg.contains(">limit 6</text>"));
/// ```
#[derive(Debug, Clone)]
pub struct FanChart<'a> {
    plot: Plot<'a>,
    bands: Vec<Layer<'a>>,
    lines: Vec<Layer<'a>>,
    overlays: usize,
    probabilities: Vec<Layer<'a>>,
}

/// The height of the panel of probabilities, as a part of the one above.
const PROBABILITY_PANEL: f64 = 0.4;

impl<'a> FanChart<'a> {
    /// A chart without bands over bin numbers, 860 pixels wide.
    pub fn new(title: impl Into<String>) -> FanChart<'a> {
        let mut plot = Plot::new(title.into());
        plot.panel_height = 300.0;
        FanChart { plot, bands: Vec::new(), lines: Vec::new(), overlays: 0, probabilities: Vec::new() }
    }

    /// Sets a line under the title.
    #[must_use]
    pub fn subtitle(mut self, text: impl Into<String>) -> Self {
        self.plot.subtitle = text.into();
        self
    }

    /// Sets the width of the picture and the height of its panel in pixels, brought into 240..4000 and 60..2000.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.plot.resize(width, height);
        self
    }

    /// Labels the horizontal axis with times in UTC, as [`LineChart::time`](crate::LineChart::time) does.
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

    /// Says what the values are counted in.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.plot.last_panel().unit = unit.into();
        self
    }

    /// Adds a band between two series. Bands are drawn in the order in which they are added: the widest comes first.
    #[must_use]
    pub fn band(mut self, name: impl Into<String>, lower: &'a [f64], upper: &'a [f64]) -> Self {
        let mark = Mark::Band { lower, upper, opacity: 0.0 };
        self.bands.push(Layer { name: name.into(), colour: Colour::nth(0), mark });
        self
    }

    /// Adds the line in the middle.
    #[must_use]
    pub fn median(mut self, values: &'a [f64]) -> Self {
        self.lines.push(line("median", Colour::nth(0).darker(), values, 2.2));
        self
    }

    /// Adds bands and a median from quantiles: `series[i]` belongs to `levels[i]`, from 0 to 1.
    ///
    /// The lowest level is paired with the highest and so on inwards; the one in the middle, if there is one, is a line. Order
    /// does not matter. What has no partner (more levels than series, or the reverse) and levels that are NaN are left out.
    #[must_use]
    pub fn quantiles(mut self, levels: &[f64], series: &[&'a [f64]]) -> Self {
        let mut known: Vec<(f64, &'a [f64])> =
            levels.iter().copied().zip(series.iter().copied()).filter(|q| !q.0.is_nan()).collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        for i in 0..known.len() / 2 {
            let ((low, lower), (high, upper)) = (known[i], known[known.len() - 1 - i]);
            self = self.band(format!("{} to {}", percent(low), percent(high)), lower, upper);
        }
        if known.len() % 2 == 1 {
            let (level, values) = known[known.len() / 2];
            if level == 0.5 {
                return self.median(values);
            }
            self.lines.push(line(&percent(level), Colour::nth(0).darker(), values, 2.2));
        }
        self
    }

    /// Adds another series as a line: what was observed, a single scenario, the mean.
    #[must_use]
    pub fn overlay(mut self, name: impl Into<String>, values: &'a [f64]) -> Self {
        self.overlays += 1;
        let colour = Colour::nth(self.overlays);
        self.lines.push(line(&name.into(), colour, values, 1.6));
        self
    }

    /// Adds a dashed line across the chart at a value, with its name on it.
    #[must_use]
    pub fn threshold(mut self, name: impl Into<String>, value: f64) -> Self {
        self.lines.push(Layer { name: name.into(), colour: THRESHOLD, mark: Mark::Threshold { value } });
        self
    }

    /// Adds how likely something is, 0 to 1, as a line in a panel of its own below the fan.
    #[must_use]
    pub fn probability(mut self, name: impl Into<String>, values: &'a [f64]) -> Self {
        let colour = Colour::nth(2 + self.probabilities.len());
        self.probabilities.push(line(&name.into(), colour, values, 1.8));
        self
    }

    /// Draws the chart.
    pub fn to_svg(&self) -> String {
        let mut plot = self.plot.clone();
        let count = self.bands.len();
        let bands = self.bands.iter().enumerate().map(|(i, band)| {
            let mut band = band.clone();
            if let Mark::Band { opacity, .. } = &mut band.mark {
                // Inner bands lie on outer ones, so they grow darker by themselves.
                *opacity = if count > 3 { 0.14 } else { 0.18 + 0.05 * i as f64 };
            }
            band
        });
        plot.last_panel().layers = bands.chain(self.lines.iter().cloned()).collect();
        if !self.probabilities.is_empty() {
            plot.panels.push(Panel {
                title: "probability".to_string(),
                part: Some(PROBABILITY_PANEL),
                layers: self.probabilities.clone(),
                ..Panel::default()
            });
        }
        plot.to_svg()
    }
}

fn line<'a>(name: &str, colour: Colour, values: &'a [f64], width: f64) -> Layer<'a> {
    Layer { name: name.to_string(), colour, mark: Mark::Line { values, dashed: false, width } }
}

fn percent(level: f64) -> String {
    format!("{} %", readable(level * 100.0, 4))
}
