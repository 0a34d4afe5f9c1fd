//! Latency on an interface of this machine: added, proved, removed, and found where a run left it.

mod notes;
mod programs;

use std::net::{IpAddr, ToSocketAddrs as _};

use self::programs::{run, said};
use super::clock;
use crate::error::Failure;
use crate::trial::latency::{
    self, Argv, COUNT, CannotDelay, Delayed, Latency, Leftover, Noted, Qdisc, Removed, RoundTrips, Way,
};
use crate::values::InterfaceName;

/// So many pings must be answered of `COUNT`, or a median says little.
const FEWEST_REPLIES: usize = 5;

/// Pings of a check alone.
const FEW: u32 = 3;

/// Whether latency could be added on the way to a host, without adding any.
///
/// # Errors
/// Why it could not.
pub fn check(latency: &Latency, host: &str) -> Result<Way, CannotDelay> {
    let (way, _) = ready(latency, host)?;
    programs::has_netem()?;
    trips(&way, FEW)?;
    Ok(way)
}

/// Adds the latency and measures its proof, which takes about ten seconds. It is noted first, so that no other run does the
/// same; then what a killed run left there is removed. Where it fails half-way, it is taken back.
///
/// # Errors
/// Why it could not be added. That it is not proved is no error: the evidence says so.
pub fn on(latency: &Latency, host: &str) -> Result<Delayed, CannotDelay> {
    let (way, before) = ready(latency, host)?;
    let commands = latency.adding(&way.addresses);
    let (process, network) = (notes::this_process(), notes::network());
    notes::claim(&Noted::of(latency, &commands, &before, network, process, clock::now()))?;
    match add(latency, &way, &commands) {
        Ok((before, after)) => Ok(Delayed { latency: latency.clone(), way, before, after }),
        Err(error) => {
            // The first error is the one to be told; what stays is found at the next start.
            let _ = off(&latency.interface);
            Err(error)
        }
    }
}

/// Adds it, with the round trips before and after.
fn add(latency: &Latency, way: &Way, commands: &[Argv]) -> Result<(RoundTrips, RoundTrips), CannotDelay> {
    let interface = &latency.interface;
    clear(interface, &listed_on(interface)?)?;
    let before = trips(way, COUNT)?;
    for command in commands {
        run(command, interface.as_str())?;
    }
    if let Some(why) = latency::standing(latency, &listed_on(interface)?) {
        return Err(not_done(interface, commands.first(), why));
    }
    Ok((before, trips(way, COUNT)?))
}

/// Removes the latency that this run, or one that was killed, has added, and verifies that it is gone. Where none of
/// ours stands, there is nothing to do; what somebody else put there stays.
///
/// # Errors
/// Why it could not be removed.
pub fn off(interface: &InterfaceName) -> Result<Removed, CannotDelay> {
    notes::refuse_others(interface)?;
    let stood = listed_on(interface)?;
    clear(interface, &stood)?;
    notes::remove(interface)?;
    Ok(Removed { stood })
}

/// Removes what is ours of what stands on an interface, and looks whether it is gone.
fn clear(interface: &InterfaceName, stands: &[Qdisc]) -> Result<(), CannotDelay> {
    if !stands.iter().any(Qdisc::is_ours) {
        return Ok(());
    }
    let command = latency::removing(interface);
    run(&command, interface.as_str())?;
    let left = listed_on(interface)?.into_iter().find(|one| one.is_ours() || (one.root && one.kind == "netem"));
    left.map_or(Ok(()), |left| Err(not_done(interface, Some(&command), format!("{} stands there still", left.told()))))
}

/// Latency on any interface, of runs that were killed, of those that still run, and of others. Notes of what is not
/// there any more are thrown away.
///
/// # Errors
/// When the interfaces cannot be asked. A machine without `tc` that has no note has nothing left over.
pub fn leftovers() -> Result<Vec<Leftover>, CannotDelay> {
    let noted = notes::all()?;
    let listed = match listed() {
        Err(CannotDelay::NoProgram { .. }) if noted.is_empty() => return Ok(Vec::new()),
        listed => listed?,
    };
    let found = latency::leftovers(&listed, &notes::of_others(&noted));
    for noted in noted.iter().filter(|noted| !notes::is_running(noted)) {
        if found.iter().all(|one| one.interface != noted.interface) {
            notes::remove(&noted.interface)?;
        }
    }
    Ok(found)
}

