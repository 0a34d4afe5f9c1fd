//! What `tc -j qdisc show` prints, in the words of several versions of iproute2.

use serde::Deserialize;
use serde_json::Value;

use super::{CannotDelay, HANDLE, Latency};

/// A queueing discipline of an interface.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Qdisc {
    /// Its interface; none where only one interface was asked for.
    #[serde(default)]
    pub dev: String,
    /// Its kind, such as `fq_codel` or `netem`.
    pub kind: String,
    /// Its handle; the kernel's own have `0:`.
    #[serde(default)]
    pub handle: String,
    /// Whether it is the outermost one.
    #[serde(default)]
    pub root: bool,
    /// The class that it stands in.
    #[serde(default)]
    pub parent: Option<String>,
    /// What is set of it.
    #[serde(default)]
    pub options: Value,
    /// Packets that it dropped.
    #[serde(default)]
    pub drops: u64,
}

impl Qdisc {
    /// Whether the kernel put it there itself, so that it comes again when what replaced it is removed.
    #[must_use]
    pub fn is_the_kernels(&self) -> bool {
        matches!(self.handle.as_str(), "0:" | "") || matches!(self.kind.as_str(), "clsact" | "ingress")
    }

    /// Whether it has the handle that we give.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.root && self.handle == HANDLE
    }

    /// As a person would say it.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{} {}", self.kind, self.handle).trim_end().to_owned()
    }

    /// Of netem, what it does not do that it should: nothing when it does all.
    fn differs(&self, latency: &Latency) -> Option<String> {
        let options = &self.options;
        let microseconds = |name: &str| options.pointer(&format!("/delay/{name}")).and_then(Value::as_f64);
        for (name, wanted) in
            [("delay", latency.delay.get()), ("jitter", latency.jitter.map_or(0, |jitter| jitter.get()))]
        {
            let Some(found) = microseconds(name) else {
                return Some(format!("netem has no {name}: {options}"));
            };
            // Newer versions write seconds, older ones whole microseconds.
            let is = |microseconds: f64| (microseconds - f64::from(wanted)).abs() <= 1.0;
            if !(is(found * 1e6) || (found.fract() == 0.0 && is(found))) {
                return Some(format!("the {name} of netem is {found} instead of {wanted} us"));
            }
        }
        let number = |path: &str| options.pointer(path).and_then(Value::as_f64);
        if let Some(loss) = latency.loss {
            let wanted = f64::from(loss.thousandths()) / 1000.0;
            let found = number("/loss-random/loss").or_else(|| number("/loss/loss"));
            if !found.is_some_and(|found| [found, found * 100.0].into_iter().any(|found| (found - wanted).abs() < 0.01))
            {
                return Some(format!("netem does not lose {loss} % of the packets: {options}"));
            }
        }
        if let Some(rate) = latency.rate {
            #[allow(clippy::cast_precision_loss, reason = "a rate of at most 100 Gbit/s")]
            let wanted = rate.bits() as f64;
            let found = number("/rate/rate").or_else(|| number("/rate"));
            if !found.is_some_and(|found| [found, found * 8.0].into_iter().any(|found| (found - wanted).abs() <= 8.0)) {
                return Some(format!("netem has not the rate of {rate}: {options}"));
            }
        }
        None
    }
}

/// Every queueing discipline that is listed.
///
/// # Errors
/// When the text is not that of `tc -j`.
pub fn qdiscs(command: &str, text: &str) -> Result<Vec<Qdisc>, CannotDelay> {
    let garbage = |why: String| CannotDelay::Garbage { command: command.to_owned(), why };
    // Nothing to list is an empty text in some versions.
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let listed: Vec<Value> = serde_json::from_str(text).map_err(|error| garbage(error.to_string()))?;
    // Some versions print empty objects for what they leave out.
    let listed = listed.into_iter().filter(|one| one.as_object().is_none_or(|one| !one.is_empty()));
    listed.map(|one| serde_json::from_value(one).map_err(|error| garbage(error.to_string()))).collect()
}

