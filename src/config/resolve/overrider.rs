//! Platforms of one environment with many combinations of overrides: a block is decoded once for each combination of
//! the overrides that stand in it.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use super::Source;
use super::environment::{at_value, of_stack, overrides_of};
use super::stack::{Block, Override, Stack, decoded};
use crate::config::problem::Problem;
use crate::platform::Platform;
use crate::values::EnvironmentName;

/// Which values stand in a block: the addresses of their paths and values, which live as long as what remembers them.
type Key = Vec<(usize, usize)>;

/// More blocks than this are not remembered.
const MOST_KNOWN: usize = 1024;

/// Makes platforms of one environment. Values must live as long as it does: it knows them again by where they are.
#[derive(Debug)]
pub struct Overrider<'c, 'o> {
    source: &'c Source,
    environment: &'c EnvironmentName,
    base: Stack,
    known: Mutex<HashMap<Key, Result<Block, Vec<Problem>>>>,
    values: PhantomData<&'o ()>,
}

impl<'c, 'o> Overrider<'c, 'o> {
    pub(super) fn new(source: &'c Source, environment: &'c EnvironmentName) -> Self {
        Self { source, environment, base: Stack::base(&source.file), known: Mutex::default(), values: PhantomData }
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
        stack
            .and_then(|stack| of_stack(file, self.environment, &stack))
            .map_err(|problems| problems.into_iter().map(|problem| at_value(problem, overrides)).collect())
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
