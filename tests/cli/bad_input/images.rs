//! Images without an exact version, or that no registry would serve.

use super::case::assert_refused;

const IMAGE: &str = "services.frontend.image: ";

#[test]
fn images() {
    assert_refused(&[
        ("image: ahuora/frontend:0.0.9", "image: ▶ahuora/frontend", &[IMAGE, "has no tag", "exact version"]),
        ("image: ahuora/frontend:0.0.9", "image: ▶ahuora/frontend:latest", &[IMAGE, "`latest`", "moves"]),
        ("image: ahuora/frontend:0.0.9", "image: ▶localhost:5000/frontend", &[IMAGE, "has no tag"]),
        ("image: ahuora/frontend:0.0.9", "image: ▶Ahuora/frontend:1.0.0", &[IMAGE, "lower-case"]),
        ("image: ahuora/frontend:0.0.9", "image: ▶\"ahuora/frontend: 1\"", &[IMAGE, "tag"]),
        ("image: ahuora/frontend:0.0.9", "image: ▶\"\"", &[IMAGE]),
        ("image: ahuora/frontend:0.0.9", "image: ▶ahuora/frontend:0.0.9@sha256:12", &[IMAGE, "digest", "64"]),
        ("image: postgres:16.4", "image: ▶postgres:latest", &["postgres.image: ", "`latest`", "moves"]),
    ]);
}

#[test]
fn chart_versions() {
    assert_refused(&[
        ("version: 4.4.0", "version: ▶^4.4", &["monitoring.version: ", "`^4.4`"]),
        ("version: 4.4.0", "version: ▶latest", &["monitoring.version: ", "`latest`"]),
        ("kubernetes: \"1.36\" ", "kubernetes: ▶newest ", &["cluster.kubernetes: ", "`newest`"]),
    ]);
}
