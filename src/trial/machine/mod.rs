//! The steps of trials: what was done, what follows from it, who does it, and what it is worth. A run is its journal:
//! going on with one that was killed is asking what follows from what is on the disk.

mod drive;
mod event;
mod judge;
mod record;
mod site;
mod standing;
mod told;

pub use drive::{End, Keep, drive};
pub use event::{Event, Line, Ran, Read, State, Step, VERSION, read};
pub use judge::{Iterations, Rules, Verdict, verdict};
pub use record::{Asked, AttemptRecord, Digests, Mark, RunRecord, TrialRecord, VerdictRecord};
pub use site::{Found, Place, Refused, Site};
pub use standing::{Attempt, Left, Next, Standing, Trial};
pub use told::{SECONDS_AROUND, seconds_left, span};
