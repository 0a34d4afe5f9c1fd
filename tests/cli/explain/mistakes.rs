//! What is not there is answered with what is.

use crate::env::TestEnv;

/// Arguments, and what is said.
const CASES: &[(&[&str], &str)] = &[
    (
        &["django-apii/deployment"],
        "there is no resource `django-apii/deployment`; did you mean `django-api/deployment`?",
    ),
    (&["django-api/deploy"], "there is no resource `django-api/deploy`; did you mean `django-api/deployment`?"),
    (&["Deployment/idea"], "there is no resource `Deployment/idea`; did you mean `Deployment/idaes`?"),
    (&["services.django-app.image"], "`services` has no key `django-app`; did you mean `django-api`?"),
    (&["servicse.idaes"], "platform.yaml has no key `servicse`; did you mean `services`?"),
    (&["services.idaes.lifecycle.drian"], "`services.idaes.lifecycle` has no key `drian`; did you mean `drain`?"),
    (&["services.idaes.probes.startup.timeot"], "has no key `timeot`; did you mean `timeout`?"),
    (&["cluster.nodes[9].cpu"], "`cluster.nodes` has 7 items, there is no [9]"),
    (&["services.idaes.image.tag"], "`services.idaes.image` holds nothing that `services.idaes.image.tag` could name"),
    (&["a..b"], "`a..b` is not a path"),
    (
        &["idaes/deployment", "spec.templat"],
        "Deployment/idaes has no field `templat` in `spec`; did you mean `template`?",
    ),
    (
        &["idaes/deployment", "spec.template.spec.containers[name=ideas].image"],
        "has no field `[name=ideas]` in `spec.template.spec.containers`; did you mean `name=idaes`?",
    ),
    (&["idaes/deployment", "kind.x"], "Deployment/idaes has no field `x` in `kind`; it holds no fields"),
    (&["idaes/deployment", "spec..x"], "`spec..x` is not a path of a field"),
    (
        &["idaes/deployment", "spec.replicas"],
        "Deployment/idaes has no field `spec.replicas`; it would have, with another value of `services.idaes.scaling.autoscaler` (platform.yaml:128:7)",
    ),
    (&["services.idaes", "image"], "`services.idaes` is a key of platform.yaml, which has no field `image`"),
    (&["idaes/deployment", "--environment", "nope"], "there is no environment `nope`"),
];

#[test]
fn mistakes_are_answered_with_what_was_meant() {
    let env = TestEnv::new();
    for (args, said) in CASES {
        let output = env.run(&[&["explain"], *args].concat()).expect_code(2);
        output.expect_said(&["error: ", said, "\nhint: "]);
        assert_eq!(output.stdout, "", "{output}");
    }
}

#[test]
fn a_question_is_needed() {
    let env = TestEnv::new();
    env.run(&["explain"]).expect_code(2).expect_said(&["<RESOURCE|KEY>"]);
    env.run(&["explain", "--unused", "services.idaes"]).expect_code(2).expect_said(&["cannot be used with"]);
}
