//! What stands inside a panel: lines, bands, thresholds and what they say on hover.

use std::fmt::Write;

use crate::calendar::full_time;
use crate::number::compact;
use crate::plot::{Drawing, LEGEND, LEGEND_NAME, Layer, Mark, Placed, TICK};
use crate::reduce::{self, Point};
use crate::svg::{At, Escaped, PAPER, Svg, fit, text_width};

/// A mean is taken over this many columns.
const MEAN_COLUMNS: usize = 4;
/// Bytes that hover titles may take together.
const HOVER_BYTES: usize = 60_000;

/// A rectangle that a label takes.
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Area {
    fn touches(&self, other: &Area) -> bool {
        self.left < other.right + 4.0
            && other.left < self.right + 4.0
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// How a line looks.
#[derive(Clone, Copy)]
struct Stroke {
    dashed: bool,
    width: f64,
    pale: bool,
}

impl Drawing<'_, '_> {
    /// Draws the layers of a panel.
    ///
    /// Where several long lines share it, each is a pale range with its means on top.
    pub(crate) fn draw_marks(&self, svg: &mut Svg, placed: &Placed<'_, '_>) {
        for layer in placed.layers {
            match layer.mark {
                Mark::Line { values, dashed, width } => {
                    let pale = self.is_pale(placed, values);
                    self.draw_line(
                        svg,
                        placed,
                        layer,
                        values,
                        Stroke { dashed: dashed && !pale, width, pale },
                    );
                }
                Mark::Band { lower, upper, opacity } => {
                    self.draw_band(svg, placed, layer, lower, upper, opacity)
                }
                Mark::Threshold { .. } => {}
            }
        }
        for layer in placed.layers {
            if let Mark::Line { values, dashed, width } = layer.mark
                && self.is_pale(placed, values)
            {
                self.draw_means(svg, placed, layer, values, dashed, width);
            }
        }
        self.draw_thresholds(svg, placed);
        self.draw_hover(svg, placed);
    }

    /// Whether a line would be little more than a block that hides the others of its panel.
    pub(crate) fn is_pale(&self, placed: &Placed<'_, '_>, values: &[f64]) -> bool {
        values.len() > 4 * self.columns && placed.layers.iter().filter(|l| l.bins() > 0).count() > 1
    }

    fn draw_means(
        &self,
        svg: &mut Svg,
        placed: &Placed<'_, '_>,
        layer: &Layer<'_>,
        values: &[f64],
        dashed: bool,
        width: f64,
    ) {
        let mut path = String::new();
        for run in reduce::means(values, self.columns / MEAN_COLUMNS) {
            for (i, &(bin, mean)) in run.iter().enumerate() {
                let lead = if i == 0 { "M" } else { " " };
                let _ = write!(path, "{lead}{} {}", At(self.x(bin)), At(placed.y(mean)));
            }
            if run.len() == 1 {
                path.push_str("h0");
            }
        }
        if !path.is_empty() {
            svg.push(format_args!(
                "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{}/>\n",
                layer.colour,
                At(width),
                if dashed { " stroke-dasharray=\"5 3\"" } else { " stroke-linecap=\"round\"" }
            ));
        }
    }

    fn draw_line(
        &self,
        svg: &mut Svg,
        placed: &Placed<'_, '_>,
        layer: &Layer<'_>,
        values: &[f64],
        stroke: Stroke,
    ) {
        let Stroke { dashed, width, pale } = stroke;
        let runs = reduce::line(values, self.columns);
        let (mut path, mut dots) = (String::new(), String::new());
        for run in &runs {
            let mut to = if run.len() > 1 { &mut path } else { &mut dots };
            for (i, &(bin, value)) in run.iter().enumerate() {
                let lead = if i == 0 { "M" } else { " " };
                let _ = write!(to, "{lead}{} {}", At(self.x(bin as f64)), At(placed.y(value)));
            }
            if run.len() == 1 {
                to = &mut dots;
                to.push_str("h0");
            }
        }
        let colour = layer.colour;
        // A line that fills its columns looks heavier than a plain one.
        let dense = values.len() > self.columns;
        let width = if dense { width * 0.6 } else { width };
        let opacity = if pale { " stroke-opacity=\"0.35\"" } else { "" };
        if !path.is_empty() {
            svg.push(format_args!(
                "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{opacity}{}/>\n",
                At(width),
                if dashed { " stroke-dasharray=\"5 3\"" } else { " stroke-linecap=\"round\"" }
            ));
        }
        if !dots.is_empty() {
            svg.push(format_args!(
                "<path d=\"{dots}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{}\" stroke-linecap=\"round\"/>\n",
                At(width * 2.2)
            ));
        }
        self.draw_clipped(svg, placed, layer, runs.iter().flatten());
    }

    /// Marks infinite values by triangles at the edge that they lie beyond.
    fn draw_clipped<'r>(
        &self,
        svg: &mut Svg,
        placed: &Placed<'_, '_>,
        layer: &Layer<'_>,
        points: impl Iterator<Item = &'r Point>,
    ) {
        let mut path = String::new();
        let mut last = [f64::NEG_INFINITY; 2];
        for &(bin, value) in points.filter(|p| p.1.is_infinite()) {
            let x = self.x(bin as f64);
            let up = usize::from(value > 0.0);
            if x < last[up] + 9.0 {
                continue;
            }
            last[up] = x;
            let shape = if value > 0.0 { "l4 7h-8z" } else { "l4 -7h-8z" };
            let _ = write!(path, "M{} {}{shape}", At(x), At(placed.y(value)));
        }
        if !path.is_empty() {
            svg.push(format_args!("<path d=\"{path}\" fill=\"{}\" stroke=\"{PAPER}\">", layer.colour));
            svg.title(&format!("{}: infinite values", layer.name));
            svg.push(format_args!("</path>\n"));
        }
    }

    fn draw_band(
        &self,
        svg: &mut Svg,
        placed: &Placed<'_, '_>,
        layer: &Layer<'_>,
        lower: &[f64],
        upper: &[f64],
        opacity: f64,
    ) {
        let mut path = String::new();
        for run in reduce::band(lower, upper, self.columns) {
            // A band of one bin would have no width.
            let half = if run.len() == 1 { 2.0 } else { 0.0 };
            let edge = |path: &mut String, lead: &str, bin: usize, shift: f64, value: f64| {
                let _ = write!(path, "{lead}{} {}", At(self.x(bin as f64) + shift), At(placed.y(value)));
            };
            for (i, &(bin, _, high)) in run.iter().enumerate() {
                edge(&mut path, if i == 0 { "M" } else { " " }, bin, -half, high);
                if half > 0.0 {
                    edge(&mut path, " ", bin, half, high);
                }
            }
            for &(bin, low, _) in run.iter().rev() {
                edge(&mut path, " ", bin, half, low);
                if half > 0.0 {
                    edge(&mut path, " ", bin, -half, low);
                }
            }
            path.push('z');
        }
        if !path.is_empty() {
            svg.push(format_args!(
                "<path d=\"{path}\" fill=\"{}\" fill-opacity=\"{}\"/>\n",
                layer.colour,
                compact(opacity, 2)
            ));
        }
    }

    /// Dashed lines across the panel, each with its name where there is most room for it.
    fn draw_thresholds(&self, svg: &mut Svg, placed: &Placed<'_, '_>) {
        let thresholds: Vec<(f64, &Layer<'_>, f64)> = placed
            .layers
            .iter()
            .filter_map(|layer| match layer.mark {
                Mark::Threshold { value } if !value.is_nan() => Some((placed.y(value), layer, value)),
                _ => None,
            })
            .collect();
        for (y, layer, _) in &thresholds {
            svg.push(format_args!(
                "<path d=\"M{} {}H{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.4\" stroke-dasharray=\"7 4\"/>\n",
                At(self.left),
                At(*y),
                At(self.right),
                layer.colour
            ));
        }
        let mut taken: Vec<Area> = Vec::new();
        for &(y, layer, value) in &thresholds {
            let number = compact(value, 4);
            let full = if layer.name.is_empty() { number } else { format!("{} {number}", layer.name) };
            let text = fit(&full, TICK.size, (self.right - self.left) * 0.6);
            let width = text_width(&text, TICK.size);
            let lines: Vec<f64> = thresholds.iter().map(|t| t.0).collect();
            let mut best: Option<(usize, Area)> = None;
            for base in [y - 5.0, y + 13.0] {
                for right in
                    [self.right - 4.0, self.left + 6.0 + width, (self.left + self.right + width) / 2.0]
                {
                    let area = Area { left: right - width, right, top: base - 9.0, bottom: base + 2.0 };
                    let cost = self.crowding(placed, &area, &taken, &lines);
                    if best.as_ref().is_none_or(|b| cost < b.0) {
                        best = Some((cost, area));
                    }
                }
            }
            let Some((_, area)) = best else { continue };
            svg.push(format_args!(
                "<text x=\"{}\" y=\"{}\" font-size=\"11\" text-anchor=\"end\" fill=\"{}\" stroke=\"{PAPER}\" \
                 stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\">",
                At(area.right),
                At(area.bottom - 2.0),
                layer.colour
            ));
            if text != full {
                svg.title(&full);
            }
            svg.push(format_args!("{}</text>\n", Escaped(&text)));
            taken.push(area);
        }
    }

    /// How much a label in this area would hide.
    fn crowding(&self, placed: &Placed<'_, '_>, area: &Area, taken: &[Area], lines: &[f64]) -> usize {
        let outside = area.top < placed.top || area.bottom > placed.bottom;
        let labels = taken.iter().filter(|other| area.touches(other)).count();
        let crossed = lines.iter().filter(|&&y| y > area.top && y < area.bottom).count();
        // A tenth of the label is one cell.
        let bin = |x: f64| {
            let share = ((x - self.left) / (self.right - self.left)).clamp(0.0, 1.0);
            (share * self.bins as f64) as usize
        };
        let hidden = placed.layers.iter().filter_map(|layer| match layer.mark {
            Mark::Line { values, .. } => Some(values),
            _ => None,
        });
        let hidden: usize = hidden
            .map(|values| {
                let to = (bin(area.right) + 2).min(values.len());
                let from = bin(area.left).min(to);
                let meets =
                    |&(low, high): &(f64, f64)| placed.y(high) < area.bottom && placed.y(low) > area.top;
                reduce::joined_cells(&values[from..to], 10).flatten().filter(meets).count()
            })
            .sum();
        usize::from(outside) * 1000 + labels * 100 + crossed * 20 + hidden
    }

    /// Invisible slices that say on hover which bins they cover and what the layers are there.
    fn draw_hover(&self, svg: &mut Svg, placed: &Placed<'_, '_>) {
        let layers: Vec<&Layer<'_>> = placed.layers.iter().filter(|l| l.bins() > 0).collect();
        if layers.is_empty() {
            return;
        }
        let all: usize = self.panels.iter().map(|p| 90 + p.layers.len() * 48).sum();
        let slices = (HOVER_BYTES / all).clamp(1, 120).min(self.bins);
        svg.push(format_args!("<g fill=\"{PAPER}\" fill-opacity=\"0\">\n"));
        for slice in 0..slices {
            let from = reduce::share(self.bins, slice, slices);
            let to = reduce::share(self.bins, slice + 1, slices);
            let (mut x0, mut x1) = (self.x(from as f64 - 0.5), self.x(to as f64 - 0.5));
            (x0, x1) = (x0.max(self.left), x1.min(self.right));
            let mut text = self.when(from, to);
            for layer in &layers {
                let name = fit(&layer.name, LEGEND.size, LEGEND_NAME);
                let _ = write!(text, "\n{name}: {}", layer.says(from, to));
            }
            svg.push(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n",
                At(x0),
                At(placed.top),
                At((x1 - x0).max(0.0)),
                At(placed.bottom - placed.top),
                Escaped(&text)
            ));
        }
        svg.push(format_args!("</g>\n"));
    }

    fn when(&self, from: usize, to: usize) -> String {
        let last = to.saturating_sub(1).max(from);
        let bins = if last > from { format!("bins {from} to {last}") } else { format!("bin {from}") };
        match self.time() {
            Some((start, step)) => format!("{bins}, {}", full_time(start + from as i64 * step)),
            None => bins,
        }
    }
}

impl Layer<'_> {
    /// The values of some bins in words.
    fn says(&self, from: usize, to: usize) -> String {
        let cut = |values: &[f64]| -> Option<(f64, f64)> {
            let to = to.min(values.len());
            reduce::cells(&values[from.min(to)..to], 1).next().flatten()
        };
        let range = match self.mark {
            Mark::Line { values, .. } => cut(values),
            Mark::Band { lower, upper, .. } => match (cut(lower), cut(upper)) {
                (Some((low, _)), Some((_, high))) => Some((low, high)),
                _ => None,
            },
            Mark::Threshold { .. } => None,
        };
        match range {
            None => "no value".to_string(),
            Some((low, high)) if low == high => compact(low, 4),
            Some((low, high)) => format!("{} to {}", compact(low, 4), compact(high, 4)),
        }
    }
}
