//! Welch's t of two samples.

/// Of all that was measured, and of what is not among the slowest tenth of both: what the neighbours of a process cost it is there.
pub fn welch(left: &[f64], right: &[f64]) -> (f64, f64) {
    let mut both: Vec<f64> = left.iter().chain(right).copied().collect();
    both.sort_by(f64::total_cmp);
    let limit = both[both.len() * 9 / 10];
    let quick = |sample: &[f64]| -> Vec<f64> {
        sample.iter().copied().filter(|one| *one <= limit).collect()
    };
    (t(left, right), t(&quick(left), &quick(right)))
}

fn t(left: &[f64], right: &[f64]) -> f64 {
    let (a, b) = (moments(left), moments(right));
    (a.0 - b.0) / (a.1 / left.len() as f64 + b.1 / right.len() as f64).sqrt()
}

/// Mean and variance.
pub fn moments(sample: &[f64]) -> (f64, f64) {
    let count = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / count;
    let variance = sample.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance)
}

pub fn median(sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
