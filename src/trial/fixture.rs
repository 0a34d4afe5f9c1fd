//! What a trial makes before and removes after it, through the platform's API, as `experiments/load/fixture.yaml` lists it.

/// JSON Schema of the file, as pretty JSON with a final newline.
#[must_use]
pub fn json_schema() -> String {
    "{}\n".to_owned()
}
