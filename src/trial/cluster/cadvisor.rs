//! The few counters of a kubelet's cAdvisor that matter, out of its long text, piece by piece as it arrives.

use std::collections::BTreeMap;

use super::Counters;

/// A line that is longer is none of ours.
const LONGEST_LINE: usize = 64 * 1024;
/// More containers no namespace has on one node.
const MOST: usize = 4096;

/// Reads the text of one kubelet, in pieces of any size, and keeps what it says of one namespace.
#[derive(Debug)]
pub struct Scanner {
    node: String,
    namespace: String,
    line: Vec<u8>,
    /// The line has become too long: the rest of it is left out.
    skips: bool,
    found: BTreeMap<(String, String), Counters>,
}

impl Scanner {
    /// Reads what a node's kubelet says of a namespace.
    #[must_use]
    pub fn new(node: &str, namespace: &str) -> Self {
        let (node, namespace) = (node.to_owned(), namespace.to_owned());
        Self { node, namespace, line: Vec::new(), skips: false, found: BTreeMap::new() }
    }

    /// Takes the next piece of the text.
    pub fn push(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let (line, after) = rest.split_at(end);
            self.extend(line);
            self.end_line();
            rest = after.get(1..).unwrap_or_default();
        }
        self.extend(rest);
    }

    fn extend(&mut self, bytes: &[u8]) {
        if self.skips || self.line.len() + bytes.len() > LONGEST_LINE {
            self.skips = true;
            self.line.clear();
        } else {
            self.line.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self) {
        if !self.skips {
            // Moved out and back, so that its room is used again.
            let line = std::mem::take(&mut self.line);
            if let Ok(text) = std::str::from_utf8(&line) {
                self.take(text);
            }
            self.line = line;
        }
        self.line.clear();
        self.skips = false;
    }

    /// What was said, by pod and container; none when there was nothing to be understood.
    #[must_use]
    pub fn finish(mut self) -> Vec<Counters> {
        self.end_line();
        self.found.into_values().collect()
    }

    fn take(&mut self, line: &str) {
        let Some((name, rest)) = line.split_once('{') else { return };
        let Some(field) = field(name) else { return };
        let Some((of, rest)) = labels(rest) else { return };
        let mut words = rest.split_ascii_whitespace();
        let Some(value) = words.next().and_then(|word| word.parse::<f64>().ok()).filter(|value| value.is_finite())
        else {
            return;
        };
        let is_ours = of.namespace == self.namespace && !of.container.is_empty() && of.container != "POD";
        let is_node = of.id == "/" && of.container.is_empty();
        // With `cpu` a processor of its own, which some versions write beside the total.
        if !(is_ours || is_node) || !matches!(of.cpu.as_str(), "" | "total") {
            return;
        }
        let key = if is_node { Default::default() } else { (of.pod.clone(), of.container.clone()) };
        if self.found.len() >= MOST && !self.found.contains_key(&key) {
            return;
        }
        let node = self.node.clone();
        let counters = self.found.entry(key).or_insert_with_key(|(pod, container)| {
            let (pod, container) = (pod.clone(), container.clone());
            Counters { node, pod, container, ..Counters::default() }
        });
        counters.counted = words.next().and_then(|word| word.parse().ok()).or(counters.counted).max(counters.counted);
        *field(counters) = Some(value);
    }
}

/// Where the value of a metric goes; none for the many that are not looked at.
fn field(name: &str) -> Option<fn(&mut Counters) -> &mut Option<f64>> {
    Some(match name {
        "container_cpu_usage_seconds_total" => |counters| &mut counters.cpu_seconds,
        "container_memory_working_set_bytes" => |counters| &mut counters.memory,
        "container_cpu_cfs_periods_total" => |counters| &mut counters.periods,
        "container_cpu_cfs_throttled_periods_total" => |counters| &mut counters.throttled_periods,
        "container_cpu_cfs_throttled_seconds_total" => |counters| &mut counters.throttled_seconds,
        _ => return None,
    })
}

/// The labels that tell what a value is of.
#[derive(Default)]
struct Labels {
    container: String,
    cpu: String,
    id: String,
    namespace: String,
    pod: String,
}

/// Reads labels after their opening brace; gives what follows the closing one.
fn labels(text: &str) -> Option<(Labels, &str)> {
    let mut labels = Labels::default();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if let Some(after) = rest.strip_prefix('}') {
            return Some((labels, after));
        }
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = quoted(after)?;
        match name.trim() {
            "container" => labels.container = value,
            "cpu" => labels.cpu = value,
            "id" => labels.id = value,
            "namespace" => labels.namespace = value,
            "pod" => labels.pod = value,
            _ => {}
        }
        rest = after;
    }
}

/// Reads a quoted text after its opening quote; gives what follows the closing one.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            c => value.push(c),
        }
    }
    None
}
