//! How far an import is, for whoever looks at a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar at the standard error; nothing where that is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(length: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(TEMPLATE).expect("the template is a good one");
        bar.set_style(style);
        Self(bar)
    }

    pub(super) fn at(&self, position: u64, users: u64) {
        self.0.set_position(position);
        self.0.set_message(format!("{users} users"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

const TEMPLATE: &str = "{bar:30} {percent:>3}%  {msg}  {elapsed}, {eta} to go";
