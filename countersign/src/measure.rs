//! What the measuring points use: the facade `metrics`, or, without the feature of that name, nothing that costs anything.

#[cfg(not(feature = "metrics"))]
pub(crate) use self::unmeasured::{Unmeasured, counter, gauge, histogram};
#[cfg(feature = "metrics")]
pub(crate) use ::metrics::{counter, gauge, histogram};

/// Measures how long something takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    #[cfg(feature = "metrics")]
    started: tokio::time::Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self {
            #[cfg(feature = "metrics")]
            started: tokio::time::Instant::now(),
        }
    }

    /// Seconds since the start.
    #[cfg(feature = "metrics")]
    pub(crate) fn seconds(self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Nobody asks for it.
    #[cfg(not(feature = "metrics"))]
    pub(crate) fn seconds(self) -> f64 {
        0.0
    }
}

/// The same macros, for whoever does not want to know.
#[cfg(not(feature = "metrics"))]
mod unmeasured {
    /// Takes the place of a counter, a gauge and a histogram.
    pub(crate) struct Unmeasured;

    impl Unmeasured {
        pub(crate) fn increment(&self, _: impl Sized) {}

        pub(crate) fn decrement(&self, _: impl Sized) {}

        pub(crate) fn record(&self, _: f64) {}
    }

    macro_rules! nothing {
        ($name:literal $($labels:tt)*) => {
            $crate::measure::Unmeasured
        };
    }

    pub(crate) use nothing as counter;
    pub(crate) use nothing as gauge;
    pub(crate) use nothing as histogram;
}
