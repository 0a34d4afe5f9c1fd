//! Results that are remembered by the address of what they were made of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Remembers results by the address of a shared value, which it keeps alive, so that no address is used twice.
#[derive(Debug)]
pub(super) struct Memo<K, V>(Mutex<HashMap<usize, (Arc<K>, V)>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K, V: Clone> Memo<K, V> {
    /// More results than this are not kept: where nothing comes twice, keeping it only costs memory.
    const MOST: usize = 256;

    /// The result for a value, made now where it is not known.
    pub(super) fn get(&self, key: &Arc<K>, make: impl FnOnce() -> V) -> V {
        let address = Arc::as_ptr(key).addr();
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = known().get(&address) {
            return value.clone();
        }
        let value = make();
        let mut known = known();
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(address, (Arc::clone(key), value.clone()));
        value
    }
}
