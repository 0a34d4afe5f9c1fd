//! Whether a machine has room for the load, before any is made.

use super::Sample;
use crate::load::{ClientSpec, Plan};
use crate::trial::verdict::{Evidence, Grade};

/// How long Linux keeps a port after the end of its connection, in seconds (`TCP_TIMEWAIT_LEN`).
const TIME_WAIT: u64 = 60;
/// Open files of k6 beside those of its virtual users.
const FILES: u64 = 100;

/// Whether ports and open files suffice for every plan; `open_files` is the limit for a process.
#[must_use]
pub fn room(sample: &Sample, open_files: Option<u64>, spec: &ClientSpec, plans: &[Plan<'_>]) -> Vec<Evidence> {
    // Every request is a connection of its own.
    let most = |plan: &&Plan<'_>| u64::from(plan.course.peak()) * TIME_WAIT / u64::from(plan.course.unit.seconds());
    let ports = sample.sockets.ports.zip(plans.iter().max_by_key(most)).map(|(ports, plan)| {
        let needed = most(&plan);
        let fits = needed * 100 <= ports * u64::from(spec.ports);
        let told = format!(
            "{} needs up to {needed} of {ports} ports for connections (60 s each); {} % of them may be used",
            plan.name(),
            spec.ports
        );
        Evidence::new(if fits { Grade::Valid } else { Grade::Suspect }, "ports", told)
    });
    let users = |plan: &&Plan<'_>| u64::from(plan.pool.most);
    let files = open_files.zip(plans.iter().max_by_key(users)).map(|(limit, plan)| {
        let needed = users(&plan) + FILES;
        let told = format!("{} needs up to {needed} open files; a process may have {limit}", plan.name());
        Evidence::new(if needed <= limit { Grade::Valid } else { Grade::Invalid }, "open-files", told)
    });
    ports.into_iter().chain(files).collect()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::Sockets;
    use super::*;
    use crate::load::Load;

    #[test]
    fn the_shipped_profiles_fit_an_ordinary_machine() {
        let load = Load::read(include_str!("../../../experiments/load/load.yaml")).unwrap();
        let plans = Plan::all(&load.spec, NonZeroU32::MIN);
        let found = |ports, files| {
            let sockets = Sockets { ports: Some(ports), ..Sockets::default() };
            let sample = Sample { sockets, ..Sample::default() };
            room(&sample, Some(files), &load.spec.conditions.client, &plans)
        };
        let ordinary = found(28_232, 524_288);
        insta::assert_snapshot!(ordinary.iter().map(|one| one.told.as_str()).collect::<Vec<_>>().join("\n"), @"
        uor-breakpoint needs up to 12000 of 28232 ports for connections (60 s each); 80 % of them may be used
        uor-spike needs up to 1700 open files; a process may have 524288
        ");
        let grades = |ports, files| found(ports, files).iter().map(|one| one.grade).collect::<Vec<_>>();
        assert_eq!(grades(28_232, 524_288), [Grade::Valid; 2]);
        assert_eq!(grades(14_999, 1699), [Grade::Suspect, Grade::Invalid]);
        assert_eq!(room(&Sample::default(), None, &load.spec.conditions.client, &plans), []);
    }
}
