//! What `ping` prints.

/// How many round trips are measured before, and how many after.
pub const COUNT: u32 = 20;

/// Round trips that were measured.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundTrips {
    /// Requests that were sent.
    pub sent: u32,
    /// Of each reply, the milliseconds that it took, in ascending order.
    pub milliseconds: Vec<f64>,
}

impl RoundTrips {
    /// The median in milliseconds; none without a reply.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        let half = self.milliseconds.len() / 2;
        let upper = *self.milliseconds.get(half)?;
        if self.milliseconds.len() % 2 == 1 {
            return Some(upper);
        }
        let lower = *self.milliseconds.get(half.checked_sub(1)?)?;
        Some(f64::midpoint(lower, upper))
    }
}

/// The replies in what ping printed, of iputils and of BusyBox; lines that are no replies are left out.
#[must_use]
pub fn round_trips(sent: u32, text: &str) -> RoundTrips {
    let reply = |line: &str| {
        // The second answer to one request says nothing of the way.
        let after = line.split_once("time=").filter(|_| !line.contains("DUP!"))?.1;
        let number = after.split_whitespace().next()?.trim_end_matches("ms");
        number.parse::<f64>().ok().filter(|time| time.is_finite() && *time >= 0.0)
    };
    let mut milliseconds: Vec<f64> = text.lines().filter_map(reply).take(sent as usize).collect();
    milliseconds.sort_by(f64::total_cmp);
    RoundTrips { sent, milliseconds }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn replies_of_several_programs() {
        let iputils = "PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n\
                       64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=10.2 ms\n\
                       64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=0.043 ms\n\
                       64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=77 ms (DUP!)\n\
                       From 10.0.0.1 icmp_seq=3 Destination Host Unreachable\n\
                       64 bytes from 10.0.0.2: icmp_seq=4 ttl=64 time=101 ms\n\n\
                       --- 10.0.0.2 ping statistics ---\n\
                       4 packets transmitted, 3 received, 25% packet loss, time 603ms\n\
                       rtt min/avg/max/mdev = 0.043/37.081/101.000/45.5 ms\n";
        let found = round_trips(4, iputils);
        assert_eq!((found.milliseconds.as_slice(), found.median()), (&[0.043, 10.2, 101.0][..], Some(10.2)));
        let busybox = "64 bytes from ::1: seq=0 ttl=64 time=0.054 ms\n64 bytes from ::1: seq=1 ttl=64 time=0.056 ms\n";
        assert_eq!(round_trips(2, busybox).median(), Some(0.055));
        assert_eq!(round_trips(20, "ping: connect: Network is unreachable\n").median(), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(.{0,20}time=.{0,20}\n){0,5}", sent in 0_u32..30) {
            let found = round_trips(sent, &text);
            prop_assert!(found.milliseconds.len() <= sent as usize);
            prop_assert!(found.median().is_none_or(f64::is_finite));
        }
    }
}
