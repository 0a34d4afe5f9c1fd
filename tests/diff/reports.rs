//! The forms in which a difference is told.

use ahuora::diff::Diff;
use ahuora::report::{DiffJson, Reason, View, markdown, stat, text};
use insta::assert_snapshot;

use crate::told::{deployment, diff, resource};

fn view() -> View<'static> {
    View {
        left: "main",
        right: "platform.yaml",
        context: 1,
        why: &|_, _| Vec::new(),
        command: "ahuora diff main platform.yaml",
    }
}

fn sample() -> Diff {
    let config = |text: &str| {
        format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c}}, data: {{nginx.conf: \"{text}\"}}}}")
    };
    let left = [
        deployment("image: a:1", ""),
        config("one\\ntwo\\nthree\\nfour\\nfive\\n"),
        resource("v1", "PersistentVolumeClaim", "{storageClassName: a}"),
    ];
    let right = [
        deployment("image: a:2", ""),
        config("one\\ntwo\\n3\\nfour\\nfive\\n"),
        resource("v1", "PersistentVolumeClaim", "{storageClassName: b}"),
        resource("v1", "Service", "{type: ClusterIP}"),
    ];
    diff(&left.join("\n---\n"), &right.join("\n---\n"))
}

/// Without colours, as on no terminal.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[test]
fn text_tells_the_worst_first_with_signs_and_colours() {
    let colourful = text(&sample(), &view());
    assert!(colourful.contains('\x1b'));
    assert_snapshot!(plain(&colourful), @r#"
    ~ PersistentVolumeClaim a in ns: immutable, 1 change
      the API server refuses this change; before the sync: make a claim of another name and copy the data; deleting this one may delete what it stores
        spec.storageClassName
    -     a
    +     b

    + Service a in ns: exposure
    +   apiVersion: v1
    +   kind: Service
    +   metadata:
    +     name: a
    +     namespace: ns
    +   spec:
    +     type: ClusterIP

    ~ Deployment api: rolling restart, 1 change
        spec.template.spec.containers[name=api].image
    -     a:1
    +     a:2

    ~ ConfigMap c: in place, 1 change
        data."nginx.conf"
          two
    -     three
    +     3
          four
          mounted files follow within minutes, variables at the next start of a pod

    3 changed, 1 created, 0 same (1 immutable, 1 exposure, 1 rolling restart, 1 in place)
    "#);
    assert_snapshot!(plain(&stat(&sample())), @r"
    ~ PersistentVolumeClaim a in ns: immutable, 1 change
    + Service a in ns: exposure
    ~ Deployment api: rolling restart, 1 change
    ~ ConfigMap c: in place, 1 change
    3 changed, 1 created, 0 same (1 immutable, 1 exposure, 1 rolling restart, 1 in place)
    ");
}

#[test]
fn markdown_has_the_table_first_and_folds_the_changes() {
    assert_snapshot!(markdown(&sample(), &view()), @r#"
    <!-- ahuora:diff -->
    **What changes on the cluster** from `main` to `platform.yaml`: 3 changed, 1 created, 0 same

    | risk | resources | |
    |---|---:|---|
    | immutable | 1 | `PersistentVolumeClaim a in ns` |
    | exposure | 1 | `Service a in ns` |
    | rolling restart | 1 | `Deployment api` |
    | in place | 1 | `ConfigMap c` |

    #### immutable

    > **PersistentVolumeClaim a in ns**: the API server refuses this change; before the sync: make a claim of another name and copy the data; deleting this one may delete what it stores

    <details><summary><b>changed</b> PersistentVolumeClaim a in ns</summary>

    ```diff
        spec.storageClassName
    -     a
    +     b
    ```

    </details>

    #### exposure

    <details><summary><b>created</b> Service a in ns</summary>

    ```diff
    +   apiVersion: v1
    +   kind: Service
    +   metadata:
    +     name: a
    +     namespace: ns
    +   spec:
    +     type: ClusterIP
    ```

    </details>

    #### rolling restart

    <details><summary><b>changed</b> Deployment api</summary>

    ```diff
        spec.template.spec.containers[name=api].image
    -     a:1
    +     a:2
    ```

    </details>

    #### in place

    <details><summary><b>changed</b> ConfigMap c</summary>

    ```diff
        data."nginx.conf"
          two
    -     three
    +     3
          four
          mounted files follow within minutes, variables at the next start of a pod
    ```

    </details>
    "#);
}

#[test]
fn reasons_stand_below_their_change() {
    let reason = Reason {
        key: "services.api.image".to_owned(),
        value: "a:2".to_owned(),
        was: None,
        place: "platform.yaml:3:4".to_owned(),
    };
    let why = |_: &_, _: &_| vec![reason.clone()];
    let view = View { why: &why, ..view() };
    let diff = diff(&deployment("image: a:1", ""), &deployment("image: a:2", ""));
    assert!(plain(&text(&diff, &view)).contains("from services.api.image: a:2 (platform.yaml:3:4)"));
    let json = serde_json::to_value(DiffJson::of(&diff, &view)).unwrap();
    assert_eq!(json["resources"][0]["changes"][0]["why"][0]["key"], "services.api.image");
}

#[test]
fn markdown_always_fits_and_says_what_it_left_out() {
    let many = |count: usize, image: &str| -> String {
        let one = |number| {
            format!(
                "{}\n---\n",
                deployment(&format!("image: a:{image}, args: [{}]", "x, ".repeat(50)), "")
                    .replace("name: api}", &format!("name: api-{number:04}}}"))
            )
        };
        (0..count).map(one).collect()
    };
    for count in [1, 150, 400, 5000] {
        let diff = diff(&many(count, "1"), &many(count, "2"));
        assert_eq!(diff.resources.len(), count);
        let markdown = markdown(&diff, &view());
        assert!(markdown.len() <= 65_536, "{count}: {} bytes", markdown.len());
        let shown = markdown.matches("<details>").count();
        assert_eq!(markdown.matches("</details>").count(), shown);
        if shown < count {
            let told = format!("the changes of {} resources", count - shown);
            assert!(
                markdown.contains(&told) && markdown.contains("`ahuora diff main platform.yaml` shows them whole"),
                "{count}"
            );
        }
    }
}

#[test]
fn one_resource_that_is_too_long_by_itself_is_left_out_whole() {
    let config =
        |text: &str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c}}, data: {{k: \"{text}\"}}}}");
    let diff = diff(&config(&"a\\n".repeat(40_000)), &config(&"b\\n".repeat(40_000)));
    let markdown = markdown(&diff, &view());
    assert!(markdown.len() <= 65_536 && markdown.contains("Left out for length"), "{}", markdown.len());
}

#[test]
fn values_cannot_break_out_of_their_form() {
    let config =
        |text: &str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: 'c'}}, data: {{k: \"{text}\"}}}}");
    let evil = diff(&config("a\\n"), &config("````\\n</details>\\u001b[2J\\r\\n<script>@everyone\\n"));
    let markdown = markdown(&evil, &view());
    assert!(markdown.contains("\n`````diff\n"), "{markdown}");
    assert!(!markdown.contains('\x1b') && !plain(&text(&evil, &view())).contains('\x1b'));
}
