//! The files of /proc and /sys, as Linux writes them; what is not understood is left out.

use std::collections::{BTreeMap, HashMap};

use super::{Drops, Link, Memory, Sample, Sockets, Ticks};

/// What the files said; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// `/proc/stat`.
    pub stat: String,
    /// `/proc/meminfo`.
    pub meminfo: String,
    /// `/proc/net/dev`.
    pub dev: String,
    /// `/proc/net/sockstat`.
    pub sockstat: String,
    /// `/proc/net/sockstat6`.
    pub sockstat6: String,
    /// `/proc/net/snmp`.
    pub snmp: String,
    /// `/proc/net/netstat`.
    pub netstat: String,
    /// `/proc/net/softnet_stat`.
    pub softnet: String,
    /// `/proc/sys/net/ipv4/ip_local_port_range`.
    pub ports: String,
    /// `/sys/class/net/INTERFACE/speed`.
    pub speed: String,
}

impl Sample {
    /// What the files say of a moment.
    #[must_use]
    pub fn of(at: u64, elapsed: u64, interface: Option<&str>, texts: &Texts) -> Self {
        let processors = processors(&texts.stat);
        Self {
            at,
            elapsed,
            cpu: processors.get("").copied(),
            cores: processors.iter().filter_map(|(name, ticks)| Some((name.parse().ok()?, *ticks))).collect(),
            memory: memory(&texts.meminfo),
            link: interface.and_then(|interface| link(interface, &texts.dev, &texts.speed)),
            sockets: sockets(texts),
            drops: drops(texts),
        }
    }
}

/// Each line `cpu` by what follows the word: a processor's number, or nothing for all.
fn processors(text: &str) -> BTreeMap<&str, Ticks> {
    let one = |line| {
        let (name, numbers) = str::split_once(line, ' ')?;
        Some((name.strip_prefix("cpu")?, ticks(numbers)?))
    };
    text.lines().filter_map(one).collect()
}

/// User, nice, system, idle, waiting for disks, interrupts (two), and what a hypervisor took. The times of guests, which
/// follow, are counted in the first two already.
fn ticks(numbers: &str) -> Option<Ticks> {
    let numbers: Vec<u64> = numbers.split_whitespace().take(8).map_while(|number| number.parse().ok()).collect();
    let total = numbers.iter().fold(0_u64, |sum, number| sum.saturating_add(*number));
    let idle = numbers.get(3)?.saturating_add(numbers.get(4).copied().unwrap_or_default());
    Some(Ticks { busy: total.saturating_sub(idle), total })
}

fn memory(text: &str) -> Option<Memory> {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    Some(Memory { total: field("MemTotal").filter(|total| *total > 0)?, available: field("MemAvailable")? })
}

fn link(interface: &str, dev: &str, speed: &str) -> Option<Link> {
    let counted = |line: &str| {
        let (name, numbers) = line.rsplit_once(':')?;
        let numbers: Vec<u64> = numbers.split_whitespace().map_while(|number| number.parse().ok()).collect();
        (name.trim() == interface).then_some(numbers)
    };
    let numbers = dev.lines().find_map(counted)?;
    let [received, _, _, came, _, _, _, _, sent, _, _, left, ..] = numbers.as_slice() else { return None };
    // Where it is not known, it is -1, or 4294967295 in older kernels, or cannot be read.
    let mbit = speed.trim().parse::<u64>().ok().filter(|mbit| (1..u64::from(u32::MAX)).contains(mbit));
    Some(Link { received: *received, sent: *sent, dropped: came.saturating_add(*left), mbit })
}

fn sockets(texts: &Texts) -> Sockets {
    let field = |text: &str, protocol: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(protocol)?.strip_prefix(':'))?;
        line.split_whitespace().skip_while(|word| *word != name).nth(1)?.parse::<u64>().ok()
    };
    let number = |text, protocol, name| field(text, protocol, name).unwrap_or_default();
    let mut range = texts.ports.split_whitespace().map_while(|number| number.parse::<u16>().ok());
    let ports = range.next().zip(range.next()).filter(|(first, last)| first <= last);
    Sockets {
        in_use: number(&texts.sockstat, "TCP", "inuse").saturating_add(number(&texts.sockstat6, "TCP6", "inuse")),
        time_wait: number(&texts.sockstat, "TCP", "tw"),
        ports: ports.map(|(first, last)| u64::from(last - first) + 1),
    }
}

/// Of UDP, what had no room or was broken on its way in, or had no room on its way out.
const UDP: [(&str, &str); 4] =
    [("Udp", "InErrors"), ("Udp", "SndbufErrors"), ("UdpLite", "InErrors"), ("UdpLite", "SndbufErrors")];
/// Of TCP, what had no room.
const TCP: [&str; 7] = [
    "ListenDrops",
    "TCPBacklogDrop",
    "TCPRcvQDrop",
    "RcvPruned",
    "OfoPruned",
    "TCPAbortOnMemory",
    "TCPTimeWaitOverflow",
];

fn drops(texts: &Texts) -> Drops {
    let snmp = counters(&texts.snmp);
    let netstat = counters(&texts.netstat);
    let sum = |numbers: &mut dyn Iterator<Item = u64>| numbers.fold(0, u64::saturating_add);
    let column = |line: &str| u64::from_str_radix(line.split_whitespace().nth(1)?, 16).ok();
    Drops {
        softnet: sum(&mut texts.softnet.lines().filter_map(column)),
        udp: sum(&mut UDP.iter().filter_map(|name| snmp.get(name).copied())),
        tcp: sum(&mut TCP.iter().filter_map(|name| netstat.get(&("TcpExt", *name)).copied())),
        retransmitted: snmp.get(&("Tcp", "RetransSegs")).copied().unwrap_or_default(),
    }
}

