//! `ahuora`: GitOps manifests, releases and experiments of the Ahuora Digital Platform.
pub mod config;
pub mod manifest;
pub mod platform;
pub mod spec;
pub mod tree;
pub mod values;
pub mod yaml;
pub mod check;
pub mod patch;
pub mod render;
pub mod cli;
pub mod commands;
pub mod effects;
pub mod error;
pub mod graph;
pub mod plan;
pub mod ui;
