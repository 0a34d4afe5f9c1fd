//! The machine alone, against a place in memory where others come in between and answers are lost.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;
use semver::Version;

use super::*;

/// What becomes of an attempt.
#[derive(Debug, Clone)]
enum Fate {
    /// It is done, and said so.
    Fine,
    /// It is done, and nobody says so; or says that it was refused.
    DoneUnsaid { refused: bool },
    /// It is not done, and nobody says so; or says that it was refused.
    Lost { refused: bool },
    /// Others release these heights of the branch first, one after the other.
    Others(Vec<usize>),
}

/// Tags at heights of one branch: name, object, height.
type World = Rc<RefCell<Vec<(String, String, usize)>>>;

struct Memory {
    world: World,
    height: usize,
    /// Of each attempt; none are fine.
    fates: Vec<Fate>,
}

fn commit(height: usize) -> String {
    format!("{height:040}")
}

impl Place for Memory {
    type Error = String;

    fn list(&mut self) -> Result<Vec<Listed>, String> {
        let listed = |(name, object, height): &(String, String, usize)| Listed {
            name: name.clone(),
            object: object.clone(),
            commit: commit(*height),
        };
        Ok(self.world.borrow().iter().map(listed).collect())
    }

    fn side(&mut self, tag: &Listed) -> Result<Side, String> {
        let height: usize = tag.commit.parse().map_err(|_| "no height".to_owned())?;
        Ok(match height.cmp(&self.height) {
            std::cmp::Ordering::Equal => Side::Same,
            std::cmp::Ordering::Less => Side::Before,
            std::cmp::Ordering::Greater => Side::After,
        })
    }

    fn is_on_branch(&mut self) -> Result<bool, String> {
        Ok(true)
    }

    fn ask(&mut self, released: &[Released]) -> Result<Asked, String> {
        let mut next = released.last().map_or(Version::new(0, 0, 0), |one| one.version.clone());
        next.patch += 1;
        Ok(Asked::Version(next))
    }

    fn create(&mut self, new: &New) -> Result<Answer<String>, String> {
        let fate = if self.fates.is_empty() { Fate::Fine } else { self.fates.remove(0) };
        if let Fate::Others(heights) = &fate {
            for height in heights {
                let _ = at(&self.world, *height, Vec::new());
            }
        }
        let object = format!("{}-{}-{}", new.name, self.height, self.fates.len());
        let is_taken = self.world.borrow().iter().any(|(name, ..)| *name == new.name);
        let (done, answer) = match fate {
            Fate::Lost { refused: true } => (false, Answer::Refused(object.clone(), "no".to_owned())),
            Fate::Lost { refused: false } => (false, Answer::Unsure(object.clone(), "cut".to_owned())),
            _ if is_taken => (false, Answer::Taken),
            Fate::DoneUnsaid { refused: true } => (true, Answer::Refused(object.clone(), "no".to_owned())),
            Fate::DoneUnsaid { refused: false } => (true, Answer::Unsure(object.clone(), "cut".to_owned())),
            Fate::Fine | Fate::Others(_) => (true, Answer::Made(object.clone())),
        };
        if done {
            self.world.borrow_mut().push((new.name.clone(), object, self.height));
        }
        Ok(answer)
    }

    fn pause(&mut self, _: u32) {}
}

/// Releases a height of the branch.
fn at(world: &World, height: usize, fates: Vec<Fate>) -> Result<Cut, Stop<String>> {
    let settings = Settings::read("components: {api: {paths: [api]}, api-x: {paths: [x]}}").unwrap();
    let component = settings.component("api").unwrap();
    let target = commit(height);
    let line = Line::Stable;
    let wish =
        Wish { settings: &settings, component, target: &target, line: &line, named: None, attempts: 50, dry: false };
    cut(&mut Memory { world: Rc::clone(world), height, fates }, &wish)
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Fine),
        any::<bool>().prop_map(|refused| Fate::DoneUnsaid { refused }),
        any::<bool>().prop_map(|refused| Fate::Lost { refused }),
        prop::collection::vec(0..20_usize, 0..4).prop_map(Fate::Others),
    ]
}