/// What is wrong with the queueing disciplines of an interface, where this latency should stand: nothing when it stands.
#[must_use]
pub fn standing(latency: &Latency, qdiscs: &[Qdisc]) -> Option<String> {
    let mine = || qdiscs.iter().filter(|one| one.dev.is_empty() || one.dev == latency.interface.as_str());
    let Some(root) = mine().find(|one| one.is_ours()) else {
        let found: Vec<String> = mine().map(Qdisc::told).collect();
        return Some(format!(
            "it has {} and not ours, {HANDLE}",
            if found.is_empty() { "none".to_owned() } else { found.join(", ") }
        ));
    };
    if !latency.only_target {
        return if root.kind == "netem" { root.differs(latency) } else { Some(format!("it has {}", root.told())) };
    }
    let fourth = format!("{HANDLE}4");
    let inner = mine().find(|one| one.kind == "netem" && one.parent.as_deref() == Some(fourth.as_str()));
    inner.map_or_else(|| Some("no netem stands in its fourth band".to_owned()), |inner| inner.differs(latency))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::latency;
    use super::*;

    const PLAIN: &str = r#"{"interface": "eth0", "delay": "5ms"}"#;

    fn found(latency: &Latency, text: &str) -> Option<String> {
        standing(latency, &qdiscs("tc", text).unwrap())
    }

    #[test]
    fn netem_in_the_words_of_several_versions() {
        let seconds = r#"[{"kind":"netem","handle":"a40a:","root":true,"refcnt":2,"options":{"limit":1000,"delay":{"delay":0.005,"jitter":0,"correlation":0},"ecn":false,"gap":0}}]"#;
        let microseconds = r#"[{},{"kind":"netem","handle":"a40a:","dev":"eth0","root":true,"options":{"limit":1000,"delay":{"delay":5000,"jitter":0}}}]"#;
        let plain = latency(PLAIN);
        assert_eq!((found(&plain, seconds), found(&plain, microseconds)), (None, None));
        for (from, to, told) in [
            ("0.005", "0.006", "the delay of netem is 0.006 instead of 5000 us"),
            ("\"jitter\":0", "\"jitter\":0.001", "the jitter of netem"),
            ("a40a:", "8001:", "it has netem 8001: and not ours"),
            ("netem", "tbf", "it has tbf"),
            ("delay", "delays", "netem has no delay"),
        ] {
            let told_of = found(&plain, &seconds.replace(from, to)).unwrap();
            assert!(told_of.contains(told), "{told_of}");
        }
        assert!(found(&plain, "[]").unwrap().contains("it has none"));
        assert!(found(&plain, &microseconds.replace("eth0", "eth1")).is_some());
    }

    #[test]
    fn loss_rate_and_target() {
        let all = latency(
            r#"{"interface": "eth0", "delay": "5ms", "jitter": "1ms", "loss": 1.5, "rate": "100mbit", "scope": "target"}"#,
        );
        let text = r#"[{"kind":"prio","handle":"a40a:","dev":"eth0","root":true,"options":{"bands":4}},
            {"kind":"netem","handle":"8002:","dev":"eth0","parent":"a40a:4","options":{"limit":1000,"delay":{"delay":0.005,"jitter":0.001,"correlation":0},"loss-random":{"loss":0.015,"correlation":0},"rate":{"rate":12500000,"packetoverhead":0,"cellsize":0,"celloverhead":0},"ecn":false,"gap":0}}]"#;
        assert_eq!(found(&all, text), None);
        for (from, to) in
            [("0.015", "0.02"), ("12500000", "1250000"), ("a40a:4", "a40a:3"), ("loss-random", "loss-state")]
        {
            assert!(found(&all, &text.replace(from, to)).is_some(), "{from}");
        }
    }

    #[test]
    fn the_kernels_own_are_known() {
        let text = r#"[{"kind":"mq","handle":"0:","dev":"eth0","root":true,"options":{}},{"kind":"fq_codel","handle":"0:","dev":"eth0","parent":":1","options":{"limit":10240}},{"kind":"fq_codel","handle":"8001:","dev":"eth1","root":true}]"#;
        let found: Vec<bool> = qdiscs("tc", text).unwrap().iter().map(Qdisc::is_the_kernels).collect();
        assert_eq!(found, [true, true, false]);
        assert_eq!(qdiscs("tc", "").unwrap(), []);
    }

    #[test]
    fn garbage_is_told() {
        for bad in ["qdisc netem 8001: root", "{}", "[1]", "[{\"handle\":1}]", "[{\"kind\":\"netem\"", "null"] {
            let told = qdiscs("tc -j qdisc show", bad).unwrap_err().to_string();
            assert!(told.starts_with("what `tc -j qdisc show` printed is not understood: "), "{told}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,200}", delay in any::<f64>(), kind in "[a-z]{0,6}") {
            let _ = qdiscs("tc", &text);
            let one = serde_json::json!([{"kind": kind, "root": true, "handle": HANDLE, "options": {"delay": {"delay": delay, "jitter": text}}}]);
            let listed = qdiscs("tc", &one.to_string()).unwrap();
            prop_assert!(standing(&latency(PLAIN), &listed).is_some());
        }
    }
}
