//! One profile against one endpoint: all that a k6 script says.

use std::num::NonZeroU32;

use super::{Course, EndpointSpec, LoadSpec, ProfileSpec, Rate};
use crate::values::{FLOWSHEET, Seconds, ShortName};

/// Virtual users of k6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Made before the load begins.
    pub preallocated: u32,
    /// So many there may be.
    pub most: u32,
}

/// One profile against one endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan<'l> {
    /// Name of the endpoint.
    pub endpoint: &'l ShortName,
    /// Name of the profile.
    pub profile: &'l ShortName,
    /// The request.
    pub request: &'l EndpointSpec,
    /// What the profile is for.
    pub description: &'l str,
    /// The rates.
    pub course: Course,
    /// The virtual users.
    pub pool: Pool,
    /// The trial ends when more virtual users than this are busy.
    pub most_virtual_users: Option<u16>,
    /// How long k6 waits at the end for requests that are under way.
    pub graceful_stop: Seconds,
    /// By what every duration of the profile was divided; 1 for a real trial.
    pub shortened: NonZeroU32,
}

/// A name that the file does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// No endpoint is called so.
    Endpoint,
    /// No profile is called so.
    Profile,
    /// The profile has no rate for the endpoint.
    Rate,
}

impl<'l> Plan<'l> {
    /// The plan of a profile against an endpoint, its durations divided by `shortened`.
    ///
    /// # Errors
    /// When the file has no such endpoint or profile, or the profile no rate for the endpoint.
    pub fn of(load: &'l LoadSpec, endpoint: &str, profile: &str, shortened: NonZeroU32) -> Result<Self, Unknown> {
        let (endpoint, request) = load.endpoints.get_key_value(endpoint).ok_or(Unknown::Endpoint)?;
        let (profile, spec) = load.profiles.get_key_value(profile).ok_or(Unknown::Profile)?;
        let rate = spec.rates.get(endpoint).ok_or(Unknown::Rate)?;
        let course = Course::of(spec, endpoint).ok_or(Unknown::Rate)?;
        Ok(Self {
            endpoint,
            profile,
            request,
            description: &spec.description,
            course: course.shortened(shortened),
            pool: Pool::of(load, spec, request, *rate),
            most_virtual_users: spec.most_virtual_users.map(Into::into),
            graceful_stop: load.graceful_stop,
            shortened,
        })
    }

    /// The plans of every profile against every endpoint that it has a rate for, by endpoint and then by profile.
    #[must_use]
    pub fn all(load: &'l LoadSpec, shortened: NonZeroU32) -> Vec<Self> {
        let pairs =
            load.endpoints.keys().flat_map(|endpoint| load.profiles.keys().map(move |profile| (endpoint, profile)));
        pairs
            .filter_map(|(endpoint, profile)| Self::of(load, endpoint.as_str(), profile.as_str(), shortened).ok())
            .collect()
    }

    /// Its name: that of k6's scenario, and of the script's file without the ending.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}-{}", self.endpoint, self.profile)
    }

    /// Conditions that end the trial when they are broken: metric and k6's expression.
    #[must_use]
    pub fn thresholds(&self) -> Vec<(&'static str, String)> {
        self.most_virtual_users.map(|most| ("vus", format!("value<={most}"))).into_iter().collect()
    }

    /// Whether the request needs the id of a flowsheet.
    #[must_use]
    pub fn needs_flowsheet(&self) -> bool {
        let in_body = || self.request.body.as_ref().is_some_and(|body| body.to_string().contains(FLOWSHEET));
        self.request.path.as_str().contains(FLOWSHEET) || in_body()
    }
}

