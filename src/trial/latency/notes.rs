//! What was noted of changed interfaces, and what runs that were killed left behind.

use serde::{Deserialize, Serialize};

use super::{Argv, Latency, Qdisc, removing};
use crate::values::InterfaceName;

/// A note of what is changed: the content of a file that is written before the change and removed after its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// The interface.
    pub interface: InterfaceName,
    /// Number of the network namespace that it is in.
    pub network: u64,
    /// The process that changes it.
    pub process: u32,
    /// When that process began, in ticks since the machine did: another one may have its number later.
    pub started: u64,
    /// When it was noted, in milliseconds since 1970.
    pub at: u64,
    /// What stood there before.
    pub before: String,
    /// What was to be run.
    pub commands: Vec<Argv>,
}

/// Who put a queueing discipline there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A run of ours that is not there any more: it may be removed.
    Ours,
    /// A run of ours that still runs.
    Running(
        /// Its process.
        u32,
    ),
    /// Somebody else: it is never removed.
    Foreign,
}

/// Latency that stands on an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The interface.
    pub interface: InterfaceName,
    /// Who put it there.
    pub whose: Whose,
    /// What it is.
    pub qdisc: String,
    /// What removes it.
    pub command: Argv,
}

impl Leftover {
    /// A sentence for the person.
    #[must_use]
    pub fn told(&self) -> String {
        let (interface, qdisc, command) = (&self.interface, &self.qdisc, self.command.join(" "));
        match self.whose {
            Whose::Ours => format!("a run that did not end left latency on {interface}: {qdisc}"),
            Whose::Running(process) => format!("process {process} has latency on {interface}, and still runs: {qdisc}"),
            Whose::Foreign => format!(
                "{interface} has latency that nobody noted: {qdisc}; when nobody needs it, remove it: {command}"
            ),
        }
    }
}

/// Whose a queueing discipline is; `running` are the notes of processes that are still there.
fn whose(qdisc: &Qdisc, running: &[Noted]) -> Whose {
    if !qdisc.is_ours() {
        return Whose::Foreign;
    }
    let by = running.iter().find(|noted| noted.interface.as_str() == qdisc.dev);
    by.map_or(Whose::Ours, |noted| Whose::Running(noted.process))
}

/// What has latency: every interface with our handle, noted or not, and every other with netem.
#[must_use]
pub fn leftovers(qdiscs: &[Qdisc], running: &[Noted]) -> Vec<Leftover> {
    let ours = |dev: &str| qdiscs.iter().any(|one| one.is_ours() && one.dev == dev);
    let found = qdiscs.iter().filter(|one| one.is_ours() || (one.kind == "netem" && !ours(&one.dev)));
    let told = |one: &Qdisc| {
        let interface = InterfaceName::new(&*one.dev).ok()?;
        let command = match (&one.parent, one.root) {
            (Some(parent), false) => {
                ["tc", "qdisc", "del", "dev", interface.as_str(), "parent", parent].map(str::to_owned).to_vec()
            }
            _ => removing(&interface),
        };
        Some(Leftover { whose: whose(one, running), qdisc: one.told(), command, interface })
    };
    found.filter_map(told).collect()
}

impl Noted {
    /// The note of a change.
    #[must_use]
    pub fn of(
        latency: &Latency,
        commands: &[Argv],
        before: &[Qdisc],
        network: u64,
        (process, started): (u32, u64),
        at: u64,
    ) -> Self {
        let before = before.iter().find(|one| one.root && one.dev == latency.interface.as_str());
        Self {
            interface: latency.interface.clone(),
            network,
            process,
            started,
            at,
            before: before.map_or_else(|| "nothing".to_owned(), Qdisc::told),
            commands: commands.to_vec(),
        }
    }
}

/// When a process began, by its `/proc/PID/stat`: the name before it may hold anything, also blanks and brackets.
#[must_use]
pub fn started(stat: &str) -> Option<u64> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// What was found when the latency was removed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Removed {
    /// What stood on the interface until then.
    pub stood: Vec<Qdisc>,
}

#[cfg(test)]
mod tests {
    use super::super::qdiscs;
    use super::*;

    const LISTED: &str = r#"[
        {"kind":"noqueue","handle":"0:","dev":"lo","root":true},
        {"kind":"netem","handle":"a40a:","dev":"eth0","root":true},
        {"kind":"prio","handle":"a40a:","dev":"eth1","root":true},
        {"kind":"netem","handle":"8002:","dev":"eth1","parent":"a40a:4"},
        {"kind":"netem","handle":"8001:","dev":"eth2","root":true},
        {"kind":"htb","handle":"1:","dev":"eth3","root":true},
        {"kind":"netem","handle":"10:","dev":"eth3","parent":"1:1"}]"#;

    fn noted(interface: &str) -> Noted {
        let interface = InterfaceName::new(interface).unwrap();
        Noted {
            interface,
            network: 1,
            process: 77,
            started: 5,
            at: 0,
            before: "noqueue 0:".to_owned(),
            commands: Vec::new(),
        }
    }

    #[test]
    fn ours_are_told_from_those_of_others() {
        let listed = qdiscs("tc", LISTED).unwrap();
        let found =
            |running: &[Noted]| -> Vec<String> { leftovers(&listed, running).iter().map(Leftover::told).collect() };
        insta::assert_snapshot!(found(&[noted("eth1")]).join("\n"), @"
        a run that did not end left latency on eth0: netem a40a:
        process 77 has latency on eth1, and still runs: prio a40a:
        eth2 has latency that nobody noted: netem 8001:; when nobody needs it, remove it: tc qdisc del dev eth2 root
        eth3 has latency that nobody noted: netem 10:; when nobody needs it, remove it: tc qdisc del dev eth3 parent 1:1
        ");
        assert_eq!(leftovers(&listed, &[]).iter().filter(|one| one.whose == Whose::Ours).count(), 2);
    }

    #[test]
    fn processes_are_told_apart() {
        assert_eq!(started("77 (a) b (c) S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987 1 2"), Some(987));
        for bad in ["", "77 (x", "77 (x) S 1 2", "77 (x) S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 x"] {
            assert_eq!(started(bad), None, "{bad}");
        }
        let text = serde_json::to_string(&noted("eth0")).unwrap();
        assert_eq!(serde_json::from_str::<Noted>(&text).unwrap(), noted("eth0"));
    }
}
