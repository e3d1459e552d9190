//! What line charts and fan charts share: panels one above the other over one horizontal axis.

use std::fmt::Write;

use crate::calendar::{REPRESENTABLE, full_time, time_ticks};
use crate::number::compact;
use crate::palette::Colour;
use crate::scale::{Scale, Tick, bin_ticks};
use crate::svg::{AXIS, Anchor, At, Escaped, GRID, INK, MUTED, Svg, Type, fit, text_width};

const TITLE: Type = Type::new(16.0, INK).bold();
const SUBTITLE: Type = Type::new(12.0, MUTED);
const PANEL_TITLE: Type = Type::new(12.5, INK).bold();
pub(crate) const LEGEND: Type = Type::new(12.0, INK);
pub(crate) const TICK: Type = Type::new(11.0, MUTED);
const NOTE: Type = Type::new(11.0, MUTED);

/// No picture holds more layers than this; a note says what was left out.
const MOST_LAYERS: usize = 64;
/// Bytes that the points of all layers may take together.
const POINT_BYTES: usize = 100_000;
/// Names in legends take at most this many pixels.
pub(crate) const LEGEND_NAME: f64 = 200.0;
const LEGEND_ROW: f64 = 20.0;
const NOTE_ROW: f64 = 16.0;
const RIGHT: f64 = 26.0;

/// What stands under the horizontal axis.
#[derive(Debug, Clone)]
pub(crate) enum Horizon {
    /// Bin numbers.
    Bins,
    /// Time: where bin 0 begins in unix seconds, and the seconds of a bin.
    Time { start: i64, step: u64 },
}

/// What a layer draws.
#[derive(Debug, Clone)]
pub(crate) enum Mark<'a> {
    Line { values: &'a [f64], dashed: bool, width: f64 },
    Band { lower: &'a [f64], upper: &'a [f64], opacity: f64 },
    Threshold { value: f64 },
}

/// One thing in a panel, with its name in the legend.
#[derive(Debug, Clone)]
pub(crate) struct Layer<'a> {
    pub(crate) name: String,
    pub(crate) colour: Colour,
    pub(crate) mark: Mark<'a>,
}

/// Layers that share a vertical scale.
#[derive(Debug, Clone, Default)]
pub(crate) struct Panel<'a> {
    pub(crate) title: String,
    pub(crate) unit: String,
    /// Its height as a part of that of the others, if it has one of its own.
    pub(crate) part: Option<f64>,
    pub(crate) layers: Vec<Layer<'a>>,
}

/// A chart, ready to be drawn.
#[derive(Debug, Clone)]
pub(crate) struct Plot<'a> {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) horizon: Horizon,
    pub(crate) label: String,
    pub(crate) width: f64,
    pub(crate) panel_height: f64,
    pub(crate) panels: Vec<Panel<'a>>,
}

impl<'a> Plot<'a> {
    pub(crate) fn new(title: String) -> Plot<'a> {
        Plot {
            title,
            subtitle: String::new(),
            horizon: Horizon::Bins,
            label: String::new(),
            width: 860.0,
            panel_height: 200.0,
            panels: vec![Panel::default()],
        }
    }

    /// Sets the size in pixels, brought into what can be read.
    pub(crate) fn resize(&mut self, width: u32, panel_height: u32) {
        self.width = f64::from(width.clamp(240, 4000));
        self.panel_height = f64::from(panel_height.clamp(60, 2000));
    }

    /// The panel that is being filled.
    pub(crate) fn last_panel(&mut self) -> &mut Panel<'a> {
        if self.panels.is_empty() {
            self.panels.push(Panel::default());
        }
        let last = self.panels.len() - 1;
        &mut self.panels[last]
    }

    fn height_of(&self, panel: &Panel<'_>) -> f64 {
        self.panel_height * panel.part.unwrap_or(1.0)
    }

    pub(crate) fn to_svg(&self) -> String {
        Drawing::plan(self).draw()
    }
}

impl Layer<'_> {
    /// How many bins the layer covers.
    pub(crate) fn bins(&self) -> usize {
        match self.mark {
            Mark::Line { values, .. } => values.len(),
            Mark::Band { lower, upper, .. } => lower.len().min(upper.len()),
            Mark::Threshold { .. } => 0,
        }
    }

    /// The finite range of the values.
    fn range(&self) -> [f64; 2] {
        let finite = |values: &[f64], range: [f64; 2]| {
            values.iter().filter(|v| v.is_finite()).fold(range, |[low, high], &v| {
                [if v < low { v } else { low }, if v > high { v } else { high }]
            })
        };
        let none = [f64::INFINITY, f64::NEG_INFINITY];
        match self.mark {
            Mark::Line { values, .. } => finite(values, none),
            Mark::Band { lower, upper, .. } => finite(upper, finite(lower, none)),
            Mark::Threshold { value } => finite(&[value], none),
        }
    }
}

