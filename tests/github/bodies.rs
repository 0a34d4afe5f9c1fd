//! What GitHub says of things, with every field that its description demands.

use serde_json::{Map, Value, json};

use crate::server::{Commit, Label, Pull, Run, Server, TagObject};

const HTML: &str = "https://github.example.org";
const API: &str = "https://api.github.example.org";
const TIME: &str = "2026-11-22T19:00:00Z";

fn with(mut value: Value, more: Value) -> Value {
    let (Value::Object(all), Value::Object(more)) = (&mut value, more) else { panic!("objects") };
    all.extend(more);
    value
}

/// Addresses, all alike: nobody follows them.
fn addresses(names: &str) -> Map<String, Value> {
    names.split_whitespace().map(|name| (name.to_owned(), json!(format!("{API}/{name}")))).collect()
}

fn user() -> Value {
    let urls = addresses(
        "avatar_url followers_url html_url organizations_url received_events_url repos_url subscriptions_url url \
         events_url following_url gists_url starred_url",
    );
    let plain = json!({
        "login": "ahuora", "id": 1, "node_id": "U1", "gravatar_id": null, "type": "User", "site_admin": false,
    });
    with(plain, Value::Object(urls))
}

fn repository(server: &Server) -> Value {
    let urls = addresses(
        "archive_url assignees_url blobs_url branches_url collaborators_url comments_url commits_url compare_url \
         contents_url git_commits_url git_refs_url git_tags_url issue_comment_url issue_events_url issues_url keys_url \
         labels_url milestones_url notifications_url pulls_url releases_url statuses_url trees_url clone_url git_url \
         ssh_url contributors_url deployments_url downloads_url events_url forks_url hooks_url html_url languages_url \
         merges_url stargazers_url subscribers_url subscription_url svn_url tags_url teams_url url",
    );
    let plain = json!({
        "id": 7, "node_id": "R7", "name": "cluster", "full_name": server.repository, "owner": user(),
        "default_branch": "main", "description": null, "language": null, "fork": false, "private": false,
        "has_downloads": false, "has_issues": true, "has_projects": false, "has_wiki": false, "has_pages": false,
        "archived": false, "disabled": false, "forks": 0, "forks_count": 0, "open_issues": 0, "open_issues_count": 0,
        "size": 1, "stargazers_count": 0, "watchers": 0, "watchers_count": 0, "homepage": null, "mirror_url": null,
        "license": null, "pushed_at": TIME, "created_at": TIME, "updated_at": TIME,
    });
    with(plain, Value::Object(urls))
}

pub(crate) fn label(label: &Label) -> Value {
    json!({
        "id": 11, "node_id": "L11", "url": format!("{API}/label"), "name": label.name, "color": label.color,
        "description": label.description, "default": false,
    })
}

fn labels(server: &Server, pull: &Pull) -> Vec<Value> {
    pull.labels.iter().map(|name| label(&server.label(name))).collect()
}

fn end(server: &Server, branch: &str, commit: &str) -> Value {
    json!({
        "label": format!("ahuora:{branch}"), "ref": branch, "sha": commit, "user": user(), "repo": repository(server),
    })
}

/// A pull request in a list; a brief one has what our client reads, which is faster.
pub(crate) fn pull(server: &Server, pull: &Pull) -> Value {
    if server.brief {
        let commit = server.refs.get(&format!("refs/heads/{}", pull.branch));
        let names: Vec<Value> = pull.labels.iter().map(|name| json!({"name": name})).collect();
        return json!({
            "number": pull.number, "title": pull.title, "body": pull.body, "draft": pull.draft, "labels": names,
            "head": {"ref": pull.branch, "sha": commit, "repo": {"full_name": server.repository}},
            "base": {"ref": pull.base},
        });
    }
    let urls = addresses(
        "comments_url commits_url diff_url issue_url patch_url review_comments_url statuses_url url review_comment_url",
    );
    let links = "comments commits statuses html issue review_comments review_comment self";
    let links: Map<String, Value> =
        links.split(' ').map(|name| (name.to_owned(), json!({"href": format!("{API}/{name}")}))).collect();
    let commit = server.refs.get(&format!("refs/heads/{}", pull.branch)).map_or("", String::as_str);
    let plain = json!({
        "id": 100 + pull.number, "node_id": "P", "number": pull.number, "state": if pull.open { "open" } else { "closed" },
        "locked": false, "title": pull.title, "user": user(), "body": pull.body, "labels": labels(server, pull),
        "milestone": null, "created_at": TIME, "updated_at": TIME, "merged_at": null, "merge_commit_sha": null,
        "closed_at": if pull.open { Value::Null } else { json!(TIME) }, "assignee": null, "author_association": "OWNER",
        "auto_merge": null, "draft": pull.draft, "html_url": format!("{HTML}/{}/pull/{}", server.repository, pull.number),
        "head": end(server, &pull.branch, commit), "base": end(server, &pull.base, "0".repeat(40).as_str()),
        "_links": links,
    });
    with(plain, Value::Object(urls))
}

