//! Versions that follow from commits and tags.