/// A panel with its place and scale.
pub(crate) struct Placed<'p, 'a> {
    pub(crate) panel: &'p Panel<'a>,
    pub(crate) layers: &'p [Layer<'a>],
    pub(crate) scale: Scale,
    header: Vec<LegendItem<'p>>,
    header_top: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

struct LegendItem<'p> {
    x: f64,
    row: usize,
    text: String,
    full: &'p str,
    /// The title of the panel has no swatch.
    layer: Option<(Colour, Swatch)>,
}

#[derive(Clone, Copy)]
enum Swatch {
    Line { dashed: bool },
    Band { opacity: f64 },
}

pub(crate) struct Drawing<'p, 'a> {
    plot: &'p Plot<'a>,
    pub(crate) panels: Vec<Placed<'p, 'a>>,
    pub(crate) bins: usize,
    /// Columns that long series are cut into.
    pub(crate) columns: usize,
    pub(crate) left: f64,
    pub(crate) right: f64,
    height: f64,
    left_out: usize,
}

impl<'p, 'a> Drawing<'p, 'a> {
    fn plan(plot: &'p Plot<'a>) -> Drawing<'p, 'a> {
        let all: usize = plot.panels.iter().map(|p| p.layers.len()).sum();
        let mut room = MOST_LAYERS;
        let mut y = if plot.title.is_empty() { 12.0 } else { 36.0 };
        if !plot.subtitle.is_empty() {
            y += 18.0;
        }
        let mut panels = Vec::new();
        for panel in &plot.panels {
            let layers = &panel.layers[..panel.layers.len().min(room)];
            if layers.is_empty() && !panels.is_empty() {
                continue;
            }
            room -= layers.len();
            let ticks = (plot.height_of(panel) / 40.0) as usize;
            let scale = Scale::over(layers.iter().flat_map(Layer::range), ticks.clamp(2, 8));
            panels.push(Placed {
                panel,
                layers,
                scale,
                header: Vec::new(),
                header_top: 0.0,
                top: 0.0,
                bottom: 0.0,
            });
        }
        let bins = panels.iter().flat_map(|p| p.layers).map(Layer::bins).max().unwrap_or(0);
        let labels = panels.iter().flat_map(|p| &p.scale.ticks).map(|t| text_width(&t.label, TICK.size));
        let units = if panels.iter().any(|p| !p.panel.unit.is_empty()) { 20.0 } else { 0.0 };
        let left = 18.0 + units + labels.fold(24.0, f64::max);
        let right = plot.width - RIGHT;
        for placed in &mut panels {
            let rows = placed.lay_header(left, right);
            placed.header_top = y;
            placed.top = y + rows as f64 * LEGEND_ROW + 8.0;
            placed.bottom = placed.top + plot.height_of(placed.panel);
            y = placed.bottom + 18.0;
        }
        let lines = panels.iter().flat_map(|p| p.layers).filter(|l| l.bins() > 0).count().max(1);
        // Two points of about twelve bytes a column, and no more columns than pixels.
        let columns = (POINT_BYTES / (lines * 24)).clamp(24, 2000).min((right - left).max(24.0) as usize);
        let left_out = all.saturating_sub(MOST_LAYERS);
        let mut drawing = Drawing { plot, panels, bins, columns, left, right, height: 0.0, left_out };
        let notes = drawing.notes().len() as f64;
        drawing.height = y + 22.0 + NOTE_ROW * notes + if notes > 0.0 { 8.0 } else { 0.0 };
        drawing
    }

    /// What a reader must know about the picture.
    fn notes(&self) -> Vec<String> {
        let pale = |placed: &Placed<'_, '_>| {
            placed
                .layers
                .iter()
                .any(|l| matches!(l.mark, Mark::Line { values, .. } if self.is_pale(placed, values)))
        };
        let mut notes = Vec::new();
        if self.panels.iter().any(pale) {
            notes.push("lines are means; pale areas reach from the least to the greatest value".to_string());
        }
        if self.left_out > 0 {
            notes.push(format!("{} more series are not drawn", self.left_out));
        }
        notes
    }

    /// The horizontal place of a bin, which may be a fraction.
    pub(crate) fn x(&self, bin: f64) -> f64 {
        let width = self.right - self.left;
        if self.bins < 2 {
            return self.left + width * (0.5 + bin);
        }
        self.left + width * bin / (self.bins - 1) as f64
    }

