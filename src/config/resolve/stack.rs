//! The part of the file that every environment has a copy of, and typed overrides on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::config::decode::decode;
use crate::config::path::{Path, Segment, set};
use crate::config::problem::{Problem, suggestion};
use crate::spec::{CloudflaredSpec, FileSpec, GatewaySpec, OAuth2ProxySpec, PgBouncerSpec, PostgresSpec, ServiceSpec};
use crate::values::ComponentName;
use crate::yaml::{Node, Position};

/// The components as configured for one environment; unchanged blocks are shared with the base.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    pub(super) services: BTreeMap<ComponentName, Arc<ServiceSpec>>,
    pub(super) postgres: Option<Arc<PostgresSpec>>,
    pub(super) pgbouncer: Option<Arc<PgBouncerSpec>>,
    pub(super) oauth2_proxy: Option<Arc<OAuth2ProxySpec>>,
    pub(super) cloudflared: Option<Arc<CloudflaredSpec>>,
    pub(super) gateway: Arc<GatewaySpec>,
}

/// A value that replaces what stands at a path.
#[derive(Debug, Clone, Copy)]
pub struct Override<'a> {
    /// The path, such as `services.django-api.scaling.replicas`.
    pub path: &'a str,
    /// The value; an absent one removes what stands there.
    pub value: &'a Node,
    /// Where the override itself stands.
    pub at: Position,
}

/// The blocks that an override may touch.
const BLOCKS: [&str; 6] = ["services", "postgres", "pgbouncer", "oauth2-proxy", "cloudflared", "gateway"];

impl Stack {
    /// The base, as the file has it.
    pub(super) fn base(file: &FileSpec) -> Self {
        Self {
            services: file.services.clone(),
            postgres: file.postgres.clone(),
            pgbouncer: file.pgbouncer.clone(),
            oauth2_proxy: file.oauth2_proxy.clone(),
            cloudflared: file.cloudflared.clone(),
            gateway: Arc::clone(&file.gateway),
        }
    }

