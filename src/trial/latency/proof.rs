//! What proves that latency was there, and is not any more.

use super::{CannotDelay, Latency, Removed, RoundTrips, Way, standing};
use crate::trial::verdict::{Evidence, Grade};

/// The bits of one ping on the wire: 56 bytes of data with the headers of ICMP, IPv4 and Ethernet.
const PING_BITS: f64 = 98.0 * 8.0;

/// Latency that was added, with the round trips before and after that.
#[derive(Debug, Clone, PartialEq)]
pub struct Delayed {
    /// What was added.
    pub latency: Latency,
    /// Where to.
    pub way: Way,
    /// Round trips without it.
    pub before: RoundTrips,
    /// Round trips with it.
    pub after: RoundTrips,
}

impl Delayed {
    /// How much the median of the round trips should rise, in milliseconds: once the delay, for netem delays what leaves
    /// and not what comes; twice where both leave by the same loop.
    #[must_use]
    pub fn expected(&self) -> f64 {
        let slow = self.latency.rate.map_or(0.0, |rate| {
            #[allow(clippy::cast_precision_loss, reason = "a rate of at most 100 Gbit/s")]
            let bits = rate.bits() as f64;
            PING_BITS / bits * 1000.0
        });
        self.crossings() * (f64::from(self.latency.delay.get()) / 1000.0 + slow)
    }

    const fn crossings(&self) -> f64 {
        if self.way.is_loop { 2.0 } else { 1.0 }
    }

    /// How far from that the rise may be, in milliseconds: the tolerance, and what `ping` rounds off.
    #[must_use]
    pub fn allowance(&self) -> f64 {
        let rounded = |trips: &RoundTrips| match trips.median() {
            Some(median) if median >= 100.0 => 0.5,
            Some(median) if median >= 10.0 => 0.05,
            _ => 0.005,
        };
        self.crossings() * f64::from(self.latency.allowance) / 1000.0 + rounded(&self.before) + rounded(&self.after)
    }

    /// How much the median rose, in milliseconds; none where there were no replies.
    #[must_use]
    pub fn rise(&self) -> Option<f64> {
        Some(self.after.median()? - self.before.median()?)
    }

    /// Whether the latency was there: invalid where the rise is not what it should be.
    #[must_use]
    pub fn evidence(&self) -> Vec<Evidence> {
        let host = &self.way.host;
        let once = if self.way.is_loop { "twice" } else { "once" };
        let (Some(before), Some(after), Some(rise)) = (self.before.median(), self.after.median(), self.rise()) else {
            let told = format!("{host} did not answer pings before or after the latency was added: it is not proved");
            return vec![Evidence::new(Grade::Invalid, "latency-proved", told)];
        };
        let fits = (rise - self.expected()).abs() <= self.allowance();
        let told = format!(
            "the median round trip to {host} rose by {rise:.2} ms, from {before:.2} to {after:.2} ms ({} and {} replies); {:.2} \
             ± {:.2} ms {} expected of {}, which is added to packets that leave, {once} a round trip",
            self.before.milliseconds.len(),
            self.after.milliseconds.len(),
            self.expected(),
            self.allowance(),
            if fits { "were" } else { "had been" },
            self.latency.told(),
        );
        vec![Evidence::new(if fits { Grade::Valid } else { Grade::Invalid }, "latency-proved", told)]
    }
}

/// What to say of a trial without latency, where nobody wanted it.
#[must_use]
pub fn not_added() -> Evidence {
    let told = "no latency was added: not comparable with trials that have it";
    Evidence::new(Grade::Suspect, "latency-added", told)
}

/// What the removal says of the trial before it.
#[must_use]
pub fn removed(latency: &Latency, removed: &Result<Removed, CannotDelay>) -> Vec<Evidence> {
    let found = match removed {
        Err(error) => {
            let told = format!("the latency was not removed, so what follows is delayed as well: {error}");
            return vec![Evidence::new(Grade::Suspect, "latency-removed", told)];
        }
        Ok(found) => found,
    };
    if let Some(why) = standing(latency, &found.stood) {
        let told = format!("the latency was changed before the trial ended: {why}");
        return vec![Evidence::new(Grade::Invalid, "latency-kept", told)];
    }
    let told = format!("{} was there until the end, and is removed", latency.told());
    let mut evidence = vec![Evidence::new(Grade::Valid, "latency-removed", told)];
    let netem = found.stood.iter().filter(|one| one.kind == "netem");
    let drops: u64 = netem.map(|one| one.drops).fold(0, u64::saturating_add);
    if drops > 0 && latency.loss.is_none() {
        let told = format!("netem dropped {drops} packets that it had no room for");
        evidence.push(Evidence::new(Grade::Suspect, "latency-drops", told));
    }
    evidence
}

