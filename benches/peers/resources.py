"""The workload: the platform's resources in any number of environments, and what was made of them."""

import json
import re

import yaml


class Loader(yaml.CSafeLoader):
    """Scalars as YAML 1.2 and Kubernetes have them: no dates, no numbers to base 60, no `yes`."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in [
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", "-+0123456789"),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


def parse(text):
    return [document for document in yaml.load_all(text, Loader=Loader) if document is not None]


def read(paths):
    return [resource for path in sorted(paths) for resource in parse(path.read_bytes())]


def environments(size, name, fields):
    """The first is as committed; the others are tenants of the same shape."""
    tenants = ({"name": f"tenant-{number:03}", "namespace": f"{fields['namespace']}-{number:03}",
                "domain": f"t{number:03}.{fields['domain']}"} for number in range(2, size + 1))
    return [{"name": name, "namespace": fields["namespace"], "domain": fields["domain"]}, *tenants]


def configuration(committed, name, others):
    """The committed configuration with `others` beside the environment `name`, on nodes that hold them all."""
    fields = committed["environments"][name]
    tenants = {other["name"]: fields | {key: other[key] for key in ("namespace", "domain")} for other in others}
    nodes = [node | {"cpu": 10_000, "memory": "100Ti"} for node in committed["cluster"]["nodes"]]
    return committed | {"environments": committed["environments"] | tenants,
                        "cluster": committed["cluster"] | {"nodes": nodes}}


def judge(made, expected):
    """How many resources are equal as data, and a line about each that is not."""
    made, expected = by_identity(made), by_identity(expected)
    unequal = [identity for identity in expected | made if made.get(identity) != expected.get(identity)]
    return len(expected.keys() & made.keys() - set(unequal)), len(expected), [
        "/".join(identity) + difference(made.get(identity), expected.get(identity)) for identity in unequal]


def by_identity(resources):
    found = {}
    for resource in resources:
        metadata = resource["metadata"]
        identity = resource["apiVersion"], resource["kind"], metadata.get("namespace", ""), metadata["name"]
        found[identity] = "twice" if identity in found else resource
    return found


def difference(made, expected, path=""):
    if not path and (made is None or expected is None):
        return " is missing" if made is None else " is one too many"
    if isinstance(made, dict) and isinstance(expected, dict):
        for key in [*expected, *(made.keys() - expected.keys())]:
            if made.get(key) != expected.get(key) or (key in made) != (key in expected):
                return difference(made.get(key), expected.get(key), f"{path} {key}")
    if isinstance(made, list) and isinstance(expected, list) and len(made) == len(expected):
        for index, pair in enumerate(zip(made, expected)):
            if pair[0] != pair[1]:
                return difference(*pair, f"{path}[{index}]")
    return f"{path}: {json.dumps(made)[:80]} instead of {json.dumps(expected)[:80]}"