/// The interface by which packets to a host leave.
///
/// # Errors
/// When it has no address, or there is no way.
pub fn interface_to(host: &str) -> Result<InterfaceName, CannotDelay> {
    let address = addresses(host)?.first().copied();
    let address =
        address.ok_or_else(|| CannotDelay::NotResolved { host: host.to_owned(), why: "no address".to_owned() })?;
    let name = way_to(host, address)?;
    InterfaceName::new(name).map_err(|why| CannotDelay::Garbage { command: "ip route get".to_owned(), why })
}

/// Everything that can be known before anything is changed, and what stands on the interface.
fn ready(latency: &Latency, host: &str) -> Result<(Way, Vec<Qdisc>), CannotDelay> {
    let interface = &latency.interface;
    if !notes::may_change() {
        return Err(CannotDelay::NoPermission);
    }
    let command = latency::listing_interfaces();
    let interfaces = latency::interfaces(&command.join(" "), &said(&command, interface.as_str())?)?;
    let Some(found) = interfaces.iter().find(|one| one.name == interface.as_str()) else {
        let known = interfaces.iter().map(|one| one.name.clone()).collect();
        return Err(CannotDelay::NoInterface { interface: interface.to_string(), known });
    };
    if !found.is_up() {
        return Err(CannotDelay::Down { interface: interface.to_string() });
    }
    let addresses = addresses(host)?;
    for &address in &addresses {
        let right = way_to(host, address)?;
        if right != interface.as_str() {
            let (host, interface) = (host.to_owned(), interface.to_string());
            return Err(CannotDelay::NotTheWay { host, address, interface, right });
        }
    }
    let stands = listed_on(interface)?;
    notes::refuse_others(interface)?;
    if let Some(other) = stands.iter().find(|one| one.root && !one.is_ours() && !one.is_the_kernels()) {
        return Err(CannotDelay::Taken { interface: interface.to_string(), qdisc: other.told() });
    }
    Ok((Way { host: host.to_owned(), addresses, is_loop: found.is_loop() }, stands))
}

/// The addresses of a host, those of IPv4 where there are any, for k6 prefers them.
fn addresses(host: &str) -> Result<Vec<IpAddr>, CannotDelay> {
    let refused = |why: String| CannotDelay::NotResolved { host: host.to_owned(), why };
    let found = (host, 0).to_socket_addrs().map_err(|error| refused(error.to_string()))?;
    let mut all: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() {
        return Err(refused("the name is known, and leads nowhere".to_owned()));
    }
    if all.iter().any(IpAddr::is_ipv4) {
        all.retain(IpAddr::is_ipv4);
    }
    Ok(all)
}

fn way_to(host: &str, address: IpAddr) -> Result<String, CannotDelay> {
    let command = latency::asking_the_way(address);
    match said(&command, "") {
        Ok(text) => latency::route(&command.join(" "), &text),
        Err(CannotDelay::Failed { said, .. }) => Err(CannotDelay::NoWay { host: host.to_owned(), address, why: said }),
        Err(error) => Err(error),
    }
}

fn trips(way: &Way, count: u32) -> Result<RoundTrips, CannotDelay> {
    let Some(&address) = way.addresses.first() else {
        return Err(CannotDelay::NotResolved { host: way.host.clone(), why: "no address".to_owned() });
    };
    // It fails where replies are missing, and what it printed says how many.
    let text = programs::printed(&latency::pinging(address, count))?;
    let trips = latency::round_trips(count, &text);
    let replies = trips.milliseconds.len();
    if replies < FEWEST_REPLIES.min(count as usize) {
        return Err(CannotDelay::NoAnswer { address, replies, sent: count });
    }
    Ok(trips)
}

fn listed() -> Result<Vec<Qdisc>, CannotDelay> {
    let command = latency::listing();
    latency::qdiscs(&command.join(" "), &said(&command, "")?)
}

fn listed_on(interface: &InterfaceName) -> Result<Vec<Qdisc>, CannotDelay> {
    Ok(listed()?.into_iter().filter(|one| one.dev == interface.as_str()).collect())
}

fn not_done(interface: &InterfaceName, command: Option<&Argv>, why: String) -> CannotDelay {
    let command = command.map(|command| command.join(" ")).unwrap_or_default();
    CannotDelay::NotDone { interface: interface.to_string(), command, why }
}

impl From<CannotDelay> for Failure {
    fn from(error: CannotDelay) -> Self {
        let hint = error.hint();
        Self::usage(error.to_string(), hint)
    }
}
