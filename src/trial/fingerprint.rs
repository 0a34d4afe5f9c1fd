//! What surrounded a run: programs, images, nodes, clocks, digests of what was run.
