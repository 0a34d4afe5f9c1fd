//! Platforms of one environment with many combinations of overrides: a block is decoded once for each combination of
//! the overrides that stand in it.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::Source;
use super::environment::{at_value, of_stack, overrides_of};
use super::stack::{Block, Override, Stack, decoded};
use crate::config::problem::Problem;
use crate::platform::{Component, Platform};
use crate::spec::ServiceSpec;
use crate::values::{ComponentName, EnvironmentName};

/// Which values stand in a block: the addresses of their paths and values, which live as long as what remembers them.
type Key = Vec<(usize, usize)>;

/// More blocks than this are not remembered: where none comes twice, keeping them only costs memory.
const MOST_KNOWN: usize = 256;

/// A service that changed, and what it is resolved to, where that can be told without the others.
type Alone = (Arc<ServiceSpec>, Option<Arc<Component>>);

/// Makes platforms of one environment. Values must live as long as it does: it knows them again by where they are.
#[derive(Debug)]
pub struct Overrider<'c, 'o> {
    source: &'c Source,
    environment: &'c EnvironmentName,
    base: Stack,
    known: Mutex<HashMap<Key, Result<Block, Vec<Problem>>>>,
    /// The environment without further overrides, where it is valid.
    unchanged: OnceLock<Option<(Stack, Platform)>>,
    /// Services that changed, resolved in the unchanged environment, by the address of their specification.
    alone: Mutex<HashMap<usize, Alone>>,
    values: PhantomData<&'o ()>,
}

impl<'c, 'o> Overrider<'c, 'o> {
    pub(super) fn new(source: &'c Source, environment: &'c EnvironmentName) -> Self {
        Self {
            source,
            environment,
            base: Stack::base(&source.file),
            known: Mutex::default(),
            unchanged: OnceLock::new(),
            alone: Mutex::default(),
            values: PhantomData,
        }
    }

    /// Shares what does not change with the environment's platform, which was made before.
    #[must_use]
    pub fn sharing(self, unchanged: &Platform) -> Self {
        let own = overrides_of(&self.source.root, self.environment);
        let stack = self.base.with_blocks(&own, |keys, own| self.block(keys, own));
        let _ = self.unchanged.set(stack.ok().map(|stack| (stack, unchanged.clone())));
        self
    }

