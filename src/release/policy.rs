//! What a change does to a version.

use semver::Version;

use super::commit::Severity;
use crate::spec::VersionPolicy;

/// The version after a change: none when the change asks for nothing, or a number would be too large. Never above
/// 0.y.z from there.
#[must_use]
pub fn raised(last: &Version, severity: Severity, policy: VersionPolicy) -> Option<Version> {
    use Severity::{Major, Minor, None as Nothing, Patch};
    use VersionPolicy::{Cargo, Seed, Semver};

    let Version { major, minor, patch, .. } = *last;
    match (major, minor, severity, policy) {
        (.., Nothing, _) => None,
        (0, 0, _, Seed | Cargo) | (0, _, Minor, Cargo) | (.., Patch, _) => {
            Some(Version::new(major, minor, patch.checked_add(1)?))
        }
        (0, _, Major, _) | (0, _, Minor, Seed | Semver) | (_, _, Minor, _) => {
            Some(Version::new(major, minor.checked_add(1)?, 0))
        }
        (_, _, Major, _) => Some(Version::new(major.checked_add(1)?, 0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POLICIES: [VersionPolicy; 3] = [VersionPolicy::Seed, VersionPolicy::Semver, VersionPolicy::Cargo];

    #[test]
    fn every_cell_of_the_table() {
        // From, then what breaks, what is new, what is fixed: of seed, semver, cargo.
        let table = [
            ("0.0.17", [["0.0.18", "0.0.18", "0.0.18"], ["0.1.0", "0.1.0", "0.0.18"], ["0.0.18", "0.0.18", "0.0.18"]]),
            ("0.1.2", [["0.2.0", "0.2.0", "0.1.3"], ["0.2.0", "0.2.0", "0.1.3"], ["0.2.0", "0.1.3", "0.1.3"]]),
            ("1.2.3", [["2.0.0", "1.3.0", "1.2.4"], ["2.0.0", "1.3.0", "1.2.4"], ["2.0.0", "1.3.0", "1.2.4"]]),
        ];
        for (last, rows) in table {
            let last = Version::parse(last).unwrap();
            for (policy, row) in POLICIES.into_iter().zip(rows) {
                for (severity, expected) in [Severity::Major, Severity::Minor, Severity::Patch].into_iter().zip(row) {
                    let next = raised(&last, severity, policy).unwrap();
                    assert_eq!(next.to_string(), expected, "{last} {severity:?} {policy:?}");
                }
                assert_eq!(raised(&last, Severity::None, policy), None);
            }
        }
    }

    #[test]
    fn numbers_that_are_too_large_are_none() {
        let last = Version::new(0, 1, u64::MAX);
        assert_eq!(raised(&last, Severity::Patch, VersionPolicy::Seed), None);
        assert_eq!(raised(&last, Severity::Minor, VersionPolicy::Seed), Some(Version::new(0, 2, 0)));
    }

    proptest! {
        #[test]
        fn the_next_is_above_the_last_and_stays_below_one(
            major in 0..3_u64, minor in 0..3_u64, patch in 0..50_u64,
            severity in prop::sample::select(vec![Severity::Patch, Severity::Minor, Severity::Major]),
            policy in prop::sample::select(POLICIES.to_vec()),
        ) {
            let last = Version::new(major, minor, patch);
            let next = raised(&last, severity, policy).unwrap();
            prop_assert!(next > last);
            prop_assert!(major > 0 || next.major == 0);
        }

        #[test]
        fn more_severe_is_never_lower(
            major in 0..3_u64, minor in 0..3_u64, patch in 0..50_u64, policy in prop::sample::select(POLICIES.to_vec()),
        ) {
            let last = Version::new(major, minor, patch);
            let next = |severity| raised(&last, severity, policy).unwrap();
            prop_assert!(next(Severity::Patch) <= next(Severity::Minor));
            prop_assert!(next(Severity::Minor) <= next(Severity::Major));
        }
    }
}
