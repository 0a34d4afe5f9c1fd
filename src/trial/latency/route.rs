//! By which interface packets go, and whether they can.

use core::net::IpAddr;

use serde::Deserialize;

use super::CannotDelay;

/// The way to the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The name that was looked up.
    pub host: String,
    /// Its addresses of the kind that is used, IPv4 where there is one.
    pub addresses: Vec<IpAddr>,
    /// Whether the interface is the machine's own loop, by which replies leave as well.
    pub is_loop: bool,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Interface {
    /// Its name.
    #[serde(rename = "ifname")]
    pub name: String,
    #[serde(default)]
    flags: Vec<String>,
}

impl Interface {
    /// Whether it is up.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.flags.iter().any(|flag| flag == "UP")
    }

    /// Whether it is the machine's own loop.
    #[must_use]
    pub fn is_loop(&self) -> bool {
        self.flags.iter().any(|flag| flag == "LOOPBACK")
    }
}

/// Every interface that `ip -j link show` lists.
///
/// # Errors
/// When the text is not that of `ip -j`.
pub fn interfaces(command: &str, text: &str) -> Result<Vec<Interface>, CannotDelay> {
    serde_json::from_str(text)
        .map_err(|error| CannotDelay::Garbage { command: command.to_owned(), why: error.to_string() })
}

#[derive(Deserialize)]
struct Route {
    dev: String,
}

/// The interface by which packets to an address leave, as `ip -j route get` says.
///
/// # Errors
/// When the text is not that of `ip -j`.
pub fn route(command: &str, text: &str) -> Result<String, CannotDelay> {
    let garbage = |why: String| CannotDelay::Garbage { command: command.to_owned(), why };
    let routes: Vec<Route> = serde_json::from_str(text).map_err(|error| garbage(error.to_string()))?;
    routes.into_iter().next().map(|route| route.dev).ok_or_else(|| garbage("it names no route".to_owned()))
}

/// Number of the capability to change the network.
const NET_ADMIN: u32 = 12;

/// Whether the programs that a process starts may change the network, by its `/proc/self/status`: root's have what it may
/// have, others' only what is ambient.
#[must_use]
pub fn may_change(status: &str) -> bool {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    let has = |name: &str| {
        let bits = field(name).and_then(|bits| u64::from_str_radix(bits, 16).ok());
        bits.is_some_and(|bits| bits >> NET_ADMIN & 1 == 1)
    };
    let is_root = field("Uid").and_then(|ids| ids.split_whitespace().nth(1)) == Some("0");
    (is_root && has("CapEff")) || has("CapAmb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_and_interfaces() {
        let local = r#"[{"type":"local","dst":"127.0.0.1","dev":"lo","prefsrc":"127.0.0.1","flags":[],"uid":0,"cache":["local"]}]"#;
        let far = r#"[{"dst":"10.0.0.2","gateway":"10.1.0.1","dev":"eth0","prefsrc":"10.1.0.5","flags":[],"uid":0,"cache":[]}]"#;
        assert_eq!((route("ip", local).unwrap().as_str(), route("ip", far).unwrap().as_str()), ("lo", "eth0"));
        for bad in ["", "[]", "[{}]", "RTNETLINK answers: Network is unreachable"] {
            assert!(route("ip", bad).is_err(), "{bad}");
        }
        let links = r#"[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536},{"ifname":"eth0","flags":["BROADCAST"]}]"#;
        let links = interfaces("ip", links).unwrap();
        let found: Vec<_> = links.iter().map(|link| (link.name.as_str(), link.is_up(), link.is_loop())).collect();
        assert_eq!(found, [("lo", true, true), ("eth0", false, false)]);
        assert!(interfaces("ip", "garbage").is_err());
    }

    #[test]
    fn who_may_change_the_network() {
        let status = |user: &str, effective: &str, ambient: &str| {
            may_change(&format!("Name:\tx\nUid:\t1000\t{user}\t1000\t1000\nCapEff:\t{effective}\nCapAmb:\t{ambient}\n"))
        };
        assert!(status("0", "000001ffffffffff", "0000000000000000"));
        assert!(status("1000", "0000000000001000", "0000000000001000"));
        // A container's root without the capability; a user whose capabilities end with the program.
        assert!(!status("0", "00000000a80425fb", "0000000000000000"));
        assert!(!status("1000", "0000000000001000", "0000000000000000"));
        assert!(!may_change("") && !may_change("CapEff: zz\nUid: 0 0\n"));
    }
}
