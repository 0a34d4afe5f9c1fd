//! Why latency cannot be added, or removed.

use core::net::IpAddr;

use thiserror::Error;

/// Why latency cannot be added, proved or removed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CannotDelay {
    /// Only root may.
    #[error("adding latency needs root (CAP_NET_ADMIN)")]
    NoPermission,
    /// A program that is needed is not installed.
    #[error("adding latency needs the program `{program}`, which is not installed")]
    NoProgram {
        /// Its name.
        program: String,
    },
    /// The kernel has no netem.
    #[error("the kernel cannot add latency: it has no netem (sch_netem)")]
    NoNetem,
    /// There is no such interface.
    #[error("there is no network interface `{interface}`: there are {}", .known.join(", "))]
    NoInterface {
        /// What was named.
        interface: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The interface is down.
    #[error("the network interface `{interface}` is down")]
    Down {
        /// The interface.
        interface: String,
    },
    /// Packets to the platform leave by another interface.
    #[error("packets to {host} ({address}) leave by `{right}`, not by `{interface}`: the latency would do nothing")]
    NotTheWay {
        /// The platform.
        host: String,
        /// One of its addresses.
        address: IpAddr,
        /// What was named.
        interface: String,
        /// The interface by which they leave.
        right: String,
    },
    /// Something else stands there, which somebody put there.
    #[error("`{interface}` has a queueing discipline that somebody set: {qdisc}")]
    Taken {
        /// The interface.
        interface: String,
        /// Its kind and handle.
        qdisc: String,
    },
    /// Another run has added latency there, and still runs.
    #[error("another run has added latency on `{interface}`: process {process}")]
    InUse {
        /// The interface.
        interface: String,
        /// The process.
        process: u32,
    },
    /// The name has no address.
    #[error("{host} has no address: {why}")]
    NotResolved {
        /// The name.
        host: String,
        /// Why.
        why: String,
    },
    /// There is no way to the address.
    #[error("there is no way to {host} ({address}): {why}")]
    NoWay {
        /// The platform.
        host: String,
        /// Its address.
        address: IpAddr,
        /// What the system says.
        why: String,
    },
    /// It answers no ping, so nothing could be proved.
    #[error("{address} answers only {replies} of {sent} pings: added latency could not be proved")]
    NoAnswer {
        /// The address.
        address: IpAddr,
        /// Replies.
        replies: usize,
        /// Requests.
        sent: u32,
    },
    /// A program failed.
    #[error("`{command}` failed: {said}")]
    Failed {
        /// What was run.
        command: String,
        /// What it said.
        said: String,
    },
    /// A program did not end.
    #[error("`{command}` did not end within {seconds} s, and was ended")]
    TooLong {
        /// What was run.
        command: String,
        /// How long it was given.
        seconds: u64,
    },
    /// What a program printed is not understood.
    #[error("what `{command}` printed is not understood: {why}")]
    Garbage {
        /// What was run.
        command: String,
        /// What is wrong with it.
        why: String,
    },
    /// The note of what is changed cannot be written, read or removed.
    #[error("cannot note in {file} what is changed: {why}")]
    Note {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// The command succeeded, but the interface is not as it should be.
    #[error("`{interface}` is not as it should be after `{command}`: {why}")]
    NotDone {
        /// The interface.
        interface: String,
        /// What was run.
        command: String,
        /// What is wrong.
        why: String,
    },
}

impl CannotDelay {
    /// What to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NoPermission => "run as root, or --no-latency, which the results say".to_owned(),
            Self::NoProgram { program } => {
                let package = if program == "ping" { "iputils-ping" } else { "iproute2" };
                format!(
                    "install it (on Debian and Ubuntu: apt-get install {package}), or --no-latency, which the results say"
                )
            }
            Self::NoNetem => {
                "load the module (modprobe sch_netem; on Ubuntu it is in linux-modules-extra), or --no-latency, \
                              which the results say"
                    .to_owned()
            }
            Self::NoInterface { .. } => "name the right one with --interface".to_owned(),
            Self::Down { interface } => format!("ip link set {interface} up, or name another with --interface"),
            Self::NotTheWay { right, .. } => format!("name it: --interface {right}"),
            Self::Taken { interface, .. } => {
                format!("when nobody needs it, remove it: tc qdisc del dev {interface} root; or --no-latency")
            }
            Self::InUse { .. } => "wait for it: two runs would change each other's numbers".to_owned(),
            Self::NotResolved { .. } | Self::NoWay { .. } => {
                "is the target the right one, and the network up?".to_owned()
            }
            Self::NoAnswer { .. } => {
                "let it answer ICMP echo requests, or --no-latency, which the results say".to_owned()
            }
            Self::Failed { .. } | Self::TooLong { .. } | Self::Garbage { .. } => {
                "type the command yourself to see why, or --no-latency, which the results say".to_owned()
            }
            Self::Note { .. } => {
                "latency that is not noted might stay after a crash: make the folder writable".to_owned()
            }
            Self::NotDone { interface, .. } => {
                format!("look at it (tc qdisc show dev {interface}) and remove it: tc qdisc del dev {interface} root")
            }
        }
    }

    /// What a failed command of `tc` or `ip` means.
    #[must_use]
    pub fn said(command: &str, interface: &str, said: &str) -> Self {
        let said = said.trim();
        if said.contains("Operation not permitted") || said.contains("Permission denied") {
            return Self::NoPermission;
        }
        // With a module that cannot be loaded, older versions say that there is no such file.
        let is_netem = command.contains("netem");
        if is_netem && (said.contains("qdisc kind is unknown") || said.contains("No such file or directory")) {
            return Self::NoNetem;
        }
        if said.contains("Cannot find device") || said.contains("does not exist") {
            return Self::NoInterface { interface: interface.to_owned(), known: Vec::new() };
        }
        let said = if said.is_empty() { "it said nothing" } else { said };
        Self::Failed { command: command.to_owned(), said: said.chars().take(500).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::CannotDelay;

    #[test]
    fn what_tc_says_is_understood() {
        let said = |command, said| CannotDelay::said(command, "eth0", said);
        let add = "tc qdisc replace dev eth0 root netem delay 5ms";
        assert_eq!(said(add, "RTNETLINK answers: Operation not permitted\n"), CannotDelay::NoPermission);
        assert_eq!(said(add, "Error: Specified qdisc kind is unknown.\n"), CannotDelay::NoNetem);
        assert_eq!(said(add, "RTNETLINK answers: No such file or directory\n"), CannotDelay::NoNetem);
        assert!(matches!(said(add, "Cannot find device \"eth0\"\n"), CannotDelay::NoInterface { .. }));
        assert_eq!(said("tc x", "").to_string(), "`tc x` failed: it said nothing");
        assert!(said("tc qdisc del dev eth0 root", "Error: Invalid handle.").to_string().contains("Invalid handle"));
    }
}
