//! Writes ConfigMaps with the given strings, for other programs to read: JSON strings on standard input,
//! one a line, become one YAML stream with a document for each.

use std::error::Error;
use std::io::{BufRead as _, BufWriter, Write as _, stdin, stdout};

use ahuora::yaml::to_text;
use serde_json::{Map, Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(stdout().lock());
    for (number, line) in stdin().lock().lines().enumerate() {
        let text: String = serde_json::from_str(&line?)?;
        if number > 0 {
            out.write_all(b"---\n")?;
        }
        out.write_all(to_text(&document(number, &text))?.as_bytes())?;
    }
    out.flush()?;
    Ok(())
}

/// A ConfigMap with the text as a value and, where it may be one, as a key.
fn document(number: usize, text: &str) -> Value {
    let mut data = Map::from_iter([("k".to_owned(), json!(text)), ("zz-after".to_owned(), json!("plain"))]);
    if is_key(text) && !data.contains_key(text) {
        data.insert(text.to_owned(), json!("v"));
    }
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": format!("case-{number}")},
        "data": data,
    })
}

/// What Kubernetes takes for a key, lengths aside.
fn is_key(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    !text.is_empty() && text.chars().all(legal)
}
