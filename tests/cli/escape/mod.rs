//! The escape hatches: waivers of findings and patches of resources.

mod patches;
mod refused_patches;
mod waivers;