    /// The platform with overrides on top of the environment's own.
    ///
    /// # Errors
    /// As [`super::Configuration::overridden`].
    pub fn platform(&self, overrides: &[Override<'o>]) -> Result<Platform, Vec<Problem>> {
        let Source { root, file } = self.source;
        let own = overrides_of(root, self.environment);
        let all: Vec<Override<'_>> = own.into_iter().chain(overrides.iter().copied()).collect();
        let stack = self.base.with_blocks(&all, |keys, own| self.block(keys, own));
        let platform = stack.and_then(|stack| match self.of_services(&stack) {
            Some(platform) => Ok(platform),
            None => of_stack(file, self.environment, &stack),
        });
        platform.map_err(|problems| problems.into_iter().map(|problem| at_value(problem, overrides)).collect())
    }

    /// The unchanged platform with other services in it, where nothing changed but services, in what no other
    /// component reads.
    fn of_services(&self, stack: &Stack) -> Option<Platform> {
        let (before, unchanged) = self.unchanged.get()?.as_ref()?;
        let Stack { services, postgres, pgbouncer, oauth2_proxy, cloudflared, gateway } = before;
        let same = *postgres == stack.postgres
            && *pgbouncer == stack.pgbouncer
            && *oauth2_proxy == stack.oauth2_proxy
            && *cloudflared == stack.cloudflared
            && *gateway == stack.gateway
            && services.len() == stack.services.len();
        let mut platform = same.then(|| unchanged.clone())?;
        for (name, spec) in &stack.services {
            let old = services.get(name)?;
            if old != spec {
                let component = self.alone(name, old, spec, before)?;
                let place = platform.components.iter_mut().find(|own| own.name() == name.as_str())?;
                *place = component;
            }
        }
        Some(platform)
    }

    /// A service that changed, resolved in the unchanged environment; none where others read what changed of it, or
    /// it is wrong.
    fn alone(
        &self,
        name: &ComponentName,
        old: &ServiceSpec,
        spec: &Arc<ServiceSpec>,
        before: &Stack,
    ) -> Option<Arc<Component>> {
        // All that is read of a service by others.
        let ServiceSpec { ports, exposure, callers, internet, .. } = old;
        if *ports != spec.ports || *exposure != spec.exposure || *callers != spec.callers || *internet != spec.internet
        {
            return None;
        }
        let known = || self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        let address = Arc::as_ptr(spec).addr();
        if let Some((_, component)) = known().get(&address) {
            return component.clone();
        }
        let mut stack = before.clone();
        stack.services.insert(name.clone(), Arc::clone(spec));
        let platform = of_stack(&self.source.file, self.environment, &stack).ok();
        let component = platform
            .and_then(|platform| platform.components.into_iter().find(|component| component.name() == name.as_str()));
        let mut known = known();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        // The specification is kept, so its address is not used again.
        known.insert(address, (Arc::clone(spec), component.clone()));
        component
    }

    fn block(&self, keys: &[String], overrides: &[Override<'_>]) -> Result<Block, Vec<Problem>> {
        let address = |one: &Override<'_>| (one.path.as_ptr().addr(), std::ptr::from_ref(one.value).addr());
        let key: Key = overrides.iter().map(address).collect();
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&key) {
            return known.clone();
        }
        let block = decoded(&self.source.root, keys, overrides);
        let mut known = known();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key, block.clone());
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;
    use crate::yaml::{Aliases, Node, Position, parse};

    const PLATFORM: &str = include_str!("../../../platform.yaml");
    const CHANGES: [(&str, &str); 13] = [
        ("services.django-api.resources.requests.memory", "600Mi"),
        ("services.django-api.resources.requests.memory", "60Gi"),
        ("services.django-api.image", "ahuora/django-api:0.0.18"),
        ("services.django-api.ports", "{http: 9000}"),
        ("services.django-api.exposure.host", "www"),
        ("services.django-api.environment.IDAES_URL", "{url: idaes}"),
        ("services.idaes.ports", "{http: 9001}"),
        ("services.idaes.callers", "[django-api, frontend]"),
        ("services.idaes.internet", "true"),
        ("services.idaes.lifecycle.drain", "10s"),
        ("services.frontend.exposure", "null"),
        ("pgbouncer.poolSize", "20"),
        ("gateway.namespace", "ahuora"),
    ];

    #[test]
    fn what_is_shared_is_what_would_be_resolved() {
        let configuration = load(PLATFORM).expect("a valid platform");
        let name = EnvironmentName::new("production").expect("a name");
        let unchanged = configuration.platform("production").expect("it").clone();
        let values: Vec<Node> =
            CHANGES.iter().map(|(_, text)| parse(text, Aliases::Refuse).expect("YAML").remove(0)).collect();
        let one = |index: usize| {
            let (path, value) = (CHANGES.get(index)?.0, values.get(index)?);
            Some(Override { path, value, at: Position { line: 1, column: 1 } })
        };
        let overrider = configuration.overrider(&name).sharing(&unchanged);
        let mut shared = 0;
        for pair in (0..CHANGES.len()).flat_map(|one| (0..CHANGES.len()).map(move |other| [one, other])) {
            let overrides: Vec<Override<'_>> = pair.into_iter().filter_map(one).collect();
            // Twice: the second time from what is remembered.
            for _ in 0..2 {
                match (overrider.platform(&overrides), configuration.overridden(&name, &overrides)) {
                    (Ok(ours), Ok(whole)) => {
                        let what = pair.map(|index| CHANGES.get(index));
                        assert_eq!(ours.components, whole.components, "{what:?}");
                        assert!(ours.scope == whole.scope && ours.secrets == whole.secrets, "{what:?}");
                        shared += usize::from(Arc::ptr_eq(&ours.scope, &unchanged.scope));
                    }
                    (ours, whole) => assert_eq!(ours.map(drop), whole.map(drop), "{pair:?}"),
                }
            }
        }
        assert!(shared >= 32, "only {shared} were shared");
    }
}
