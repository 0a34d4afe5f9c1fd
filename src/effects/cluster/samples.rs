//! Samples of a namespace while it is loaded: a thread that asks every few seconds and appends each answer to a file.
#![allow(clippy::disallowed_methods, reason = "this is where the samples are written")]

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use futures::channel::oneshot;
use futures::future::{Either, select};
use tokio::time::{Duration, sleep};

use super::lens::Lens;
use super::live::runtime;
use super::look::lens;
use crate::effects::clock;
use crate::error::Failure;
use crate::trial::cluster::{Part, Sample, nodes_of};
use crate::values::Seconds;

/// Samples that are being taken.
#[derive(Debug)]
pub struct Sampler {
    // Dropped, it ends the thread as well.
    end: oneshot::Sender<()>,
    thread: JoinHandle<Sampled>,
}

/// Samples that were taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampled {
    /// All of them.
    pub samples: Vec<Sample>,
    /// Why one of them could not be written to the file.
    pub unwritten: Option<String>,
}

impl Sampler {
    /// Begins to take samples of a namespace, the first at once, and appends each to a file as a line of JSON.
    ///
    /// # Errors
    /// When the cluster cannot be asked at all, or the file cannot be written.
    pub fn start(context: Option<&str>, namespace: &str, every: Seconds, file: &Path) -> Result<Self, Failure> {
        let opened = OpenOptions::new().append(true).create(true).open(file);
        let file = opened.map_err(Failure::outside(format!("cannot write {}", file.display())))?;
        let (context, namespace) = (context.map(str::to_owned), namespace.to_owned());
        let (end, ended) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let run = move || {
            let runtime = match runtime() {
                Ok(runtime) => runtime,
                Err(failure) => {
                    let _ = tell.send(Err(failure));
                    return Sampled::default();
                }
            };
            let sampled = runtime.block_on(async {
                match lens(context.as_deref(), &namespace).await {
                    Err(failure) => {
                        let _ = tell.send(Err(failure));
                        Sampled::default()
                    }
                    Ok((lens, _)) => {
                        let _ = tell.send(Ok(()));
                        take(&lens, every, file, ended).await
                    }
                }
            });
            runtime.shutdown_background();
            sampled
        };
        let unstarted = || Failure::outside("cannot begin to take samples of the cluster");
        let thread = thread::Builder::new().name("cluster samples".to_owned()).spawn(run).map_err(unstarted())?;
        told.recv().map_err(|error| unstarted()(io::Error::other(error)))??;
        Ok(Self { end, thread })
    }

    /// Ends after one more sample, which takes less time than lies between two.
    #[must_use]
    pub fn stop(self) -> Sampled {
        drop(self.end);
        self.thread.join().unwrap_or_else(|_| Sampled {
            samples: Vec::new(),
            unwritten: Some("the thread that takes samples of the cluster has failed".to_owned()),
        })
    }
}

async fn take(lens: &Lens, every: Seconds, mut file: File, mut ended: oneshot::Receiver<()>) -> Sampled {
    let every = u64::from(every.get().max(1)) * 1000;
    // Less than lies between two samples, so that they never pile up.
    let limit = Duration::from_millis(every * 4 / 5);
    let mut sampled = Sampled::default();
    let mut nodes = lens.nodes(limit).await;
    let mut due = clock::elapsed();
    loop {
        let begun = clock::elapsed();
        let (sample, _) = lens.sample(&nodes, limit).await;
        if !sample.gaps.iter().any(|gap| gap.part == Part::Pods) {
            nodes = nodes_of(&sample.pods);
        }
        if let Err(error) = append(&mut file, &sample) {
            sampled.unwritten.get_or_insert_with(|| error.to_string());
        }
        sampled.samples.push(sample);
        let now = clock::elapsed();
        // Those for which there was no time are left out.
        due += (now.saturating_sub(due) / every + 1) * every;
        let pause = std::pin::pin!(sleep(Duration::from_millis(due.saturating_sub(now))));
        match select(pause, &mut ended).await {
            Either::Left(_) => {}
            // The last sample is of the end, unless it is of a moment ago.
            Either::Right(_) if clock::elapsed().saturating_sub(begun) < every / 2 => return sampled,
            Either::Right(_) => {
                let (sample, _) = lens.sample(&nodes, limit).await;
                if let Err(error) = append(&mut file, &sample) {
                    sampled.unwritten.get_or_insert_with(|| error.to_string());
                }
                sampled.samples.push(sample);
                return sampled;
            }
        }
    }
}

fn append(file: &mut File, sample: &Sample) -> io::Result<()> {
    let mut line = serde_json::to_vec(sample)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.sync_data()
}
