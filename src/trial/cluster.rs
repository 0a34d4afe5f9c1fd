//! What the cluster used while it was loaded, and whether it had settled before.
