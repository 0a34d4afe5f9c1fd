//! How far another clock is from ours, by the header `Date` of an answer.

use serde::{Deserialize, Serialize};

/// How far another clock is ahead of ours; behind where it is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offset {
    /// In milliseconds.
    pub milliseconds: i64,
    /// It may be so much more or less: `Date` has whole seconds, and the answer was under way for a while.
    pub uncertainty: i64,
}

/// The offset of a server's clock by its header `Date`, in seconds since 1970, of a request that we sent and whose
/// answer came at these times, in milliseconds since 1970. None where it is beyond all reason.
#[must_use]
pub fn offset(date: u64, sent: u64, came: u64) -> Option<Offset> {
    let theirs = i64::try_from(date).ok()?.checked_mul(1000)?.checked_add(500)?;
    let sent = i64::try_from(sent).ok()?;
    let under_way = i64::try_from(came).ok()?.checked_sub(sent)?.max(0);
    let milliseconds = theirs.checked_sub(sent.checked_add(under_way / 2)?)?;
    Some(Offset { milliseconds, uncertainty: 500_i64.checked_add(under_way / 2)?.checked_add(1)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_from_the_middle_of_the_way_and_of_the_second() {
        let (date, at) = (1_795_400_522, 1_795_400_522_000);
        assert_eq!(offset(date, at + 400, at + 600), Some(Offset { milliseconds: 0, uncertainty: 601 }));
        assert_eq!(offset(date, at - 2000, at - 2000), Some(Offset { milliseconds: 2500, uncertainty: 501 }));
        assert_eq!(offset(date, u64::MAX, 0), None);
        assert_eq!(offset(u64::MAX, at, at), None);
    }
}
