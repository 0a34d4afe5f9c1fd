//! `ahuora load check`: whether this machine can make load that is trusted.

use std::num::NonZeroU32;

use serde::Serialize;

use crate::cli::{Common, LoadCheckArgs};
use crate::effects::watch::{self, Watch};
use crate::effects::{clock, latency as netem};
use crate::error::{Failure, Outcome};
use crate::load::{Load, Plan};
use crate::trial::client::{judge, room};
use crate::trial::latency::{CannotDelay, Delayed, Latency, Leftover, Whose, removed, removing};
use crate::trial::verdict::{Evidence, Grade};
use crate::ui::{Format, Ui};
use crate::values::{InterfaceName, Seconds};

/// What was seen, and what to do about it.
struct Checked {
    evidence: Evidence,
    hint: Option<String>,
}

impl From<Evidence> for Checked {
    fn from(evidence: Evidence) -> Self {
        Self { evidence, hint: None }
    }
}

impl From<CannotDelay> for Checked {
    fn from(error: CannotDelay) -> Self {
        let evidence = Evidence::new(Grade::Invalid, "latency", error.to_string());
        Self { evidence, hint: Some(error.hint()) }
    }
}

pub(super) fn run(common: &Common, load: &Load, args: &LoadCheckArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let latency = Latency::of(&load.spec.conditions.latency, args.interface.as_ref());
    let mut found = left_over(args.prove && !common.dry_run);
    let mut delayed = None;
    if !args.no_latency {
        let (seen, proved) = add(&latency, common, args, ui);
        found.extend(seen);
        delayed = proved;
    }
    let plans = Plan::all(&load.spec, NonZeroU32::MIN);
    let rooms = room(&watch::look(None), watch::open_files(), &load.spec.conditions.client, &plans);
    found.extend(rooms.into_iter().map(Checked::from));
    if let Some(seconds) = args.watch.filter(|_| !common.dry_run) {
        found.extend(watched(load, args, seconds, ui)?);
    }
    tell(&found, delayed.as_ref(), ui)
}

/// What runs that were killed left behind; with `remove` that of ours is removed.
fn left_over(remove: bool) -> Vec<Checked> {
    let one = |left: Leftover| {
        let finding = |told: String| Checked {
            evidence: Evidence::new(Grade::Invalid, "leftover", told),
            hint: Some(format!("`ahuora load run` removes its own; or type: {}", left.command.join(" "))),
        };
        match left.whose {
            Whose::Ours if remove => match netem::off(&left.interface) {
                Ok(_) => Evidence::new(Grade::Valid, "leftover", format!("{}; it is removed", left.told())).into(),
                Err(error) => error.into(),
            },
            Whose::Ours | Whose::Running(_) => finding(left.told()),
            // It says itself what to type.
            Whose::Foreign => Evidence::new(Grade::Suspect, "leftover", left.told()).into(),
        }
    };
    netem::leftovers().map_or_else(|error| vec![error.into()], |found| found.into_iter().map(one).collect())
}

/// Whether latency can be added; where it is to be proved, adds and removes it.
fn add(latency: &Latency, common: &Common, args: &LoadCheckArgs, ui: &Ui) -> (Vec<Checked>, Option<Delayed>) {
    let host = args.target.host();
    let can = |addresses: &[_]| {
        let commands = latency.adding(addresses).into_iter().chain([removing(&latency.interface)]);
        let commands: Vec<String> = commands.map(|command| command.join(" ")).collect();
        let told =
            format!("{} can be added on the way to {host}, and removed: {}", latency.told(), commands.join("; "));
        Checked::from(Evidence::new(Grade::Valid, "latency", told))
    };
    if !args.prove || common.dry_run {
        let found = netem::check(latency, host).map_or_else(Checked::from, |way| can(&way.addresses));
        return (vec![found], None);
    }
    ui.status(&format!("adding {} and measuring it, which takes about ten seconds", latency.told()));
    let delayed = match netem::on(latency, host) {
        Ok(delayed) => delayed,
        Err(error) => return (vec![error.into()], None),
    };
    let gone = netem::off(&latency.interface);
    let evidence = delayed.evidence().into_iter().chain(removed(latency, &gone));
    (evidence.map(Checked::from).chain(gone.err().map(Checked::from)).collect(), Some(delayed))
}

/// What the machine does for a while, by the limits of a trial.
fn watched(load: &Load, args: &LoadCheckArgs, seconds: Seconds, ui: &Ui) -> Result<Vec<Checked>, Failure> {
    let interface: Option<InterfaceName> =
        args.interface.clone().or_else(|| netem::interface_to(args.target.host()).ok());
    ui.status(&format!("watching this machine for {seconds}"));
    let watch = match &args.samples {
        Some(file) => Watch::start(file, interface.as_ref())?,
        None => Watch::unkept(interface.as_ref())?,
    };
    clock::sleep(u64::from(seconds.get()) * 1000);
    let watched = watch.stop();
    let unwritten = watched.unwritten.map(|why| Evidence::new(Grade::Suspect, "client-watched", why));
    let found = judge(&watched.samples, &load.spec.conditions.client, None).into_iter().chain(unwritten);
    Ok(found.map(Checked::from).collect())
}

fn tell(found: &[Checked], delayed: Option<&Delayed>, ui: &Ui) -> Result<Outcome, Failure> {
    let findings = found.iter().filter(|one| one.evidence.grade > Grade::Valid).count();
    let outcome = if findings > 0 { Outcome::Findings } else { Outcome::Fine };
    if ui.format == Format::Json {
        ui.json(&CheckJson {
            ready: findings == 0,
            checks: found.iter().map(OneJson::of).collect(),
            latency: delayed.map(DelayedJson::of),
        })?;
        return Ok(outcome);
    }
    for Checked { evidence, hint } in found {
        let heading = match evidence.grade {
            Grade::Valid => format!("fine {}", evidence.rule),
            _ => Ui::heading(&format!("finding {}", evidence.rule)),
        };
        let hint = hint.as_ref().map(|hint| format!("\n  {hint}")).unwrap_or_default();
        ui.data(&format!("{heading}: {}{hint}\n", evidence.told))?;
    }
    ui.status(&match findings {
        0 => "this machine can make load that is trusted".to_owned(),
        1 => "1 finding".to_owned(),
        more => format!("{more} findings"),
    });
    Ok(outcome)
}

#[derive(Serialize)]
struct CheckJson<'a> {
    ready: bool,
    checks: Vec<OneJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<DelayedJson<'a>>,
}

#[derive(Serialize)]
struct OneJson<'a> {
    rule: &'a str,
    grade: Grade,
    told: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl<'a> OneJson<'a> {
    fn of(one: &'a Checked) -> Self {
        let Evidence { rule, grade, told } = &one.evidence;
        Self { rule, grade: *grade, told, hint: one.hint.as_deref() }
    }
}

/// Times in milliseconds.
#[derive(Serialize)]
struct DelayedJson<'a> {
    interface: &'a str,
    addresses: Vec<String>,
    before: &'a [f64],
    after: &'a [f64],
    rise: Option<f64>,
    expected: f64,
    allowance: f64,
}

impl<'a> DelayedJson<'a> {
    fn of(delayed: &'a Delayed) -> Self {
        Self {
            interface: delayed.latency.interface.as_str(),
            addresses: delayed.way.addresses.iter().map(ToString::to_string).collect(),
            before: &delayed.before.milliseconds,
            after: &delayed.after.milliseconds,
            rise: delayed.rise(),
            expected: delayed.expected(),
            allowance: delayed.allowance(),
        }
    }
}
