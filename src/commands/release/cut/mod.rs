//! `ahuora release cut`.

mod git;
pub mod github;
mod told;

use std::collections::HashMap;

use self::git::Git;
use self::github::GitHub;
use super::sources::Sources;
use crate::cli::{Common, CutArgs};
use crate::effects::github::{Connection, Settings as Reach, variables};
use crate::effects::{History, Tagger, shallow, without_credentials};
use crate::error::{Failure, Outcome};
use crate::github::client::Client;
use crate::release::cut::{Asked, Cut, New, Released, Stop, Wish, cut};
use crate::ui::Ui;

/// Tells which version follows, for the tags that there are.
pub type Asker<'a> = Box<dyn FnMut(&[Released]) -> Result<Asked, Failure> + 'a>;

pub(super) fn run(common: &Common, args: &CutArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let mut sources = Sources::open(common, &args.version.sources)?;
    if sources.history.is_shallow() {
        return Err(shallow());
    }
    let component = sources.component(&args.component)?;
    let line = sources.line(&component, args.version.channel.as_ref())?;
    let tagger = Tagger::open(&sources.history.root())?;
    let (settings, target) = (sources.settings.clone(), sources.tip.clone());
    let wish = Wish {
        settings: &settings,
        component: &component,
        target: &target,
        line: &line,
        named: args.version.set_version,
        attempts: args.attempts.max(1),
        dry: common.dry_run,
    };
    let asker: Asker<'_> = Box::new(|released| {
        let found = sources.next_of(wish.component, wish.line, &(&args.version).into(), released)?;
        Ok(found.tag.map_or(Asked::Nothing, |tag| Asked::Version(tag.version)))
    });
    let (ended, place) = match &args.github {
        Some(repository) => (over_github(&tagger, &wish, repository, asker, ui), format!("{repository} on GitHub")),
        None => {
            let remote = args.push.then_some(args.remote.as_str());
            let ended = over_git(&tagger, &wish, remote, args.sign, asker, ui);
            (ended, remote.map_or("this clone".to_owned(), without_credentials))
        }
    };
    match ended {
        Ok(cut) => {
            keep(&tagger, &cut, args, ui);
            told::done(&wish, &cut, &place, ui)
        }
        Err(Stop::Place(failure)) => Err(failure),
        Err(Stop::Refused(refusal)) => {
            let why = told::refused(&wish, refusal, &place)?;
            told::nothing(&wish, &why, ui)
        }
    }
}

fn over_git(
    tagger: &Tagger,
    wish: &Wish<'_>,
    remote: Option<&str>,
    sign: bool,
    asker: Asker<'_>,
    ui: &Ui,
) -> Result<Cut, Stop<Failure>> {
    let mut git = Git {
        tagger,
        history: History::open(tagger.root())?,
        remote,
        prefix: wish.component.tags.prefix(),
        branch: &wish.settings.branch,
        target: wish.target,
        title: wish.component.name.as_str(),
        sign,
        asker,
        ui,
        head: None,
    };
    cut(&mut git, wish)
}

fn over_github(
    tagger: &Tagger,
    wish: &Wish<'_>,
    repository: &str,
    asker: Asker<'_>,
    ui: &Ui,
) -> Result<Cut, Stop<Failure>> {
    let mut wire = Connection::open(Reach::of(variables()?)?)?;
    let say = |text: &str| ui.status(text);
    let mut github = GitHub {
        client: Client::new(&mut wire, repository, &say),
        peel: Box::new(|object| tagger.peeled(object).ok().flatten()),
        prefix: wish.component.tags.prefix(),
        branch: &wish.settings.branch,
        target: wish.target,
        title: wish.component.name.as_str(),
        asker,
        known: HashMap::new(),
    };
    github.assert_target()?;
    cut(&mut github, wish)
}

/// Brings the tag into the clone too; when that fails the release stands all the same.
fn keep(tagger: &Tagger, cut: &Cut, args: &CutArgs, ui: &Ui) {
    if cut.created && !args.push && args.github.is_none() {
        ui.status(&format!(
            "push it with `git push {} refs/tags/{}`; only --push is safe when others release at the same moment",
            args.remote, cut.tag
        ));
    }
    let Some(object) = cut.object.as_ref().filter(|_| args.push) else { return };
    let (remote, tag) = (&args.remote, &cut.tag);
    let known = match tagger.peeled(object) {
        Ok(None) => tagger.fetch_tag(remote, tag),
        found => found.map(drop),
    };
    match known.and_then(|()| tagger.keep(tag, object)) {
        Ok(found) if found == *object => {}
        Ok(_) => ui.status(&format!(
            "the {tag} of this clone is another one: `git fetch {remote} +refs/tags/{tag}:refs/tags/{tag}` takes that \
             of {remote}"
        )),
        Err(failure) => ui.status(&format!("the clone does not have {tag} yet: {failure}")),
    }
}

/// The message of a tag.
fn message(component: &str, new: &New) -> String {
    let previous = new.previous.as_ref().map(|tag| format!("Previous-Tag: {tag}\n")).unwrap_or_default();
    format!("{component} {}\n\n{previous}", new.version)
}