/// Counters by protocol and name: a line of names, then a line of numbers.
fn counters(text: &str) -> HashMap<(&str, &str), u64> {
    let lines: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(": ")).collect();
    let pairs = lines.windows(2).filter_map(|pair| match pair {
        [(protocol, names), (same, numbers)] if protocol == same => Some((*protocol, *names, *numbers)),
        _ => None,
    });
    let named = pairs.flat_map(|(protocol, names, numbers)| {
        let each = names.split_whitespace().zip(numbers.split_whitespace());
        each.filter_map(move |(name, number)| Some(((protocol, name), number.parse().ok()?)))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STAT: &str = "cpu  6183684 965738 1248501 3515641 86585 0 28948 126257 500 0\n\
                        cpu0 3020633 462446 591860 1909904 23446 0 7769 61232 0 0\n\
                        cpu11 100 0 0 100\n\
                        intr 70107604 0 0\nctxt 124780737\nbtime 1795339714\nsoftirq 33194894 0\n";

    fn sample(texts: &Texts) -> Sample {
        Sample::of(1, 2, Some("eth0"), texts)
    }

    fn texts() -> Texts {
        Texts {
            stat: STAT.to_owned(),
            meminfo: "MemTotal:       24684252 kB\nMemFree:         5214620 kB\nMemAvailable:   23918112 kB\n".to_owned(),
            dev: "Inter-|   Receive                                                |  Transmit\n \
                  face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    \
                  lo: 7771355233 8884104    0    0    0     0          0         0 7771355233 8884104    0    0    0     0       0          0\n  \
                  eth0:7993164716  256563    0    3    0     0          0         0 17638089  144741    0    4    0     0       0          0\n"
                .to_owned(),
            sockstat: "sockets: used 15\nTCP: inuse 12 orphan 0 tw 345 alloc 1 mem 189\nUDP: inuse 0 mem 0\n".to_owned(),
            sockstat6: "TCP6: inuse 3\nUDP6: inuse 0\n".to_owned(),
            snmp: "Tcp: RtoAlgorithm MaxConn RetransSegs\nTcp: 1 -1 77\nUdp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\n\
                   Udp: 10 20 5 40 5 2\nUdpLite: InErrors\nUdpLite: 1\n"
                .to_owned(),
            netstat: "TcpExt: ListenDrops TCPBacklogDrop Other\nTcpExt: 4 5 9\nIpExt: ListenDrops\nIpExt: 100\n".to_owned(),
            softnet: "0062cc0e 00000000 00000034\n00625e0d 0000000a 00000053\n".to_owned(),
            ports: "32768\t60999\n".to_owned(),
            speed: "1000\n".to_owned(),
        }
    }

    #[test]
    fn what_the_files_say() {
        let found = sample(&texts());
        // Idle and waiting for disks are not busy, stolen time is; guests are not counted twice.
        assert_eq!(found.cpu, Some(Ticks { busy: 8_553_128, total: 12_155_354 }));
        assert_eq!(found.cores.keys().copied().collect::<Vec<_>>(), [0, 11]);
        assert_eq!(found.cores[&11], Ticks { busy: 100, total: 200 });
        assert_eq!(found.memory, Some(Memory { total: 24_684_252, available: 23_918_112 }));
        assert_eq!(found.link, Some(Link { received: 7_993_164_716, sent: 17_638_089, dropped: 7, mbit: Some(1000) }));
        assert_eq!(found.sockets, Sockets { in_use: 15, time_wait: 345, ports: Some(28_232) });
        assert_eq!(found.drops, Drops { softnet: 10, udp: 8, tcp: 9, retransmitted: 77 });
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        let nothing = sample(&Texts::default());
        assert_eq!(nothing, Sample { at: 1, elapsed: 2, ..Sample::default() });
        for unknown in ["-1\n", "4294967295\n", "0\n", "", "10G"] {
            let found = sample(&Texts { speed: unknown.to_owned(), ..texts() });
            assert_eq!(found.link.unwrap().mbit, None, "{unknown}");
        }
        assert_eq!(Sample::of(1, 2, Some("eth1"), &texts()).link, None);
        assert_eq!(Sample::of(1, 2, None, &texts()).link, None);
        let old = Texts { meminfo: "MemTotal: 5 kB\nMemFree: 5 kB\n".to_owned(), ports: "9 1".to_owned(), ..texts() };
        assert_eq!((sample(&old).memory, sample(&old).sockets.ports), (None, None));
    }

    proptest! {
        #[test]
        fn nothing_panics(
            stat in "(cpu[0-9]{0,6}( [0-9a-z-]{0,22}){0,11}\n){0,4}",
            dev in "( {0,3}eth0:( {1,3}[0-9-]{0,22}){0,20}\n){0,3}",
            pairs in "((Tcp|Udp|TcpExt): ?([A-Za-z]{0,12}|[0-9-]{0,22}| ){0,6}\n){0,6}",
            any in "(?s).{0,300}",
        ) {
            let texts = Texts {
                stat: stat.clone(), meminfo: any.clone(), dev: dev.clone(), sockstat: any.clone(), sockstat6: any.clone(),
                snmp: pairs.clone(), netstat: pairs.clone(), softnet: any.clone(), ports: any.clone(), speed: any.clone(),
            };
            let found = sample(&texts);
            prop_assert!(found.cpu.is_none_or(|ticks| ticks.busy <= ticks.total));
            let texts = Texts { stat: any.clone(), snmp: any.clone(), netstat: any.clone(), dev: any, ..texts };
            sample(&texts);
        }
    }
}
