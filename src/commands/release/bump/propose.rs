//! A bump as a pull request: nothing of the working folder, the index or `HEAD` is touched, and of the working folder
//! only the names of branch and repository are read.
//!
//! The remote says what holds. A branch is pushed only over what was seen on it, and after everything was said to
//! GitHub it is looked at again: whoever was overtaken starts again from what there is then, so however many bump one
//! component at once, its pull request is that of the newest version.

use std::path::{Path, PathBuf};

use super::branch::{Branch, Seen, look};
use super::ground::{Place, changes, load};
use super::report::{PullJson, Report};
use super::{Request, planned, warnings};
use crate::cli::{Common, Delivery};
use crate::commands::experiment::remote::connect;
use crate::commands::generate::Standing as _;
use crate::commands::output_folder;
use crate::config::{self, Configuration};
use crate::diff::{self, Key, Options, Source};
use crate::effects::{self, Repository};
use crate::error::{Failure, Outcome};
use crate::github::client::Client;
use crate::github::lock::{self, Held};
use crate::github::pulls::{MOST_OF_BODY, Proposal, Pull, open, pull_of, update};
use crate::plan::Action;
use crate::release::image::{Direction, FOR_CHANGELOG, Move, Planned, Wish, body, commit_message, order, subject};
use crate::report::{View, markdown_within};
use crate::ui::Ui;

/// How often it is begun again when others bump the same component.
const ATTEMPTS: u32 = 10;

pub(super) fn run(common: &Common, request: &Request, delivery: &Delivery, ui: &Ui) -> Result<Outcome, Failure> {
    let root = Repository::find(common.repo.as_deref(), &common.config)?.path("");
    effects::refuse_below(&root)?;
    let base = base_of(common, &root, delivery)?;
    let (mut connection, repository) = connect(common, delivery.repository.as_ref())?;
    let say = |text: &str| ui.status(text);
    let mut client = Client::new(&mut connection, &repository, &say);
    let locks = lock::read_all(&mut client)
        .map_err(|trouble| trouble.failure(&format!("look at the experiments of {repository}")))?;
    let place = Remote { common, root, name: &delivery.remote, base, out: output_folder(common.manifests())? };
    let wishes = {
        let seen = look(&place, None)?;
        let configuration = load(&seen.text, &place.config_of_base())?;
        let wishes = request.wishes(&configuration, &mut |said| ui.status(&said));
        // All that is wrong with any of them is told before the first is done.
        planned((&seen.text, &configuration, &place.config_of_base()), &wishes, request.direction)?;
        wishes
    };
    let mut report = Report::new(common.dry_run);
    for warning in under_way(&locks) {
        report.warn(ui, &warning);
    }
    let mut run = Run { place, client, request, ui, warnings: under_way(&locks), report };
    for wish in &wishes {
        if run.component(wish)? == Outcome::Findings {
            return Ok(Outcome::Findings);
        }
    }
    let pulls = &run.report.pull_requests;
    let each: Vec<String> =
        pulls.iter().filter_map(|pull| Some(format!("{} ({})", pull.url.as_ref()?, pull.state))).collect();
    let done = if each.is_empty() { "nothing was changed".to_owned() } else { each.join("\n") };
    run.report.end(ui, &done)?;
    Ok(Outcome::Fine)
}

/// The remote, and what is changed there.
pub(super) struct Remote<'r> {
    pub(super) common: &'r Common,
    pub(super) root: PathBuf,
    /// A name, an address or a folder.
    pub(super) name: &'r str,
    /// The branch that is to change.
    pub(super) base: String,
    /// The output folder.
    pub(super) out: String,
}

impl Remote<'_> {
    /// What it is called, without credentials.
    pub(super) fn shown(&self) -> String {
        effects::without_credentials(self.name)
    }

    /// What the configuration of the base is called.
    pub(super) fn config_of_base(&self) -> String {
        format!("{}:{}", self.base, self.common.config)
    }
}

/// The branch that is named, else the one that Argo CD follows by the configuration here.
fn base_of(common: &Common, root: &Path, delivery: &Delivery) -> Result<String, Failure> {
    if let Some(named) = &delivery.base {
        return Ok(named.clone());
    }
    let text = effects::read_text(&root.join(&common.config), &common.config, effects::MAX_CONFIG_BYTES)?;
    Ok(config::scalar(&text, &["argo-cd", "branch"]).unwrap_or_else(|| "main".to_owned()))
}

