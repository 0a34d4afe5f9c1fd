//! Configurations and folders that are refused: a sentence with the place, exit code 2, nothing written.

mod case;

mod credentials;
mod environments;
mod files;
mod images;
mod json;
mod keys;
mod many;
mod names;
mod numbers;
mod output;
mod quantities;
mod references;
mod types;
mod yaml;