    /// The base with overrides, in their order. Only the blocks that a path names are decoded again.
    pub(super) fn with_overrides(&self, root: &Node, overrides: &[Override<'_>]) -> Result<Self, Vec<Problem>> {
        self.with_blocks(overrides, |keys, own| decoded(root, keys, own))
    }

    /// [`Self::with_overrides`]; `decode` makes a block of its own overrides.
    pub(super) fn with_blocks(
        &self,
        overrides: &[Override<'_>],
        decode: impl Fn(&[String], &[Override<'_>]) -> Result<Block, Vec<Problem>>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut blocks: BTreeMap<Vec<String>, Vec<Override<'_>>> = BTreeMap::new();
        for one in overrides {
            match block_of(one.path) {
                Ok(keys) => blocks.entry(keys).or_default().push(*one),
                Err(message) => {
                    problems.push(Problem { at: Some(one.at), path: one.path.to_owned(), message });
                }
            }
        }
        let mut stack = self.clone();
        for (keys, own) in &blocks {
            match decode(keys, own) {
                Ok(block) => stack.put(block),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(stack) } else { Err(problems) }
    }

    /// Decodes the block that holds a path again; false where the path leads into no block of the stack.
    pub(super) fn again(&mut self, root: &Node, path: &[&str]) -> Result<bool, Vec<Problem>> {
        let depth = if path.first() == Some(&"services") { 2 } else { 1 };
        let keys: Vec<String> = path.iter().take(depth).map(|key| (*key).to_owned()).collect();
        if keys.len() < depth || !keys.first().is_some_and(|first| BLOCKS.contains(&first.as_str())) {
            return Ok(false);
        }
        let absent = Node::null();
        let node = keys.iter().try_fold(root, |node, key| node.get(key)).unwrap_or(&absent);
        self.put(Block::of(&keys, node)?);
        Ok(true)
    }

    /// Puts the blocks into a file, the reverse of [`Stack::base`].
    pub(super) fn into_file(self, file: &mut FileSpec) {
        let Self { services, postgres, pgbouncer, oauth2_proxy, cloudflared, gateway } = self;
        (file.services, file.postgres, file.pgbouncer) = (services, postgres, pgbouncer);
        (file.oauth2_proxy, file.cloudflared, file.gateway) = (oauth2_proxy, cloudflared, gateway);
    }

    fn put(&mut self, block: Block) {
        match block {
            Block::Service(name, Some(spec)) => drop(self.services.insert(name, spec)),
            Block::Service(name, None) => drop(self.services.remove(&name)),
            Block::Postgres(spec) => self.postgres = spec,
            Block::PgBouncer(spec) => self.pgbouncer = spec,
            Block::OAuth2Proxy(spec) => self.oauth2_proxy = spec,
            Block::Cloudflared(spec) => self.cloudflared = spec,
            Block::Gateway(spec) => self.gateway = spec,
        }
    }
}

/// One block of the stack; none where it is removed.
#[derive(Debug, Clone)]
pub(super) enum Block {
    Service(ComponentName, Option<Arc<ServiceSpec>>),
    Postgres(Option<Arc<PostgresSpec>>),
    PgBouncer(Option<Arc<PgBouncerSpec>>),
    OAuth2Proxy(Option<Arc<OAuth2ProxySpec>>),
    Cloudflared(Option<Arc<CloudflaredSpec>>),
    Gateway(Arc<GatewaySpec>),
}

impl Block {
    /// Decodes a block of the file.
    fn of(keys: &[String], node: &Node) -> Result<Self, Vec<Problem>> {
        let at = node.at;
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        Ok(match keys.as_slice() {
            ["services", name] => {
                let key = ComponentName::new(*name)
                    .map_err(|message| vec![Problem { at: Some(at), path: "services".to_owned(), message }])?;
                Self::Service(key, block(node, &format!("services.{name}"))?)
            }
            ["postgres"] => Self::Postgres(block(node, "postgres")?),
            ["pgbouncer"] => Self::PgBouncer(block(node, "pgbouncer")?),
            ["oauth2-proxy"] => Self::OAuth2Proxy(block(node, "oauth2-proxy")?),
            ["cloudflared"] => Self::Cloudflared(block(node, "cloudflared")?),
            _ => {
                let message = "the gateway cannot be removed: hosts need it".to_owned();
                let gateway = block(node, "gateway")?;
                let missing = || vec![Problem { at: Some(at), path: "gateway".to_owned(), message }];
                Self::Gateway(gateway.ok_or_else(missing)?)
            }
        })
    }
}

/// Decodes a block of the file with its own overrides, in their order.
pub(super) fn decoded(root: &Node, keys: &[String], overrides: &[Override<'_>]) -> Result<Block, Vec<Problem>> {
    let (mut node, mut problems) = (None, Vec::new());
    for Override { path, value, at } in overrides {
        if let Err(message) = collect(root, keys, &mut node, path, value) {
            problems.push(Problem { at: Some(*at), path: (*path).to_owned(), message });
        }
    }
    match node {
        Some(node) if problems.is_empty() => Block::of(keys, &node),
        _ => Err(problems),
    }
}

/// The keys of the block that holds a path.
fn block_of(path: &str) -> Result<Vec<String>, String> {
    let path = Path::parse(path)?;
    let depth = if path.leading_keys(1) == ["services"] { 2 } else { 1 };
    let keys: Vec<String> = path.leading_keys(depth).into_iter().map(str::to_owned).collect();
    match keys.first() {
        Some(first) if !BLOCKS.contains(&first.as_str()) => {
            Err(format!("an environment cannot override `{first}`{}", suggestion(first, &BLOCKS)))
        }
        _ if keys.len() < depth => Err("names all services: write `services.NAME`".to_owned()),
        _ => Ok(keys),
    }
}

/// Applies one override to a copy of the block that it names.
fn collect(root: &Node, keys: &[String], block: &mut Option<Node>, path: &str, value: &Node) -> Result<(), String> {
    let path = Path::parse(path)?;
    let (own, rest) = path.segments().split_at(keys.len());
    if !rest.is_empty() && block.is_none() {
        exists(root, keys)?;
    }
    let block = block.get_or_insert_with(|| {
        let base = own.iter().try_fold(root, |node, segment| match segment {
            Segment::Key(key) => node.get(key),
            Segment::Index(_) => None,
        });
        base.cloned().unwrap_or_else(|| Node::empty_mapping(value.at))
    });
    if rest.is_empty() {
        *block = value.clone();
        return Ok(());
    }
    set(block, rest, value)
}

/// A value inside a block needs the block.
fn exists(root: &Node, keys: &[String]) -> Result<(), String> {
    let (last, parents) = keys.split_last().ok_or("the path is empty")?;
    let parent = parents.iter().try_fold(root, |node, key| node.get(key));
    if parent.and_then(|parent| parent.get(last)).is_some_and(|block| !block.is_null()) {
        return Ok(());
    }
    let known: Vec<&str> =
        parent.map(Node::entries).unwrap_or_default().iter().map(|entry| entry.key.as_str()).collect();
    let what = if parents.is_empty() { "block" } else { "service" };
    Err(format!("there is no {what} `{last}`{}", suggestion(last, &known)))
}

fn block<T: for<'de> Deserialize<'de>>(node: &Node, path: &str) -> Result<Option<Arc<T>>, Vec<Problem>> {
    if node.is_null() { Ok(None) } else { decode(node, path).map(|spec| Some(Arc::new(spec))) }
}
