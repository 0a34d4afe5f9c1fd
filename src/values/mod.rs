//! Values that are parsed once and valid from then on: names, images, amounts, spans of time.

pub mod credential;
mod git;
mod header;
mod image;
mod names;
mod network;
mod quantity;
mod release;
mod request;
mod scaling;
mod seconds;
mod text;
mod version;

pub use git::{ACTIVE_LABEL, Commit, EXPERIMENT_BRANCHES, GitHubRepository};
pub use header::HeaderName;
pub use image::ImageRef;
pub use names::{
    AbsolutePath, ComponentName, DataKey, Domain, EnvironmentName, HttpsUrl, MAX_LABEL, Namespace, ObjectName,
    PortName, ShortName, UrlPath, VariableName,
};
pub use network::{InterfaceName, LinkRate, Microseconds, Percent};
pub use quantity::{Cpu, Memory};
pub use release::{Channel, SourcePath, StableVersion, TagTemplate};
pub use request::{
    FLOWSHEET, FlowsheetId, HeaderValue, Milliseconds, PathTemplate, Piece, RequestPath, Target, pieces,
};
pub use scaling::{
    Allowance, Autoscaler, Limits, Requests, Resources, Scaling, ScalingPolicy, ScalingRules, SelectPolicy,
};
pub use seconds::Seconds;
pub(crate) use text::text_schema;
pub use version::{ExactVersion, MinorVersion};
