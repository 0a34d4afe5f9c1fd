//! Whatever the configuration says, it is refused with reasons or rendered into manifests that read back.
#![no_main]

use ahuora::tree::Document;
use ahuora::yaml::read_documents;
use ahuora::{config, render};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let configuration = match config::load(text) {
        Ok(configuration) => configuration,
        Err(problems) => {
            let told = problems.iter().all(|problem| !problem.message.is_empty());
            assert!(told && !problems.is_empty(), "refused without a reason");
            return;
        }
    };
    let keep = |environment: &render::Environment| environment.documents().for_each(survives);
    match render::all(&configuration, "manifests", keep) {
        Ok(rendered) => rendered.cluster.iter().for_each(survives),
        Err(problems) => assert!(!problems.is_empty(), "refused without a reason"),
    }
});

fn survives(document: &Document) {
    let text = document.text().expect("a document can be written");
    let read = read_documents(&text).expect("what was written can be read");
    assert_eq!(read, [document.value.clone()], "{text}");
}
