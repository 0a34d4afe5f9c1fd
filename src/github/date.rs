//! Dates as GitHub writes them, as seconds since 1970, and back.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY: i64 = 86_400;

/// Seconds since 1970 of `Sun, 22 Nov 2026 19:05:02 GMT`.
#[must_use]
pub fn of_http(text: &str) -> Option<u64> {
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)?;
    let year: i64 = words.next()?.parse().ok()?;
    seconds(year, i64::try_from(month).ok()? + 1, day, words.next()?)
}

/// Seconds since 1970 of `2026-11-22T19:05:02Z`.
#[must_use]
pub fn of_iso(text: &str) -> Option<u64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    seconds(parts.next()??, parts.next()??, parts.next()??, time.split('.').next()?)
}

/// `2026-11-22T19:05:02Z` of seconds since 1970.
#[must_use]
pub fn to_iso(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(0);
    let (days, rest) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

fn seconds(year: i64, month: i64, day: i64, time: &str) -> Option<u64> {
    let mut parts = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day) && (1970..=9999).contains(&year);
    u64::try_from(days(year, month, day) * DAY + hours * 3600 + minutes * 60 + seconds).ok().filter(|_| fits)
}

/// Days from 1970 on; the year is thought to begin in March, so that its last day is the one that leaps.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

/// Year, month and day of days from 1970 on.
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + if month <= 2 { 1 } else { 0 }, month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_github() {
        assert_eq!(of_http("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(of_iso("1994-11-06T08:49:37Z"), Some(784_111_777));
        assert_eq!(of_iso("1994-11-06T08:49:37.123Z"), Some(784_111_777));
        assert_eq!(to_iso(784_111_777), "1994-11-06T08:49:37Z");
        assert_eq!(to_iso(951_782_400), "2000-02-29T00:00:00Z");
        for text in ["", "yesterday", "Sun, 06 Nov", "1994-13-06T08:49:37Z", "1994-11-06T08:49"] {
            assert_eq!(of_http(text).or(of_iso(text)), None, "{text}");
        }
    }

    #[test]
    fn every_day_there_and_back() {
        for day in 0..60_000 {
            let seconds = day * 86_400 + 12_345;
            assert_eq!(of_iso(&to_iso(seconds)), Some(seconds));
        }
    }
}
