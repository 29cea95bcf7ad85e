use std::fmt;

/// The value in the middle; the mean of the two in the middle when their number is even. Zero when there are none.
///
/// ```
/// assert_eq!(countersign_bench::median(vec![9.0, 1.0, 3.0]), 3.0);
/// assert_eq!(countersign_bench::median(vec![1.0, 2.0]), 1.5);
/// ```
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        length if length % 2 == 1 => values[length / 2],
        length => (values[length / 2 - 1] + values[length / 2]) / 2.0,
    }
}

/// The value that so many per cent of the values do not exceed (nearest rank). Zero when there are none.
///
/// ```
/// let values: Vec<f64> = (1..=200).map(f64::from).collect();
/// assert_eq!(countersign_bench::percentile(values, 99.0), 198.0);
/// ```
pub fn percentile(mut values: Vec<f64>, per_cent: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (per_cent / 100.0 * values.len() as f64).ceil() as usize;
    values.get(rank.max(1) - 1).copied().unwrap_or(0.0)
}

/// What the rounds gave for one candidate. It prints as the median (least to most), and as a dash when there were none.
#[derive(Clone, Debug, Default)]
pub struct Spread(pub Vec<f64>);

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.pad("-");
        }
        let least = self.0.iter().copied().min_by(f64::total_cmp);
        let most = self.0.iter().copied().max_by(f64::total_cmp);
        let (least, most) = (least.unwrap_or(0.0), most.unwrap_or(0.0));
        let text = format!("{:.2} ({least:.2}-{most:.2})", median(self.0.clone()));
        f.pad(&text)
    }
}