    fn draw(&self) -> String {
        let plot = self.plot;
        let mut svg = Svg::new(&plot.title, plot.width, self.height);
        let room = plot.width - 36.0;
        svg.text(18.0, 27.0, TITLE, &fit(&plot.title, TITLE.size * 1.06, room), &plot.title);
        if !plot.subtitle.is_empty() {
            let y = if plot.title.is_empty() { 22.0 } else { 46.0 };
            svg.text(18.0, y, SUBTITLE, &fit(&plot.subtitle, SUBTITLE.size, room), &plot.subtitle);
        }
        let ticks = self.horizontal_ticks();
        for placed in &self.panels {
            self.draw_header(&mut svg, placed);
            self.draw_frame(&mut svg, placed, &ticks);
            self.draw_marks(&mut svg, placed);
        }
        self.draw_horizontal_labels(&mut svg, &ticks);
        let notes = self.notes();
        for (i, note) in notes.iter().enumerate() {
            let y = self.height - 10.0 - NOTE_ROW * (notes.len() - 1 - i) as f64;
            svg.text(18.0, y, NOTE, &fit(note, NOTE.size, room), note);
        }
        svg.finish()
    }

    /// Ticks by bin number, fractions where a time falls inside a bin.
    fn horizontal_ticks(&self) -> Vec<Tick> {
        let Some(last) = self.bins.checked_sub(1) else { return Vec::new() };
        let room = self.right - self.left;
        let Some((start, step)) = self.time() else { return bin_ticks(last, (room / 50.0) as usize) };
        let mut ticks = time_ticks(start, start + last as i64 * step, room);
        for tick in &mut ticks {
            tick.at = (tick.at - start as f64) / step as f64;
        }
        if ticks.is_empty() {
            ticks.push(Tick { at: 0.0, label: full_time(start), context: None });
        }
        ticks
    }

    /// Start and step in seconds, if every bin has a time that can be written.
    pub(crate) fn time(&self) -> Option<(i64, i64)> {
        let Horizon::Time { start, step } = self.plot.horizon else { return None };
        let step = i64::try_from(step).ok().filter(|&s| s > 0)?;
        let last = i64::try_from(self.bins.saturating_sub(1)).ok()?;
        let end = last.checked_mul(step)?.checked_add(start)?;
        (REPRESENTABLE.contains(&start) && REPRESENTABLE.contains(&end)).then_some((start, step))
    }

    fn draw_header(&self, svg: &mut Svg, placed: &Placed<'_, '_>) {
        for item in &placed.header {
            let y = placed.header_top + item.row as f64 * LEGEND_ROW + 14.0;
            let Some((colour, swatch)) = item.layer else {
                svg.text(item.x, y, PANEL_TITLE, &item.text, item.full);
                continue;
            };
            match swatch {
                Swatch::Line { dashed } => svg.push(format_args!(
                    "<path d=\"M{} {}h18\" stroke=\"{colour}\" stroke-width=\"2.4\"{}/>\n",
                    At(item.x),
                    At(y - 4.0),
                    if dashed { " stroke-dasharray=\"5 3\"" } else { "" }
                )),
                Swatch::Band { opacity } => svg.push(format_args!(
                    "<rect x=\"{}\" y=\"{}\" width=\"18\" height=\"10\" rx=\"2\" fill=\"{colour}\" fill-opacity=\"{}\"/>\n",
                    At(item.x),
                    At(y - 9.0),
                    compact(opacity, 2)
                )),
            }
            svg.text(item.x + 24.0, y, LEGEND, &item.text, item.full);
        }
    }

