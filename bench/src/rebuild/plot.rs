//! The rates as a picture: a bar for each, in groups, as SVG.

use std::fmt::Write;

/// One group of bars: its name, and what each bar stands for, in events a second.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) bars: Vec<(String, f64)>,
}

const WIDTH: f64 = 860.0;
const LEFT: f64 = 250.0;
const BAR: f64 = 20.0;
const GAP: f64 = 6.0;

/// The picture; the longest bar of each group fills the width, since groups are of other stores.
pub(crate) fn svg(title: &str, groups: &[Group]) -> String {
    let lines: usize = groups.iter().map(|group| group.bars.len() + 2).sum();
    let height = 60.0 + lines as f64 * (BAR + GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"12\" y=\"26\" font-size=\"16\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    );
    let mut y = 48.0;
    // Writing to a text never fails.
    for group in groups {
        y += BAR;
        let _ =
            writeln!(svg, "<text x=\"12\" y=\"{y}\" font-weight=\"bold\">{}</text>", escaped(&group.name));
        y += GAP;
        let most = group.bars.iter().map(|(_, rate)| *rate).fold(1.0, f64::max);
        for (number, (name, rate)) in group.bars.iter().enumerate() {
            let (length, base) = (rate / most * (WIDTH - LEFT - 110.0), y + BAR - 5.0);
            let fill = if number < 2 { "#2a6f97" } else { "#a9b4c2" };
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>\
                 <rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" fill=\"{fill}\"/>\
                 <text x=\"{:.1}\" y=\"{base}\">{:.0} k/s</text>",
                LEFT - 8.0,
                escaped(name.trim()),
                LEFT + length + 6.0,
                rate / 1e3
            );
            y += BAR + GAP;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bar_is_as_long_as_its_rate() {
        let bars = vec![("built <1>".into(), 50_000.0), ("bare".into(), 100_000.0)];
        let svg = svg("rates", &[Group { name: "embedded".into(), bars }]);
        let widths: Vec<f64> = svg
            .split("height=\"20\"")
            .filter_map(|part| part.rsplit_once("width=\"")?.1.split('"').next()?.parse().ok())
            .collect();
        assert_eq!(widths, [250.0, 500.0]);
        assert!(svg.contains("built &lt;1>") && svg.contains("100 k/s"), "{svg}");
    }
}
