//! Tags that are made by many at once.