    fn draw_frame(&self, svg: &mut Svg, placed: &Placed<'_, '_>, ticks: &[Tick]) {
        let (left, right, top, bottom) = (At(self.left), At(self.right), At(placed.top), At(placed.bottom));
        let mut grid = String::new();
        for tick in ticks {
            let _ = write!(grid, "M{} {top}V{bottom}", At(self.x(tick.at)));
        }
        for tick in &placed.scale.ticks {
            let _ = write!(grid, "M{left} {}H{right}", At(placed.y(tick.at)));
        }
        if !grid.is_empty() {
            svg.push(format_args!("<path d=\"{grid}\" stroke=\"{GRID}\" fill=\"none\"/>\n"));
        }
        let crosses = placed.scale.low < 0.0 && placed.scale.high > 0.0;
        let zero = if crosses { placed.y(0.0) } else { placed.bottom };
        svg.push(format_args!(
            "<path d=\"M{left} {}H{right}\" stroke=\"{AXIS}\" fill=\"none\"/>\n",
            At(zero)
        ));
        for tick in &placed.scale.ticks {
            let style = TICK.anchor(Anchor::End);
            svg.text(self.left - 8.0, placed.y(tick.at) + 4.0, style, &tick.label, &tick.label);
        }
        if placed.scale.ticks.is_empty() {
            let (x, y) = ((self.left + self.right) / 2.0, (placed.top + placed.bottom) / 2.0 + 4.0);
            svg.text(x, y, SUBTITLE.anchor(Anchor::Middle), "no values", "no values");
        }
        if !placed.panel.unit.is_empty() {
            let unit = fit(&placed.panel.unit, TICK.size, self.plot.height_of(placed.panel));
            let (x, y) = (At(20.0), At((placed.top + placed.bottom) / 2.0));
            svg.push(format_args!(
                "<text transform=\"translate({x} {y}) rotate(-90)\" font-size=\"11\" fill=\"{MUTED}\" text-anchor=\"middle\">"
            ));
            if unit != placed.panel.unit {
                svg.title(&placed.panel.unit);
            }
            svg.push(format_args!("{}</text>\n", Escaped(&unit)));
        }
    }

    fn draw_horizontal_labels(&self, svg: &mut Svg, ticks: &[Tick]) {
        let Some(bottom) = self.panels.last().map(|p| p.bottom) else { return };
        let middle = TICK.anchor(Anchor::Middle);
        let place = |at: f64, text: &str| {
            let half = text_width(text, TICK.size) / 2.0;
            self.x(at).min(self.plot.width - 4.0 - half).max(4.0 + half)
        };
        for tick in ticks {
            svg.text(place(tick.at, &tick.label), bottom + 17.0, middle, &tick.label, &tick.label);
        }
        let full = match self.plot.label.as_str() {
            "" if self.bins > 0 && self.time().is_none() => "bin",
            label => label,
        };
        let label = fit(full, TICK.size, (self.right - self.left) / 2.0);
        let label_from = self.right - text_width(&label, TICK.size) - 8.0;
        // The first context gives way to one that follows closely: the later one marks a real boundary.
        let contexts: Vec<(f64, f64, &str)> = ticks
            .iter()
            .filter_map(|t| t.context.as_deref().map(|c| (place(t.at, c), text_width(c, TICK.size) / 2.0, c)))
            .collect();
        let mut until = f64::NEG_INFINITY;
        for (i, &(x, half, text)) in contexts.iter().enumerate() {
            let crowded = i == 0 && contexts.get(1).is_some_and(|next| next.0 - next.1 < x + half + 8.0);
            let hits_label = !label.is_empty() && x + half > label_from;
            if crowded || hits_label || x - half < until + 8.0 {
                continue;
            }
            svg.text(x, bottom + 32.0, middle, text, text);
            until = x + half;
        }
        if !label.is_empty() {
            svg.text(self.right, bottom + 32.0, TICK.anchor(Anchor::End), &label, full);
        }
    }
}

impl<'p> Placed<'p, '_> {
    pub(crate) fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * self.scale.fraction(value)
    }

    /// Places the title and the legend in rows; how many rows there are.
    fn lay_header(&mut self, left: f64, right: f64) -> usize {
        let (mut x, mut row) = (left, 0);
        let panel: &'p Panel<'_> = self.panel;
        if !panel.title.is_empty() {
            let text = fit(&panel.title, PANEL_TITLE.size * 1.06, (right - left) * 0.6);
            let width = text_width(&text, PANEL_TITLE.size * 1.06);
            self.header.push(LegendItem { x, row, text, full: &panel.title, layer: None });
            x += width + 18.0;
        }
        // Bands lie on each other, so each looks like all so far.
        let mut clear = 1.0;
        for layer in self.layers {
            let swatch = match layer.mark {
                Mark::Line { dashed, .. } => Swatch::Line { dashed },
                Mark::Band { opacity, .. } => {
                    clear *= 1.0 - opacity;
                    Swatch::Band { opacity: 1.0 - clear }
                }
                Mark::Threshold { .. } => continue,
            };
            if layer.name.is_empty() {
                continue;
            }
            let text = fit(&layer.name, LEGEND.size, LEGEND_NAME.min(right - left - 24.0));
            let width = 24.0 + text_width(&text, LEGEND.size);
            if x + width > right && x > left {
                (x, row) = (left, row + 1);
            }
            self.header.push(LegendItem {
                x,
                row,
                text,
                full: &layer.name,
                layer: Some((layer.colour, swatch)),
            });
            x += width + 16.0;
        }
        if self.header.is_empty() { 0 } else { row + 1 }
    }
}
