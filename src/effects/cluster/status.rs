//! What a refusal of the server means: nothing there, no right to ask, or an object that cannot be.

use kube::core::Status;

use super::request::{Trouble, brief, words};
use super::{Cause, DryRun, Live, Refusal};

/// What a failed reading says of what stands there.
pub(super) fn live(trouble: Trouble) -> Live {
    match trouble {
        Trouble::Refused(status) if status.code == 404 && status.reason == "NotFound" && is_named(&status) => {
            Live::Absent
        }
        Trouble::Refused(status) if status.code == 404 => Live::NoKind,
        trouble => Live::Unknown(trouble.told()),
    }
}

/// Whether the server names the object that it does not find; else it does not know the resource.
fn is_named(status: &Status) -> bool {
    status.details.as_ref().is_some_and(|details| !details.name.is_empty())
}

/// What a failed dry run says of the apply. `is_secret`: the server's words may quote values, so they are left out.
pub(super) fn dry_run(trouble: Trouble, is_secret: bool) -> DryRun {
    let status = match trouble {
        Trouble::Refused(status) => status,
        silent @ Trouble::Silent(_) => return DryRun::NotPermitted(silent.told()),
    };
    let details = status.details.as_ref();
    let told = || if is_secret { format!("the server answers {}", status.code) } else { words(&status) };
    match status.code {
        _ if is_unfit(&status) => DryRun::Refused(refusal(&status, is_secret)),
        404 if details.is_some_and(|details| details.kind == "namespaces") => {
            let namespace = details.map(|details| details.name.as_str()).unwrap_or_default();
            DryRun::NotPossible(format!("namespace {namespace} does not exist yet"))
        }
        404 => DryRun::NotPossible(told()),
        400 if status.message.contains("does not support dry run") => DryRun::NotPermitted(told()),
        401 | 405 | 415 | 429 | 500.. => DryRun::NotPermitted(told()),
        code => match missing_right(&status).filter(|_| code == 403) {
            Some(right) => DryRun::NotPermitted(right),
            None => DryRun::Refused(refusal(&status, is_secret)),
        },
    }
}

/// Whether the server cannot make sense of an object that is to be applied. It answers that with 500, as if it were
/// the server's fault, so asking again does not help.
pub(super) fn is_unfit(status: &Status) -> bool {
    let beginnings = ["failed to create typed patch object", "failed to convert new object"];
    status.code == 500 && beginnings.iter().any(|beginning| status.message.starts_with(beginning))
}

/// Which right the user does not have, when that is why the server forbids. It also forbids for other reasons,
/// which are the object's: quotas, admission, a namespace that is being removed.
pub(super) fn missing_right(status: &Status) -> Option<String> {
    let (_, why) = status.message.split_once("is forbidden:")?;
    let why = why.trim();
    let is_users = why.starts_with("User \"") && why.contains("\" cannot ");
    // The server asks for the right to create only when the object is not there, and then gives no reason.
    let is_silent = why.is_empty() || why.starts_with("RBAC:");
    match (is_users, is_silent) {
        (true, _) => Some(brief(why)),
        (_, true) => Some(brief(&format!("the user may not create it {why}"))),
        _ => None,
    }
}

