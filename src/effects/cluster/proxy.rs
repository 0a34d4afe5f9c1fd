//! Which servers are reached past the proxy that the environment names.

use std::net::IpAddr;

/// Whether a host is reached directly, by a list as in `NO_PROXY`: names with all below them, addresses, networks,
/// `*` for all. A host of this machine always is.
pub(super) fn is_direct(no_proxy: &str, host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    no_proxy.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| match address {
        _ if entry == "*" => true,
        Some(address) => is_in(address, entry),
        None => is_below(host, entry),
    })
}

/// Whether an address is the one of an entry or in its network (`10.0.0.0/8`).
fn is_in(address: IpAddr, entry: &str) -> bool {
    let (network, length) = entry.split_once('/').unwrap_or((entry, "128"));
    let Ok(length) = length.parse::<u32>() else { return false };
    let network = network.trim_matches(['[', ']']).parse();
    let (one, other, bits) = match (address, network) {
        (IpAddr::V4(one), Ok(IpAddr::V4(other))) => (u32::from(one).into(), u32::from(other).into(), 32),
        (IpAddr::V6(one), Ok(IpAddr::V6(other))) => (u128::from(one), u128::from(other), 128),
        _ => return false,
    };
    (one ^ other).checked_shr(bits - length.min(bits)).unwrap_or_default() == 0
}

/// Whether a name is the one of an entry or below it.
fn is_below(host: &str, entry: &str) -> bool {
    let (host, entry) = (host.to_ascii_lowercase(), entry.trim_start_matches("*.").to_ascii_lowercase());
    let entry = entry.trim_start_matches('.');
    host.strip_suffix(entry).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::is_direct;

    #[test]
    fn lists_name_hosts_networks_and_everything() {
        let list = "example.org, .local,10.0.0.0/8,192.168.1.7,2001:db8::/32";
        let direct = ["example.org", "a.Example.org", "pi.local", "10.1.2.3", "192.168.1.7", "[2001:db8::1]"];
        let proxied = ["badexample.org", "example.com", "11.1.2.3", "192.168.1.8", "2001:db9::1", "10.example.com"];
        assert!(direct.iter().all(|host| is_direct(list, host)));
        assert!(!proxied.iter().any(|host| is_direct(list, host)));
        assert!(is_direct("*", "example.com") && is_direct("0.0.0.0/0", "8.8.8.8"));
        assert!(["localhost", "127.0.0.1", "[::1]"].iter().all(|host| is_direct("", host)));
        assert!(!is_direct("", "example.com") && !is_direct("10.0.0.0/x", "10.0.0.1"));
    }
}
