//! Tells on standard error what a run does, and sleeps for it.
use std::time::Duration;

use anyhow::Result;
use freeboard_migrations::plan::{Step, Waiting};
use freeboard_migrations::{Attendant, Waited, deployer, report};
use indicatif::{ProgressBar, ProgressStyle};

/// Tells and sleeps.
pub struct Teller {
    patience: Duration,
    bar: Option<ProgressBar>,
}

impl Teller {
    /// Waits at most for so long in all.
    pub fn new(patience: Duration) -> Self {
        Self {
            patience,
            bar: None,
        }
    }
}

impl Attendant for Teller {
    async fn wait(&mut self, waiting: &Waiting) -> Result<Waited> {
        if self.patience > Duration::ZERO {
            eprintln!("waits {}", report::waiting_words(waiting));
        }
        Ok(deployer::sleep_for(waiting, &mut self.patience).await)
    }

    fn begins(&mut self, step: &Step) {
        eprintln!("{} …", step.title);
    }

    fn writes(&mut self, written: usize, total: usize) {
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}");
            let bar = ProgressBar::new(total as u64);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        bar.set_position(written as u64);
        if written == total {
            bar.finish_and_clear();
            self.bar = None;
        }
    }

    fn ends(&mut self, _: &Step, signature: Option<&str>) {
        match signature {
            Some(signature) => eprintln!("  done: {signature}"),
            None => eprintln!("  done"),
        }
    }
}