fn refusal(status: &Status, is_secret: bool) -> Refusal {
    let shown = |text: &str| if is_secret { "not shown, for it may quote a value".to_owned() } else { brief(text) };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let cause = |cause: &kube::core::response::StatusCause| Cause {
        field: cause.field.clone(),
        message: shown(&cause.message),
    };
    // Of what it cannot make sense of, the server gives no reason.
    let reason = if status.reason.is_empty() { "Invalid" } else { &status.reason };
    Refusal { reason: reason.to_owned(), message: shown(&words(status)), causes: causes.map(cause).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refused(status: Value) -> Trouble {
        Trouble::Refused(serde_json::from_value(status).expect("a status"))
    }

    #[test]
    fn an_object_that_is_not_there_is_no_missing_kind() {
        let named = json!({"code": 404, "reason": "NotFound", "details": {"name": "x", "kind": "services"}});
        assert_eq!(live(refused(named)), Live::Absent);
        let unknown = json!({"code": 404, "reason": "NotFound", "message": "the server could not find it"});
        assert_eq!(live(refused(unknown)), Live::NoKind);
        let plain = json!({"code": 404, "reason": "Failed to parse error data", "message": "404 page not found"});
        assert_eq!(live(refused(plain)), Live::NoKind);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let forbidden = json!({"code": 403, "reason": "Forbidden", "message": "services \"x\" is forbidden: no"});
        assert_eq!(live(refused(forbidden)), Live::Unknown("services \"x\" is forbidden: no".to_owned()));
        assert_eq!(live(Trouble::Silent("no route".to_owned())), Live::Unknown("no route".to_owned()));
        assert_eq!(live(refused(json!({"code": 503}))), Live::Unknown("the server answers 503".to_owned()));
        let page = json!({"code": 502, "message": "<html>\n<h1>sign in</h1>"});
        assert_eq!(live(refused(page)), Live::Unknown("the server answers 502".to_owned()));
    }

    #[test]
    fn a_namespace_that_is_missing_is_no_refusal() {
        let status = json!({"code": 404, "reason": "NotFound", "message": "namespaces \"a\" not found",
            "details": {"name": "a", "kind": "namespaces"}});
        let expected = DryRun::NotPossible("namespace a does not exist yet".to_owned());
        assert_eq!(dry_run(refused(status), false), expected);
    }

    #[test]
    fn a_missing_right_is_told_from_an_object_that_is_forbidden() {
        let cases = [
            ("User \"u\" cannot patch resource \"services\" in API group \"\"", true),
            ("", true),
            ("RBAC: role.rbac.authorization.k8s.io \"x\" not found", true),
            ("exceeded quota: pods, requested: pods=1, used: pods=1, limited: pods=1", false),
            ("unable to create new content in namespace a because it is being terminated", false),
            ("violates PodSecurity \"restricted:latest\": runAsNonRoot != true", false),
        ];
        for (why, is_right) in cases {
            let message = format!("services \"x\" is forbidden: {why}");
            let status = json!({"code": 403, "reason": "Forbidden", "message": message});
            let is_permission = matches!(dry_run(refused(status), false), DryRun::NotPermitted(_));
            assert_eq!(is_permission, is_right, "{why}");
        }
    }

    #[test]
    fn servers_in_trouble_do_not_refuse_the_object() {
        for code in [401, 405, 415, 429, 500, 503] {
            let status = json!({"code": code, "message": "failed calling webhook"});
            assert_eq!(
                dry_run(refused(status.clone()), false),
                DryRun::NotPermitted("failed calling webhook".to_owned())
            );
            assert_eq!(dry_run(refused(status), true), DryRun::NotPermitted(format!("the server answers {code}")));
        }
        let webhook = json!({"code": 400, "message": "admission webhook \"w\" does not support dry run"});
        assert!(matches!(dry_run(refused(webhook), false), DryRun::NotPermitted(_)));
    }

    #[test]
    fn an_object_that_makes_no_sense_is_refused_whatever_the_code() {
        let message =
            "failed to create typed patch object (a/x; v1, Kind=Service): .spec.y: field not declared in schema";
        let DryRun::Refused(refusal) = dry_run(refused(json!({"code": 500, "message": message})), false) else {
            panic!("not refused")
        };
        assert_eq!((refusal.reason.as_str(), refusal.message.as_str()), ("Invalid", message));
    }

    #[test]
    fn a_refusal_names_fields_and_of_secrets_nothing_else() {
        let status = json!({"code": 422, "reason": "Invalid", "message": "data: Invalid value: \"hunter2\"",
            "details": {"causes": [{"reason": "FieldValueInvalid", "field": "data", "message": "not \"hunter2\""}]}});
        let DryRun::Refused(open) = dry_run(refused(status.clone()), false) else { panic!("not refused") };
        assert_eq!((open.reason.as_str(), open.causes.len()), ("Invalid", 1));
        assert!(open.message.contains("hunter2"));
        let DryRun::Refused(secret) = dry_run(refused(status), true) else { panic!("not refused") };
        assert_eq!(secret.causes.first().map(|cause| cause.field.as_str()), Some("data"));
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
