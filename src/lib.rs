//! `ahuora`: GitOps manifests, releases and experiments of the Ahuora Digital Platform.
pub mod check;
pub mod cli;
pub mod commands;
pub mod config;
pub mod effects;
pub mod error;
pub mod graph;
pub mod manifest;
pub mod patch;
pub mod plan;
pub mod platform;
pub mod render;
pub mod spec;
pub mod tree;
pub mod ui;
pub mod values;
pub mod yaml;