#[cfg(test)]
mod tests {
    use super::super::{qdiscs, tests::latency};
    use super::*;

    fn delayed(text: &str, is_loop: bool, before: &[f64], after: &[f64]) -> Delayed {
        let trips = |milliseconds: &[f64]| RoundTrips { sent: 20, milliseconds: milliseconds.to_vec() };
        let way = Way { host: "h".to_owned(), addresses: Vec::new(), is_loop };
        Delayed { latency: latency(text), way, before: trips(before), after: trips(after) }
    }

    fn grade(text: &str, is_loop: bool, before: f64, after: f64) -> Grade {
        delayed(text, is_loop, &[before], &[after]).evidence()[0].grade
    }

    const PLAIN: &str = r#"{"interface": "eth0", "delay": "5ms"}"#;

    #[test]
    fn the_median_rises_by_the_delay_or_the_trial_is_invalid() {
        for (after, expected) in [
            (5.3, Grade::Valid),
            (5.8, Grade::Valid),
            (4.81, Grade::Valid),
            (5.82, Grade::Invalid),
            (4.78, Grade::Invalid),
            (0.3, Grade::Invalid),
            (10.3, Grade::Invalid),
            (0.0, Grade::Invalid),
        ] {
            assert_eq!(grade(PLAIN, false, 0.3, after), expected, "{after}");
        }
        // On the loop the reply is delayed as well.
        assert_eq!((grade(PLAIN, true, 0.05, 10.2), grade(PLAIN, true, 0.05, 5.1)), (Grade::Valid, Grade::Invalid));
        let told = &delayed(PLAIN, false, &[0.3], &[5.32]).evidence()[0].told;
        insta::assert_snapshot!(told, @"the median round trip to h rose by 5.02 ms, from 0.30 to 5.32 ms (1 and 1 replies); 5.00 ± 0.51 ms were expected of 5 ms on eth0, which is added to packets that leave, once a round trip");
    }

    #[test]
    fn what_rate_jitter_and_rounding_do() {
        // 98 bytes take 0.784 ms at 1 Mbit/s.
        let slow = r#"{"interface": "eth0", "delay": "5ms", "rate": "1mbit"}"#;
        assert_eq!((grade(slow, false, 0.3, 6.08), grade(slow, false, 0.3, 5.3)), (Grade::Valid, Grade::Invalid));
        let jitter = r#"{"interface": "eth0", "delay": "5ms", "jitter": "2ms"}"#;
        assert_eq!((grade(jitter, false, 0.3, 7.2), grade(jitter, false, 0.3, 7.4)), (Grade::Valid, Grade::Invalid));
        // From 100 ms on, ping prints whole milliseconds.
        let long = r#"{"interface": "eth0", "delay": "200ms"}"#;
        assert_eq!((grade(long, false, 0.4, 201.0), grade(long, false, 0.4, 202.0)), (Grade::Valid, Grade::Invalid));
        assert_eq!(delayed(PLAIN, false, &[], &[5.0]).evidence()[0].grade, Grade::Invalid);
    }

    #[test]
    fn what_the_removal_says() {
        let plain = latency(PLAIN);
        let grades = |found: Result<Removed, CannotDelay>| -> Vec<(Grade, String)> {
            removed(&plain, &found).into_iter().map(|one| (one.grade, one.rule)).collect()
        };
        let stood = |drops: u64| {
            let text = r#"[{"kind":"netem","handle":"a40a:","dev":"eth0","root":true,"drops":DROPS,"options":{"delay":{"delay":0.005,"jitter":0}}}]"#;
            Removed { stood: qdiscs("tc", &text.replace("DROPS", &drops.to_string())).unwrap() }
        };
        assert_eq!(grades(Ok(stood(0))), [(Grade::Valid, "latency-removed".to_owned())]);
        assert_eq!(grades(Ok(stood(3)))[1], (Grade::Suspect, "latency-drops".to_owned()));
        assert_eq!(grades(Ok(Removed::default())), [(Grade::Invalid, "latency-kept".to_owned())]);
        assert_eq!(grades(Err(CannotDelay::NoPermission)), [(Grade::Suspect, "latency-removed".to_owned())]);
        assert_eq!(not_added().grade, Grade::Suspect);
    }
}
