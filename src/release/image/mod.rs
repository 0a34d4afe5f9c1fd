//! Versions of images in `platform.yaml`: which there are, in which order they stand, and setting one in its place.

mod edit;
mod listing;
mod message;
mod order;
mod plan;

pub use edit::{Image, Pin, images, pins, set};
pub use listing::{Listing, Newest};
pub use message::{FOR_CHANGELOG, body, commit_message, subject};
pub use order::ImageVersion;
pub use plan::{Direction, Move, Planned, Refusal, Wish, order, plan};
