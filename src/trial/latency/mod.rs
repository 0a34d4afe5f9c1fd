//! The latency that is added on the way to the platform: what is run, what is read of it, and what proves it.

mod notes;
mod ping;
mod proof;
mod refused;
mod route;
mod tc;

use core::net::IpAddr;

use crate::load::{LatencyScope, LatencySpec};
use crate::values::{InterfaceName, LinkRate, Microseconds, Percent};

pub use notes::{Leftover, Noted, Removed, Whose, leftovers, started};
pub use ping::{COUNT, RoundTrips, round_trips};
pub use proof::{Delayed, not_added, removed};
pub use refused::CannotDelay;
pub use route::{Interface, Way, interfaces, may_change, route};
pub use tc::{Qdisc, qdiscs, standing};

/// By this handle of the outermost queueing discipline ours is known, also where nothing was noted of it.
pub const HANDLE: &str = "a40a:";

/// A program with its arguments.
pub type Argv = Vec<String>;

/// What is done to packets that leave by an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// The interface.
    pub interface: InterfaceName,
    /// How much later a packet leaves.
    pub delay: Microseconds,
    /// How much the delay varies.
    pub jitter: Option<Microseconds>,
    /// The share of packets that are lost.
    pub loss: Option<Percent>,
    /// Packets leave no faster.
    pub rate: Option<LinkRate>,
    /// Whether it is done only to packets to the platform.
    pub only_target: bool,
    /// How far the rise of the median may be from the delay, in microseconds, jitter included.
    pub allowance: u32,
}

impl Latency {
    /// As the configuration says, perhaps on another interface.
    #[must_use]
    pub fn of(spec: &LatencySpec, interface: Option<&InterfaceName>) -> Self {
        Self {
            interface: interface.unwrap_or(&spec.interface).clone(),
            delay: spec.delay,
            jitter: spec.jitter,
            loss: spec.loss,
            rate: spec.rate,
            only_target: spec.scope == LatencyScope::Target,
            allowance: spec.allowance(),
        }
    }

    /// What adds it, in order; the first command replaces what the kernel put there itself.
    #[must_use]
    pub fn adding(&self, addresses: &[IpAddr]) -> Vec<Argv> {
        let interface = self.interface.as_str();
        if !self.only_target {
            let mut all = argv(&["tc", "qdisc", "replace", "dev", interface, "root", "handle", HANDLE]);
            all.extend(self.netem());
            return vec![all];
        }
        let fourth = format!("{HANDLE}4");
        // Three bands as every interface has them, by the packets' priority; the fourth is reached by the filters alone.
        let mut bands =
            argv(&["tc", "qdisc", "replace", "dev", interface, "root", "handle", HANDLE, "prio", "bands", "4"]);
        bands
            .extend(argv(&["priomap", "1", "2", "2", "2", "1", "2", "0", "0", "1", "1", "1", "1", "1", "1", "1", "1"]));
        let mut delayed = argv(&["tc", "qdisc", "replace", "dev", interface, "parent", &fourth]);
        delayed.extend(self.netem());
        let filters = addresses.iter().map(|address| {
            let (protocol, kind, length, order) =
                if address.is_ipv4() { ("ip", "ip", 32, "1") } else { ("ipv6", "ip6", 128, "2") };
            let to = format!("{address}/{length}");
            let filter = argv(&["tc", "filter", "add", "dev", interface, "parent", HANDLE, "protocol", protocol]);
            filter
                .into_iter()
                .chain(argv(&["prio", order, "u32", "match", kind, "dst", &to, "flowid", &fourth]))
                .collect()
        });
        [bands, delayed].into_iter().chain(filters).collect()
    }

    fn netem(&self) -> Argv {
        // As many packets as wait in netem by default for 5 ms, in proportion: a queue that is full drops them.
        let limit = (self.delay.get() / 5).max(1000).to_string();
        let mut words = argv(&["netem", "limit", &limit, "delay", &format!("{}us", self.delay.get())]);
        words.extend(self.jitter.map(|jitter| format!("{}us", jitter.get())));
        words.extend(self.loss.into_iter().flat_map(|loss| ["loss".to_owned(), format!("{loss}%")]));
        words.extend(self.rate.into_iter().flat_map(|rate| ["rate".to_owned(), rate.to_string()]));
        words
    }

