//! What the generator did while it made the load: its processors, memory, sockets and link.

mod judge;
mod read;
mod room;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use judge::{Window, judge, limited};
pub use read::Texts;
pub use room::room;

/// The generator at one moment: a line of `client.jsonl`. What the machine did not tell is left out; counters count since
/// the machine began.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// Milliseconds since 1970, by the wall clock.
    pub at: u64,
    /// Milliseconds by a clock that never jumps; it begins with each process.
    pub elapsed: u64,
    /// All processors together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Ticks>,
    /// Each processor, by its number.
    #[serde(default)]
    pub cores: BTreeMap<u16, Ticks>,
    /// The memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    /// The interface by which the load leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// Connections.
    #[serde(default)]
    pub sockets: Sockets,
    /// What was dropped or sent again.
    #[serde(default)]
    pub drops: Drops,
}

/// Time of a processor, in hundredths of a second. What a hypervisor kept is no time of the generator, so it counts as busy;
/// waiting for a disk does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ticks {
    /// Not idle.
    pub busy: u64,
    /// All.
    pub total: u64,
}

/// Memory in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// What there is.
    pub total: u64,
    /// What programs could still have.
    pub available: u64,
}

/// What went over an interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Bytes that came.
    pub received: u64,
    /// Bytes that left.
    pub sent: u64,
    /// Packets that the interface dropped, either way.
    pub dropped: u64,
    /// Its speed in Mbit/s, where it is known; that of Wi-Fi and of virtual ones is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mbit: Option<u64>,
}

/// Connections of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sockets {
    /// TCP sockets in use.
    pub in_use: u64,
    /// Ports that wait after the end of their connection (`TIME_WAIT`).
    pub time_wait: u64,
    /// Ports that connections may leave from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<u64>,
}

/// What was lost on the machine, not on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drops {
    /// Packets for which the kernel had no room before it looked at them.
    pub softnet: u64,
    /// Datagrams that had no room or were broken.
    pub udp: u64,
    /// Segments and connections that had no room.
    pub tcp: u64,
    /// Segments that were sent again; what is lost on the way makes them too.
    pub retransmitted: u64,
}

/// What a watch saw.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Watched {
    /// Every sample, in order.
    pub samples: Vec<Sample>,
    /// Why some of them are not in the file.
    pub unwritten: Option<String>,
}

/// The samples of a `client.jsonl`; lines that were torn when the program was killed are left out.
#[must_use]
pub fn read(text: &str) -> Vec<Sample> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_back_but_torn_ones() {
        let mut sample = Sample { at: 1, elapsed: 2, cpu: Some(Ticks { busy: 3, total: 4 }), ..Sample::default() };
        sample.cores.insert(1, Ticks { busy: 1, total: 2 });
        sample.link = Some(Link { received: 1, sent: 2, dropped: 0, mbit: Some(1000) });
        let line = serde_json::to_string(&sample).unwrap();
        let text = format!("{line}\n{}\n\n{line}\nnull\n{{\"at\":1", &line[..30]);
        assert_eq!(read(&text), [sample.clone(), sample]);
        insta::assert_snapshot!(line, @r#"{"at":1,"elapsed":2,"cpu":{"busy":3,"total":4},"cores":{"1":{"busy":1,"total":2}},"link":{"received":1,"sent":2,"dropped":0,"mbit":1000},"sockets":{"inUse":0,"timeWait":0},"drops":{"softnet":0,"udp":0,"tcp":0,"retransmitted":0}}"#);
    }
}
