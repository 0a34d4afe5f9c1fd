//! Whatever YAML is read, it is read alike after it was written again.
#![no_main]

use ahuora::yaml::{read_documents, to_text};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(values) = read_documents(text) else {
        return;
    };
    for value in values {
        let written = to_text(&value).expect("a value can be written");
        let read = read_documents(&written).expect("what was written can be read");
        assert_eq!(read, [value], "{written}");
    }
});
