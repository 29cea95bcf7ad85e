use plotters::backend::SVGBackend;
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea as _};
use plotters::prelude::{
    BLACK, ChartBuilder, Color as _, IntoFont as _, IntoSegmentedCoord as _, Rectangle,
    SegmentValue,
};

/// A bar for each number, with labels below: what stands within an `<svg>` of [`WIDTH`] by [`HEIGHT`]. It names no colour that counts: the
/// style sheet has colours for light and for dark.
pub(super) fn bars(counts: &[u64], labels: &[String]) -> String {
    let mut picture = String::new();
    drawn(&mut picture, counts, labels).expect("a text can always be written to");
    inner(&picture).to_owned()
}

fn drawn(
    picture: &mut String,
    counts: &[u64],
    labels: &[String],
) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let area = SVGBackend::with_string(picture, (WIDTH, HEIGHT)).into_drawing_area();
    let number = u32::try_from(counts.len()).unwrap_or(u32::MAX);
    let most = counts.iter().copied().max().unwrap_or(0);
    let mut chart = ChartBuilder::on(&area)
        .margin(4)
        .margin_top(10)
        .x_label_area_size(20)
        .y_label_area_size(36)
        .build_cartesian_2d(
            (0..number.saturating_sub(1)).into_segmented(),
            0..ceiling(most),
        )?;
    let label = |value: &SegmentValue<u32>| match value {
        SegmentValue::CenterOf(place) => labels.get(*place as usize).cloned().unwrap_or_default(),
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(BLACK.mix(0.0))
        .x_labels(LABELS)
        .y_labels(4)
        .x_label_formatter(&label)
        .label_style(("sans-serif", LETTERS).into_font())
        .draw()?;
    let end_of = |place| match place + 1 < number {
        true => SegmentValue::Exact(place + 1),
        false => SegmentValue::Last,
    };
    let bars = (0..number).zip(counts).filter(|(_, count)| **count > 0);
    chart.draw_series(bars.map(|(place, count)| {
        let corners = [(SegmentValue::Exact(place), 0), (end_of(place), *count)];
        let mut bar = Rectangle::new(corners, BLACK.filled());
        bar.set_margin(0, 0, 1, 1);
        bar
    }))?;
    area.present()
}

/// A little above the greatest number, so that marks stand at whole numbers.
fn ceiling(most: u64) -> u64 {
    let step = match most {
        0..=4 => return 4,
        5..=20 => 4,
        21..=100 => 20,
        _ => 10_u64.pow(most.ilog10()) / 2,
    };
    most.div_ceil(step).saturating_mul(step)
}

/// Without the element around it, which the page writes with its own words.
fn inner(picture: &str) -> &str {
    let start = picture.find("<svg").unwrap_or(0);
    let begin = picture[start..].find('>').map_or(0, |end| start + end + 1);
    let end = picture.rfind("</svg>").unwrap_or(picture.len());
    &picture[begin..end]
}

/// In CSS pixels, before the page stretches it.
pub(super) const WIDTH: u32 = 320;
pub(super) const HEIGHT: u32 = 150;

/// The height of letters, as plotters counts it: it divides by 1.24.
const LETTERS: f64 = 14.0;

/// About how many labels there are below.
const LABELS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(number: usize) -> Vec<String> {
        (0..number).map(|place| format!("{place}:00")).collect()
    }

    #[test]
    fn there_is_a_bar_for_each_number_and_a_label_for_some() {
        let counts = [0, 3, 0, 1, 7];
        let picture = bars(&counts, &labels(5));
        assert_eq!(picture.matches("<rect").count(), 3, "{picture}");
        assert!(
            picture.contains("0:00") && picture.contains("4:00"),
            "{picture}"
        );
    }

    #[test]
    fn it_obeys_the_content_security_policy() {
        let picture = bars(&[1, 2, 3], &labels(3));
        for inline in ["style=", "<style", "<script", "<svg", "</svg", "href"] {
            assert!(!picture.contains(inline), "{inline} in {picture}");
        }
    }

    #[test]
    fn any_numbers_make_a_picture() {
        for counts in [&[][..], &[0], &[u64::MAX], &[1; 2_160], &[0; 90]] {
            let picture = bars(counts, &labels(counts.len()));
            let bars = counts.iter().filter(|count| **count > 0).count();
            assert_eq!(picture.matches("<rect").count(), bars);
        }
    }

    #[test]
    fn what_stands_below_is_escaped() {
        let picture = bars(&[1], &["<b>&".to_owned()]);
        assert!(picture.contains("&lt;b&gt;&amp;"), "{picture}");
    }

    #[test]
    fn marks_stand_at_whole_numbers() {
        for (most, expected) in [
            (0, 4),
            (1, 4),
            (5, 8),
            (20, 20),
            (21, 40),
            (101, 150),
            (999, 1_000),
            (1_001, 1_500),
        ] {
            assert_eq!(ceiling(most), expected, "{most}");
        }
    }
}