/// A pull request alone: more is told of it.
pub(crate) fn whole_pull(server: &Server, one: &Pull) -> Value {
    let more = json!({
        "additions": 1, "deletions": 1, "changed_files": 1, "comments": 0, "commits": 1, "review_comments": 0,
        "merged": false, "mergeable": null, "merged_by": null, "mergeable_state": "draft",
        "maintainer_can_modify": false,
    });
    with(pull(server, one), more)
}

pub(crate) fn issue(server: &Server, pull: &Pull) -> Value {
    let urls = addresses("comments_url events_url html_url repository_url url labels_url");
    let plain = json!({
        "id": 100 + pull.number, "node_id": "I", "number": pull.number, "state": "open", "title": pull.title,
        "user": user(), "labels": labels(server, pull), "assignee": null, "milestone": null, "locked": false,
        "comments": 0, "closed_at": null, "created_at": TIME, "updated_at": TIME,
    });
    with(plain, Value::Object(urls))
}

pub(crate) fn reference(server: &Server, name: &str, object: &str) -> Value {
    let kind = if server.tags.contains_key(object) { "tag" } else { "commit" };
    let object = json!({"type": kind, "sha": object, "url": format!("{API}/{kind}")});
    json!({"ref": name, "node_id": "REF", "url": format!("{API}/ref"), "object": object})
}

pub(crate) fn commit(sha: &str, commit: &Commit) -> Value {
    let who = json!({"name": "a", "email": "a@example.org", "date": TIME});
    let parent = |sha: &String| json!({"sha": sha, "url": API, "html_url": HTML});
    json!({
        "sha": sha, "node_id": "C", "message": commit.message, "url": API, "html_url": HTML, "author": who,
        "committer": who, "tree": {"sha": commit.tree, "url": API},
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
        "verification": {
            "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null,
        },
    })
}

pub(crate) fn tag(sha: &str, tag: &TagObject) -> Value {
    json!({
        "sha": sha, "node_id": "T", "tag": tag.name, "message": tag.message, "url": API,
        "tagger": {"name": "a", "email": "a@example.org", "date": TIME},
        "object": {"sha": tag.object, "type": "commit", "url": API},
        "verification": {
            "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null,
        },
    })
}

/// How a commit stands to another, with one commit of the many.
pub(crate) fn comparison(status: &str, (from, to): (&str, &str)) -> Value {
    let who = json!({"name": "a", "email": "a@example.org", "date": TIME});
    let whole = |sha: &str| {
        json!({
            "sha": sha, "node_id": "C", "url": API, "html_url": HTML, "comments_url": API, "author": null,
            "committer": null, "parents": [],
            "commit": {
                "url": API, "author": who, "committer": who, "message": "m", "comment_count": 0,
                "tree": {"sha": "e".repeat(40), "url": API},
            },
        })
    };
    json!({
        "url": API, "html_url": HTML, "permalink_url": HTML, "diff_url": HTML, "patch_url": HTML, "status": status,
        "ahead_by": 1, "behind_by": 1, "total_commits": 1, "base_commit": whole(from),
        "merge_base_commit": whole(from), "commits": [whole(to)], "files": [],
    })
}

pub(crate) fn run(server: &Server, run: &Run) -> Value {
    let (status, conclusion) = server.state_of(run);
    if server.brief {
        return json!({"id": run.number, "display_title": run.id, "status": status, "conclusion": conclusion});
    }
    let urls =
        addresses("url html_url jobs_url logs_url check_suite_url cancel_url rerun_url artifacts_url workflow_url");
    let plain = json!({
        "id": run.number, "node_id": "W", "name": "load-test", "display_title": run.id, "event": "workflow_dispatch",
        "head_branch": "main", "head_sha": "0".repeat(40), "path": ".github/workflows/load-test.yml",
        "run_number": run.number, "workflow_id": 5, "status": status, "conclusion": conclusion, "created_at": TIME,
        "updated_at": TIME, "head_commit": null, "repository": repository(server),
        "head_repository": repository(server), "pull_requests": [],
    });
    with(plain, Value::Object(urls))
}

pub(crate) fn sent(number: u64) -> Value {
    json!({
        "workflow_run_id": number, "run_url": format!("{API}/runs/{number}"), "html_url": format!("{HTML}/runs/{number}"),
    })
}

pub(crate) fn error(message: &str) -> Value {
    json!({"message": message, "documentation_url": "https://docs.github.example.org"})
}
