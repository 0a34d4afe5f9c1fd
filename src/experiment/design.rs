//! The mirror of a design, `experiments/NAME.yaml`; doc comments become its JSON Schema.

use std::collections::BTreeMap;
use std::num::{NonZeroU16, NonZeroU32};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::values::{EnvironmentName, ShortName};

/// An experiment: the same platform, one variable changed, the same load.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "A design of ahuora's experiments")]
pub struct DesignSpec {
    /// What the experiment is to answer.
    pub question: String,
    /// Experiments of one group are summed up together.
    pub group: Option<String>,
    /// The environment whose platform is varied.
    pub environment: EnvironmentName,
    /// Endpoints that are loaded, of `experiments/load/load.yaml`.
    pub endpoints: Vec<ShortName>,
    /// Load profiles, of `experiments/load/load.yaml`.
    pub profiles: Vec<ShortName>,
    /// Trials of each profile, where the profile has no number of its own.
    #[serde(default = "three")]
    pub trials: NonZeroU16,
    /// The order of the runs.
    #[serde(default)]
    pub order: OrderSpec,
    /// Values that all permutations have: path in platform.yaml (`services.idaes.scaling`) and the value that
    /// replaces what stands there; `null` removes it.
    #[serde(default)]
    pub hold: BTreeMap<String, Value>,
    /// What varies, by name, in the order in which levels are told.
    pub variables: BTreeMap<ShortName, VariableSpec>,
    /// Which levels are combined.
    pub design: VariationSpec,
    /// Combinations that are left out.
    #[serde(default)]
    pub exclude: Vec<ExcludeSpec>,
}

const fn three() -> NonZeroU16 {
    NonZeroU16::new(3).expect("three is not zero")
}

/// A variable: values of one path, or of several that always change together.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VariableSpec {
    /// The path in platform.yaml, or a list of paths that all get the value.
    #[schemars(schema_with = "one_or_more")]
    pub sets: Value,
    /// Its values: a list, or `name: value` where a value is a whole block; `null` removes what stands there.
    /// Of a design of rows they may be left out: the rows say them.
    #[schemars(schema_with = "levels")]
    pub levels: Option<Value>,
}

fn one_or_more(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1})
}

fn levels(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": ["array", "object", "null"], "minItems": 1, "minProperties": 1})
}

/// Which levels of the variables are combined.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum VariationSpec {
    /// Every level of each variable with every level of the others; the last variable changes fastest.
    Grid,
    /// The first levels together, the second levels together, and so on.
    Zip,
    /// These combinations: variable and level.
    Rows(Vec<BTreeMap<ShortName, Value>>),
    /// The centre, and every combination that differs from it in one variable.
    OneAtATime(BTreeMap<ShortName, Value>),
    /// Some combinations of the grid, chosen by chance.
    Fraction(FractionSpec),
}

/// A part of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FractionSpec {
    /// How many combinations.
    pub rows: NonZeroU32,
    /// Where the chance begins: the same seed chooses the same combinations.
    pub seed: u64,
}

/// The order of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OrderSpec {
    /// Permutations as the design combines them, all trials of one after the other.
    #[default]
    Written,
    /// The same, levels ascending.
    Sorted,
    /// Randomised multiple interleaved trials: each block has every run once, in an order of its own; deployments
    /// are not torn apart within a block.
    Interleaved {
        /// Where the chance begins: the same seed gives the same order.
        seed: u64,
    },
}

/// Combinations that are left out.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExcludeSpec {
    /// Variable and level, or a list of levels; a combination that has all of them is left out.
    pub r#where: BTreeMap<ShortName, Value>,
    /// Why.
    pub reason: String,
}