impl Pool {
    /// The virtual users of a profile at a rate: what the profile says, else by Little's law.
    #[must_use]
    pub fn of(load: &LoadSpec, profile: &ProfileSpec, request: &EndpointSpec, rate: Rate) -> Self {
        let rule = &load.virtual_users;
        let (preallocated, most, most_at_least) =
            profile.pool.as_ref().map_or((None, None, None), |pool| (pool.preallocated, pool.most, pool.most_at_least));
        let whole = |number: Option<std::num::NonZeroU16>| number.map(|number| u32::from(number.get()));
        // Requests under way, in thousandths of one in the rate's unit of time.
        let busy = u64::from(rate.amount.get()) * u64::from(request.slow_answer.get());
        let needed =
            (u128::from(rule.reserve.get()) * u128::from(busy)).div_ceil(1000 * u128::from(rate.unit.seconds()));
        let needed = u32::try_from(needed).unwrap_or(u32::MAX).max(rule.fewest.get().into());
        let preallocated = whole(preallocated).unwrap_or(needed);
        let room = preallocated.saturating_mul(rule.headroom.get().into());
        let most = whole(most).unwrap_or_else(|| room.max(whole(most_at_least).unwrap_or_default()));
        Self { preallocated, most }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::load::Load;
    use crate::values::Milliseconds;

    const LOAD: &str = include_str!("../../experiments/load/load.yaml");

    proptest! {
        #[test]
        fn virtual_users_follow_from_little_s_law(
            amount in 1..1_000_000_u32, unit in prop_oneof![Just("s"), Just("m"), Just("h")], slow in 1..3_600_000_u32,
        ) {
            let mut load = Load::read(LOAD).expect("valid load").spec;
            let rate = Rate::new(&format!("{amount}/{unit}")).expect("a rate");
            let endpoint = load.endpoints.get_mut("uor").expect("an endpoint");
            endpoint.slow_answer = Milliseconds::new(&format!("{slow}ms")).expect("a span");
            let pool = |profile: &str| Pool::of(&load, &load.profiles[profile], &load.endpoints["uor"], rate);
            let busy = f64::from(amount) / f64::from(rate.unit.seconds()) * f64::from(slow) / 1000.0;
            let (average, spike) = (pool("average"), pool("spike"));
            let needed = (2.0 * busy).max(20.0).min(f64::from(u32::MAX));
            prop_assert!(f64::from(average.preallocated) >= needed * (1.0 - 1e-9));
            prop_assert!(f64::from(average.preallocated) < needed * (1.0 + 1e-9) + 1.0);
            prop_assert_eq!(average.most, average.preallocated.saturating_mul(10));
            prop_assert_eq!(spike, Pool { most: average.most.max(1000), ..average });
            prop_assert_eq!(pool("breakpoint"), Pool { preallocated: 110, most: 200 });
        }
    }

    #[test]
    fn only_requests_with_a_flowsheet_need_one() {
        let needs = |text: &str, endpoint: &str| {
            let load = Load::read(text).expect("valid load").spec;
            Plan::of(&load, endpoint, "average", NonZeroU32::MIN).expect("a plan").needs_flowsheet()
        };
        assert!(needs(LOAD, "uor") && needs(LOAD, "fs"));
        assert!(!needs(&LOAD.replace("?flowsheetOwner={flowsheet}", ""), "uor"));
        assert!(!needs(&LOAD.replace("\"{flowsheet}\"", "5"), "fs"));
    }

    #[test]
    fn what_the_file_does_not_have() {
        let load = Load::read(&LOAD.replace("rates: {uor: 80, fs: 8}", "rates: {uor: 80}")).expect("valid load").spec;
        let of = |endpoint, profile| Plan::of(&load, endpoint, profile, NonZeroU32::MIN).map(|plan| plan.name());
        assert_eq!(of("uor", "spike"), Ok("uor-spike".to_owned()));
        assert_eq!(of("fs", "spike"), Err(Unknown::Rate));
        assert_eq!(of("fs", "peak"), Err(Unknown::Profile));
        assert_eq!(of("xs", "peak"), Err(Unknown::Endpoint));
        assert_eq!(Plan::all(&load, NonZeroU32::MIN).len(), 9);
    }
}
