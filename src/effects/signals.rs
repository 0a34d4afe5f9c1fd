//! Whether somebody told the program to end. The first word is heeded and further ones change nothing, so that cleaning
//! up is not cut short.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::Failure;

/// Set by SIGINT, SIGTERM and SIGHUP from the moment it is made.
#[derive(Debug, Clone)]
pub struct Signals {
    came: Arc<AtomicBool>,
}

impl Signals {
    /// From now on these signals do not end the program.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn watch() -> Result<Self, Failure> {
        let came = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register(signal, Arc::clone(&came)).map_err(Failure::outside("cannot watch for signals"))?;
        }
        Ok(Self { came })
    }

    /// Whether one came.
    #[must_use]
    pub fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }
}
