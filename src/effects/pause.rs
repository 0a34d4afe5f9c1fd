//! Waiting, for a time that is not the same for everybody.

use tokio::time::{Duration, sleep};

use crate::error::Failure;

/// Lets any time pass, up to so many milliseconds, so that those who failed together do not come back together.
///
/// # Errors
/// An outside failure when the system has no clock to wait by.
pub fn pause(longest: u64) -> Result<(), Failure> {
    // Where the system has no numbers, the longest time is one.
    let time = getrandom::u64().map_or(longest, |any| any % (longest + 1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(Failure::outside("cannot wait"))?;
    // A sleep is one of the runtime, so it is made within it.
    runtime.block_on(async { sleep(Duration::from_millis(time)).await });
    Ok(())
}