/// What is told of experiments whose locks are held.
fn under_way(locks: &[(String, Held)]) -> Vec<String> {
    const MOST: usize = 100;
    // Whoever may write to the repository may have written these words.
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(MOST).collect::<String>();
    let each = |(environment, held): &(String, Held)| {
        let what = held.holder.as_ref().map_or_else(
            || "an experiment is under way".to_owned(),
            |holder| format!("the experiment {} is under way", plain(&holder.experiment)),
        );
        let which = held.holder.as_ref().map_or_else(String::new, |holder| {
            format!(" ({} since {})", plain(&holder.permutation), plain(&holder.since))
        });
        format!(
            "{what} in {}{which}: its branches keep their versions, and what they are compared with moves when this is \
             merged",
            plain(environment)
        )
    };
    locks.iter().map(each).collect()
}

struct Run<'r> {
    place: Remote<'r>,
    client: Client<'r>,
    request: &'r Request,
    ui: &'r Ui,
    /// What every pull request says of experiments.
    warnings: Vec<String>,
    report: Report,
}

/// How an attempt ended.
enum Attempt {
    Done(Outcome),
    /// Somebody else was faster.
    Overtaken,
}

impl Run<'_> {
    /// Brings one component's pull request to its version.
    fn component(&mut self, wish: &Wish) -> Result<Outcome, Failure> {
        let branch = Branch::of(&wish.component);
        for attempt in 0..ATTEMPTS {
            if let Attempt::Done(outcome) = self.attempt(wish, &branch)? {
                return Ok(outcome);
            }
            self.client.pause(attempt);
        }
        Err(Failure::usage(
            format!("{} is changed by others again and again", branch.name),
            "run the same command again when they have ended",
        ))
    }

    fn attempt(&mut self, wish: &Wish, branch: &Branch) -> Result<Attempt, Failure> {
        let seen = look(&self.place, Some(branch))?;
        let configuration = load(&seen.text, &self.place.config_of_base())?;
        let file = self.place.config_of_base();
        let plan = |wish: &Wish, direction| {
            planned((&seen.text, &configuration, &file), std::slice::from_ref(wish), direction)
        };
        let mut planned = plan(wish, self.request.direction)?;
        let pull = self.pull_of(branch)?;
        let Some(wanted) = planned.moves.first() else {
            self.report.same(self.ui, &planned, &format!(" on {}", self.place.base));
            if let Some(Pull { number, url, .. }) = pull {
                self.ui.status(&format!(
                    "pull request #{number} of {} has nothing to change any more: close it ({url})",
                    branch.name
                ));
            }
            return Ok(Attempt::Done(Outcome::Fine));
        };
        branch.refuse_others(&self.place, &seen)?;
        // A newer version that somebody proposes already is not gone back from, unless that is what is asked.
        let newer = seen.held.as_ref().filter(|held| {
            let counts = pull.is_some() || seen.is_fresh;
            let is_newer = order(&wanted.to, held) == Some(std::cmp::Ordering::Less);
            counts && is_newer && self.request.direction == Direction::Newer
        });
        let adopted = newer.is_some();
        if let Some(held) = newer {
            self.ui.status(&format!("{} is at {} already: it stays so", branch.name, held.tag()));
            let digest = held.digest().map(|digest| format!("@{digest}")).unwrap_or_default();
            let version = format!("{}{digest}", held.tag());
            planned = plan(&Wish { component: wish.component.clone(), version }, Direction::Newer)?;
        }
        self.propose(&planned, (branch, &seen), (&configuration, pull), adopted)
    }

    fn propose(
        &mut self,
        planned: &Planned,
        (branch, seen): (&Branch, &Seen),
        (before, pull): (&Configuration, Option<Pull>),
        adopted: bool,
    ) -> Result<Attempt, Failure> {
        let Some(one) = planned.moves.first() else { return Ok(Attempt::Done(Outcome::Fine)) };
        let called = format!("{}:", self.place.base);
        let place = Place { standing: &seen.at, out: &self.place.out, called };
        let Some(files) = changes(self.place.common, &place, (before, &planned.text), self.ui)? else {
            return Ok(Attempt::Done(Outcome::Findings));
        };
        let mut told = warnings(planned, &self.place.common.config);
        told.iter().for_each(|warning| self.report.warn(self.ui, warning));
        told.extend(self.warnings.iter().cloned());
        let message = commit_message(&planned.moves, &self.place.common.config);
        let prepared = if adopted { None } else { branch.prepare(&self.place, seen, &message, &files)? };
        let commit = match (&prepared, &seen.tip) {
            (Some(prepared), _) => prepared.commit.clone(),
            (None, Some(tip)) if adopted => tip.clone(),
            (None, _) => return Ok(Attempt::Overtaken),
        };
        let changelog = self.request.changelog.as_deref().filter(|_| !adopted);
        let diff = self.difference(seen, &files, changelog.is_some(), branch)?;
        let proposal = Proposal {
            branch: branch.name.clone(),
            base: self.place.base.clone(),
            title: subject(&planned.moves),
            body: body(one, &self.place.common.config, &told, &diff, changelog, MOST_OF_BODY),
            draft: false,
        };
        // Of a version that is not ours, whoever proposes it tells the rest.
        let is_same = |pull: &Pull| proposal.is(pull) || (adopted && pull.title == proposal.title);
        let state = match &pull {
            None => "opened",
            Some(pull) if is_same(pull) => "same",
            Some(_) => "updated",
        };
        if self.report.tell_once(&proposal.title) {
            // What another proposes is not ours to tell.
            if !adopted {
                self.report.plan(self.ui, planned, &files)?;
            }
            let is_pushed = seen.tip.as_deref() == Some(commit.as_str());
            let pushed =
                (!is_pushed).then(|| format!("push {} {} to {}", branch.name, short(&commit), self.place.shown()));
            for step in pushed.into_iter().chain(step(state, pull.as_ref(), &proposal)) {
                self.report.step(self.ui, step)?;
            }
        }
        let mut final_pull = pull;
        if !self.place.common.dry_run {
            if let Some(prepared) = prepared
                && !prepared.publish(&self.place, seen)?
            {
                return Ok(Attempt::Overtaken);
            }
            final_pull = Some(self.say_to_github(&proposal, final_pull, &is_same)?);
            if branch.tip(&self.place)?.as_deref() != Some(commit.as_str()) {
                return Ok(Attempt::Overtaken);
            }
        }
        self.keep(one, &proposal, (commit, state), final_pull);
        Ok(Attempt::Done(Outcome::Fine))
    }

    fn keep(&mut self, one: &Move, proposal: &Proposal, (commit, state): (String, &'static str), pull: Option<Pull>) {
        self.report.pull_requests.push(PullJson {
            component: one.component.clone(),
            branch: proposal.branch.clone(),
            commit,
            base: proposal.base.clone(),
            number: pull.as_ref().map(|pull| pull.number),
            url: pull.map(|pull| pull.url),
            state,
        });
    }

    fn pull_of(&mut self, branch: &Branch) -> Result<Option<Pull>, Failure> {
        let what = format!("look for the pull request of {}", branch.name);
        pull_of(&mut self.client, &branch.name).map_err(|trouble| trouble.failure(&what))
    }

    /// Opens the pull request, or brings it up to date.
    fn say_to_github(
        &mut self,
        proposal: &Proposal,
        pull: Option<Pull>,
        is_same: &dyn Fn(&Pull) -> bool,
    ) -> Result<Pull, Failure> {
        let what = format!("propose {}", proposal.branch);
        let attempt = || {
            let pull = match pull {
                Some(pull) => pull,
                None => open(&mut self.client, proposal)?,
            };
            if !is_same(&pull) {
                update(&mut self.client, pull.number, proposal)?;
            }
            Ok(pull)
        };
        attempt().map_err(|trouble: crate::github::trouble::Trouble| trouble.failure(&what))
    }

    /// What changes on the cluster, in Markdown.
    fn difference(&self, seen: &Seen, files: &[Action], is_short: bool, branch: &Branch) -> Result<String, Failure> {
        /// What stands before the difference.
        const HEAD: usize = 5_000;
        let folder = format!("{}/", self.place.out);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let is_manifest = |path: &str| path.starts_with(&folder) && path.ends_with(".yaml");
        for Action { change, content } in files.iter().filter(|action| is_manifest(&action.change.path)) {
            let before = seen.at.read(&change.path)?.unwrap_or_default();
            let source = |text: String| Source { path: change.path.clone(), text };
            left.push(source(String::from_utf8_lossy(&before).into_owned()));
            right.push(source(content.clone()));
        }
        let options = Options { cluster: false, key: Key::new(effects::fingerprint_key()?), only: Vec::new() };
        let read = diff::read(&left, &right, false).map_err(crate::commands::diff::unreadable)?;
        let diff = diff::compare((read.left, read.right), read.same, &read.definitions, &options);
        let base = short(&seen.base);
        let command = format!("ahuora diff {base} {}", branch.name);
        let view = View { left: base, right: &branch.name, context: 3, why: &|_, _| Vec::new(), command: &command };
        let most = MOST_OF_BODY - HEAD - if is_short { FOR_CHANGELOG } else { 0 };
        Ok(markdown_within(&diff, &view, most))
    }
}

fn step(state: &str, pull: Option<&Pull>, proposal: &Proposal) -> Option<String> {
    match (state, pull) {
        ("opened", _) => Some(format!("open pull request {} -> {}", proposal.branch, proposal.base)),
        ("updated", Some(pull)) => Some(format!("update pull request #{} of {}", pull.number, proposal.branch)),
        _ => None,
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
