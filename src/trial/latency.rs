//! The latency that is added on the way to the platform: what is run, and what proves it.
