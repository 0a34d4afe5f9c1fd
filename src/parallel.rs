//! Work on many items at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Applies a function to every item, on as many threads as there are cores; small work stays on this one.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    const WORTH_A_THREAD: usize = 4;
    let threads =
        std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get).min(items.len() / WORTH_A_THREAD);
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take_turns = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else { return done };
            done.push((number, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(take_turns)).collect();
        let mut results = take_turns();
        for other in others {
            results.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    });
    results.sort_unstable_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Applies a function to the numbers below `count` on as many threads as there are cores, and hands each result to
/// `visit` on this thread, in order, while later ones are made. Few results are alive at a time.
pub(crate) fn in_order<R: Send>(count: usize, work: impl Fn(usize) -> R + Sync, mut visit: impl FnMut(usize, R)) {
    const WAITING: usize = 16;
    const WORTH_A_THREAD: usize = 8;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    if threads < 2 || count < WORTH_A_THREAD {
        (0..count).for_each(|number| visit(number, work(number)));
        return;
    }
    let next = AtomicUsize::new(0);
    let (sender, receiver) = std::sync::mpsc::sync_channel(WAITING);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // Nobody listens any more where `visit` panicked.
                    if number >= count || sender.send((number, work(number))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let (mut early, mut wanted) = (std::collections::BTreeMap::new(), 0);
        for (number, result) in receiver {
            early.insert(number, result);
            while let Some(result) = early.remove(&wanted) {
                visit(wanted, result);
                wanted += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn results_come_in_order_and_once() {
        for count in [0, 1, 7, 8, 1000] {
            let mut seen = Vec::new();
            in_order(count, |number| number * 2, |number, result| seen.push((number, result)));
            assert_eq!(seen, (0..count).map(|number| (number, number * 2)).collect::<Vec<_>>());
        }
    }
}
