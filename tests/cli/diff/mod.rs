//! `ahuora diff`: its sides, its forms, its exit codes.

mod forms;
mod git;
mod sides;

/// The image of the API, before and after.
pub(crate) const OLD: &str = "image: ahuora/django-api:0.0.17";
/// See [`OLD`].
pub(crate) const NEW: &str = "image: ahuora/django-api:0.0.18";