proptest! {
    #[test]
    fn every_version_is_given_once_in_the_order_of_the_commits(
        processes in prop::collection::vec((0..20_usize, prop::collection::vec(fate(), 0..5)), 1..12),
    ) {
        let world = World::default();
        // The tags of another component, and what is no release, count for nothing.
        world.borrow_mut().push(("api-x-9.0.0".to_owned(), "x".to_owned(), 0));
        world.borrow_mut().push(("api-latest".to_owned(), "y".to_owned(), 0));
        let mut makers = Vec::new();
        for (height, fates) in processes {
            match at(&world, height, fates) {
                Ok(cut) => {
                    let world = world.borrow();
                    let found = world.iter().find(|(name, ..)| *name == cut.tag).expect("the tag that is told");
                    prop_assert_eq!(found.2, height);
                    prop_assert_eq!(Some(&found.1), cut.object.as_ref());
                    prop_assert_eq!(&cut.wrong, &Vec::<String>::new());
                    if cut.created {
                        prop_assert!(!makers.contains(&cut.tag), "{} was made twice", cut.tag);
                        makers.push(cut.tag);
                    }
                }
                Err(Stop::Refused(Refusal::Behind(tag))) => {
                    let world = world.borrow();
                    prop_assert!(world.iter().any(|(name, _, above)| *name == tag && *above > height));
                }
                // Nothing of this process stands there then, or it stood there before.
                Err(Stop::Place(_) | Stop::Refused(Refusal::Silent(..))) => {
                    prop_assert!(world.borrow().iter().skip(2).all(|(.., own)| *own != height), "{height}");
                }
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
        let made: Vec<(String, usize)> = world.borrow().iter().skip(2).map(|(name, _, at)| (name.clone(), *at)).collect();
        for (number, (name, _)) in made.iter().enumerate() {
            prop_assert_eq!(name, &format!("api-0.0.{}", number + 1), "without a gap: {:?}", &made);
        }
        prop_assert!(made.windows(2).all(|two| two[0].1 < two[1].1), "as their commits follow: {made:?}");
    }
}

#[test]
fn what_is_lost_is_looked_for_and_tried_again_a_few_times() {
    let lost = |refused| Fate::Lost { refused };
    let done = |refused| Fate::DoneUnsaid { refused };
    let told = |fates: Vec<Fate>| {
        let world = World::default();
        let ended = at(&world, 3, fates).map(|cut| (cut.created, cut.attempts));
        (ended, world.borrow().len())
    };
    assert_eq!(told(vec![lost(false), lost(false)]), (Ok((true, 3)), 1));
    let silent = Refusal::Silent("api-0.0.1".to_owned(), "cut".to_owned());
    assert_eq!(told(vec![lost(false), lost(false), lost(false)]), (Err(Stop::Refused(silent)), 0));
    assert_eq!(told(vec![lost(false), lost(false), done(false)]), (Ok((true, 3)), 1), "it arrived after all");
    assert_eq!(told(vec![done(false)]), (Ok((true, 2)), 1));
    assert_eq!(told(vec![lost(true)]), (Err(Stop::Place("no".to_owned())), 0));
    assert_eq!(told(vec![done(true)]), (Ok((true, 1)), 1), "what is refused and stands there is made");
    assert_eq!(told(vec![Fate::Others(vec![3])]), (Ok((false, 2)), 1), "another has released the same commit");
    assert_eq!(told(vec![Fate::Others(vec![1, 2])]), (Ok((true, 2)), 3));
    let behind = Refusal::Behind("api-0.0.2".to_owned());
    assert_eq!(told(vec![Fate::Others(vec![2, 4])]), (Err(Stop::Refused(behind)), 2));
}

#[test]
fn whoever_never_wins_gives_up() {
    let settings = Settings::read("components: {api: {paths: [api]}}").unwrap();
    let component = settings.component("api").unwrap();
    let (target, line, world) = (commit(9), Line::Stable, World::default());
    let wish =
        Wish { settings: &settings, component, target: &target, line: &line, named: None, attempts: 2, dry: false };
    let fates = vec![Fate::Others(vec![1]), Fate::Others(vec![2])];
    let ended = cut(&mut Memory { world, height: 9, fates }, &wish);
    assert_eq!(ended, Err(Stop::Refused(Refusal::Busy(2))));
}
