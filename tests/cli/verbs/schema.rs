//! `ahuora schema`.

use std::collections::BTreeSet;

use ahuora::yaml::read_documents;

use crate::env::{TestEnv, platform};

#[test]
fn every_block_of_the_file_is_described() {
    let schema = TestEnv::empty().run(&["schema", "platform"]).expect_code(0).json();
    let properties = schema["properties"].as_object().unwrap();
    let file = &read_documents(&platform()).unwrap()[0];
    let keys = file.as_object().unwrap().keys();
    let missing: BTreeSet<&String> = keys.filter(|key| !properties.contains_key(*key)).collect();
    assert_eq!(missing, BTreeSet::new());
    for (key, property) in properties {
        assert!(property["description"].is_string(), "{key} has no description");
    }
}

#[test]
fn an_unknown_file_is_answered_with_those_known() {
    let output = TestEnv::empty().run(&["schema", "plan"]).expect_code(2);
    output.expect_said(&["plan", "platform"]);
}

#[test]
fn the_first_line_of_the_configuration_points_to_it() {
    assert!(platform().starts_with("# yaml-language-server: $schema=platform.schema.json\n"));
}
