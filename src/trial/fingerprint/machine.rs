//! What files of `/proc`, `/sys` and `/etc` and programs for the clock say of this machine.

/// The value of a line `key : value`, of the first such line.
fn line<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let pair =
        |line: &'t str| line.split_once(':').filter(|(name, _)| name.trim() == key).map(|(_, value)| value.trim());
    text.lines().find_map(pair).filter(|value| !value.is_empty())
}

/// The model of the processor or the board, of `/proc/cpuinfo`; ARM tells the board alone.
#[must_use]
pub fn cpu_model(text: &str) -> Option<String> {
    line(text, "model name").or_else(|| line(text, "Model")).map(str::to_owned)
}

/// All memory in bytes, of `/proc/meminfo`.
#[must_use]
pub fn memory(text: &str) -> Option<u64> {
    line(text, "MemTotal")?.strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The name of the operating system, of `/etc/os-release`.
#[must_use]
pub fn os(text: &str) -> Option<String> {
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim().trim_matches('"').to_owned()).filter(|name| !name.is_empty())
}

/// Degrees, of thousandths as `/sys/class/thermal` has them.
#[must_use]
pub fn degrees(text: &str) -> Option<f64> {
    let thousandths = text.trim().parse::<i32>().ok()?;
    Some((f64::from(thousandths) / 100.0).round() / 10.0)
}

/// How chrony keeps the clock, of `chronyc -c tracking`: its source and how far it believes to be off, in seconds.
#[must_use]
pub fn chrony(text: &str) -> Option<String> {
    let fields: Vec<&str> = text.trim().split(',').collect();
    let [_, source, stratum, _, offset, .., leap] = fields.as_slice() else { return None };
    let offset: f64 = offset.parse().ok()?;
    Some(format!("chrony: {source}, stratum {stratum}, {offset:.6} s from it, leap status {leap}"))
}

/// Whether the clock is kept, of `timedatectl show`.
#[must_use]
pub fn timedatectl(text: &str) -> Option<String> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    match (value("NTP")?, value("NTPSynchronized")?) {
        (_, "yes") => Some("systemd: synchronised".to_owned()),
        ("yes", _) => Some("systemd: not synchronised yet".to_owned()),
        _ => Some("systemd: not synchronised by it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_texts() {
        let pi = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU part\t: 0xd0b\n\nRevision\t: d04170\nModel\t\t: Raspberry Pi 5 Model B Rev 1.0\n";
        assert_eq!(cpu_model(pi).as_deref(), Some("Raspberry Pi 5 Model B Rev 1.0"));
        let intel = "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R) Processor @ 2.60GHz\n";
        assert_eq!(cpu_model(intel).as_deref(), Some("Intel(R) Xeon(R) Processor @ 2.60GHz"));
        assert_eq!(memory("MemTotal:        8256160 kB\nMemFree: 1 kB\n"), Some(8_454_307_840));
        assert_eq!(memory("MemTotal: many\n"), None);
        let release = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n";
        assert_eq!(os(release).as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!((degrees("52450\n"), degrees("hot")), (Some(52.5), None));
        let tracking = "C0A86465,192.168.100.101,3,1732320000.123456789,0.000012345,-0.000001234,0.000054321,-1.234,0.001,0.056,0.00123,0.00045,64.5,Normal\n";
        assert_eq!(
            chrony(tracking).as_deref(),
            Some("chrony: 192.168.100.101, stratum 3, 0.000012 s from it, leap status Normal")
        );
        assert_eq!(chrony("506 Cannot talk to daemon\n"), None);
        let shown = "Timezone=UTC\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=yes\n";
        assert_eq!(timedatectl(shown).as_deref(), Some("systemd: synchronised"));
        assert_eq!(timedatectl("NTP=no\nNTPSynchronized=no\n").as_deref(), Some("systemd: not synchronised by it"));
        assert_eq!(timedatectl("System has not been booted with systemd\n"), None);
    }
}