    /// As a person would say it: `5 ms on eth0`.
    #[must_use]
    pub fn told(&self) -> String {
        let jitter = self.jitter.map(|jitter| format!(" ± {jitter}")).unwrap_or_default();
        let loss = self.loss.map(|loss| format!(", {loss} % lost")).unwrap_or_default();
        let rate = self.rate.map(|rate| format!(", at most {rate}")).unwrap_or_default();
        let scope = if self.only_target { ", for packets to the platform alone" } else { "" };
        format!("{}{jitter}{loss}{rate} on {}{scope}", self.delay, self.interface)
    }
}

/// What removes it.
#[must_use]
pub fn removing(interface: &InterfaceName) -> Argv {
    argv(&["tc", "qdisc", "del", "dev", interface.as_str(), "root"])
}

/// What lists the queueing disciplines of every interface.
#[must_use]
pub fn listing() -> Argv {
    argv(&["tc", "-s", "-j", "qdisc", "show"])
}

/// What lists the interfaces.
#[must_use]
pub fn listing_interfaces() -> Argv {
    argv(&["ip", "-j", "link", "show"])
}

/// What asks the way to an address.
#[must_use]
pub fn asking_the_way(address: IpAddr) -> Argv {
    argv(&["ip", "-j", "route", "get", &address.to_string()])
}

/// What measures so many round trips.
#[must_use]
pub fn pinging(address: IpAddr, count: u32) -> Argv {
    argv(&["ping", "-n", "-c", &count.to_string(), "-i", "0.2", "-W", "2", &address.to_string()])
}

fn argv(words: &[&str]) -> Argv {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn latency(text: &str) -> Latency {
        let spec = config(text);
        Latency::of(&spec, None)
    }

    fn config(text: &str) -> LatencySpec {
        serde_json::from_str(text).unwrap()
    }

    fn lines(latency: &Latency, addresses: &[&str]) -> Vec<String> {
        let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        latency.adding(&addresses).iter().map(|argv| argv.join(" ")).collect()
    }

    #[test]
    fn the_shipped_configuration_is_the_experiment() {
        let plain = latency(r#"{"interface": "eth0", "delay": "5ms"}"#);
        assert_eq!(
            lines(&plain, &["10.0.0.2"]),
            ["tc qdisc replace dev eth0 root handle a40a: netem limit 1000 delay 5000us"]
        );
        assert_eq!((plain.told().as_str(), plain.allowance), ("5 ms on eth0", 500));
        let other = InterfaceName::new("wlan0").unwrap();
        let other = Latency::of(&config(r#"{"interface": "eth0", "delay": "5ms"}"#), Some(&other));
        assert_eq!(other.interface.as_str(), "wlan0");
        assert_eq!(removing(&plain.interface).join(" "), "tc qdisc del dev eth0 root");
    }

    #[test]
    fn every_field_reaches_netem() {
        let all = r#"{"interface": "e", "delay": "100ms", "jitter": "1.5ms", "loss": 0.5, "rate": "100mbit"}"#;
        let all = latency(all);
        let netem =
            "tc qdisc replace dev e root handle a40a: netem limit 20000 delay 100000us 1500us loss 0.5% rate 100mbit";
        assert_eq!(lines(&all, &["10.0.0.2"]), [netem]);
        assert_eq!(all.told(), "100 ms ± 1500 us, 0.5 % lost, at most 100mbit on e");
    }

    #[test]
    fn packets_to_the_platform_alone() {
        let target = latency(r#"{"interface": "eth0", "delay": "5ms", "scope": "target"}"#);
        insta::assert_snapshot!(lines(&target, &["10.0.0.2", "2001:db8::1"]).join("\n"), @"
        tc qdisc replace dev eth0 root handle a40a: prio bands 4 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1
        tc qdisc replace dev eth0 parent a40a:4 netem limit 1000 delay 5000us
        tc filter add dev eth0 parent a40a: protocol ip prio 1 u32 match ip dst 10.0.0.2/32 flowid a40a:4
        tc filter add dev eth0 parent a40a: protocol ipv6 prio 2 u32 match ip6 dst 2001:db8::1/128 flowid a40a:4
        ");
    }
}
