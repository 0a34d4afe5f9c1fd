use serde_json::json;

use super::*;

fn fingerprint() -> Fingerprint {
    let node = json!({"items": [{"metadata": {"name": "pi-1"}, "status": {
        "allocatable": {"cpu": "3800m", "memory": "7900Mi", "pods": "110"},
        "nodeInfo": {"kernelVersion": "6.12.25+rpt-rpi-2712", "architecture": "arm64", "kubeletVersion": "v1.36.3+k3s1",
            "osImage": "Debian GNU/Linux 12 (bookworm)", "containerRuntimeVersion": "containerd://2.1.4-k3s1"},
    }}]});
    let digest = format!("sha256:{}", "a".repeat(64));
    let pod = |phase: &str, image: &str| {
        json!({"status": {"phase": phase, "containerStatuses": [
            {"name": "api", "image": image, "imageID": format!("docker.io/library/api@{digest}")}]}})
    };
    let pods = json!({"items": [pod("Running", "api:1.2"), pod("Running", "api:1.2"), pod("Succeeded", "api:1.1")]});
    let cluster = Cluster {
        name: "real".to_owned(),
        nodes: Some(nodes(&node)),
        images: Some(images(&pods)),
        ..Cluster::default()
    };
    let generator = Generator { kernel: Some("6.12.25".to_owned()), cores: Some(4), ..Generator::default() };
    let digests = [("script".to_owned(), super::digest(b"x"))].into();
    Fingerprint { ahuora: "0.1.0".to_owned(), generator, cluster: Some(cluster), digests, ..Fingerprint::default() }
}

#[test]
fn nodes_and_images_as_the_server_tells_them() {
    let cluster = fingerprint().cluster.expect("a cluster");
    let nodes = cluster.nodes.expect("nodes");
    let node = &nodes["pi-1"];
    assert_eq!((node.architecture.as_str(), node.kubelet.as_str()), ("arm64", "v1.36.3+k3s1"));
    assert_eq!(node.allocatable["cpu"], "3800m");
    let images = cluster.images.expect("images");
    assert_eq!(images["api"], [format!("api:1.2@sha256:{}", "a".repeat(64))]);
    assert_eq!(revision(&json!({"status": {"sync": {"revision": "abc"}}})).as_deref(), Some("abc"));
    assert_eq!(revision(&json!({})), None);
}

#[test]
fn equal_surroundings_have_no_differences_whatever_the_time() {
    let one = fingerprint();
    let mut other = one.clone();
    other.at = 7;
    other.commit = Some("1".repeat(40));
    other.generator.temperature = Some(61.5);
    other.generator.frequency = Some(2_400_000);
    other.clocks.cluster = Some(Offset { milliseconds: 5, uncertainty: 501 });
    other.unknown.insert("generator.throttled".to_owned(), "no Pi".to_owned());
    assert_eq!(differences(&one, &other), [""; 0]);
    let text = serde_json::to_string(&one).expect("JSON");
    assert_eq!(serde_json::from_str::<Fingerprint>(&text).expect("the same"), one);
}

#[test]
fn everything_else_that_differs_is_told() {
    let one = fingerprint();
    let mut other = one.clone();
    other.generator.kernel = Some("6.12.30".to_owned());
    other.generator.cores = None;
    other.digests.insert("script".to_owned(), "0".to_owned());
    let cluster = other.cluster.as_mut().expect("a cluster");
    let nodes = cluster.nodes.as_mut().expect("nodes");
    let node = nodes.get("pi-1").cloned().expect("a node");
    nodes.insert("pi-2".to_owned(), node);
    nodes.get_mut("pi-1").expect("a node").allocatable.insert("cpu".to_owned(), "4".to_owned());
    let found = differences(&one, &other);
    let expected = [
        "cluster.nodes.pi-1.allocatable.cpu: 3800m, then 4",
        "cluster.nodes.pi-2.architecture: not known, then arm64",
        "generator.cores: 4, then not known",
        "generator.kernel: 6.12.25, then 6.12.30",
        "digests.script: ",
    ];
    for expected in expected {
        assert!(found.iter().any(|one| one.starts_with(expected)), "{expected}: {found:#?}");
    }
    assert_eq!(differences(&one, &one), [""; 0]);
    let gone = Fingerprint { cluster: None, ..one.clone() };
    assert!(differences(&one, &gone).iter().all(|one| one.starts_with("cluster.") && one.ends_with("then not known")));
}

#[test]
fn clocks_and_a_generator_that_holds_itself_back_are_suspect() {
    let mut one = fingerprint();
    assert_eq!(one.judge(), []);
    let offset = |milliseconds| Some(Offset { milliseconds, uncertainty: 510 });
    one.clocks = Clocks { cluster: offset(1400), target: offset(-2100), kept: None };
    let told: Vec<String> = one.judge().into_iter().map(|one| one.told).collect();
    assert!(told.len() == 1 && told[0].contains("the platform is 2.1 s behind"), "{told:?}");
    one.clocks = Clocks::default();
    one.generator.throttled = throttled("throttled=0x50001");
    let judged = one.judge();
    assert_eq!(judged.iter().map(|one| one.grade).collect::<Vec<_>>(), [Grade::Suspect, Grade::Valid]);
    assert!(judged[0].told.ends_with("under-voltage") && judged[1].told.ends_with("under-voltage, throttled"));
}
