//! The shell inside the workflows.
