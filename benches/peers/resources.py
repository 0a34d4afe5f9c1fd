"""Resources as data: read from YAML, compared."""

import functools
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


def strings(value, path=()):
    """Every string in a resource, with the keys and indexes that lead to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (dict, list)):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from strings(item, (*path, step))


def at(value, path):
    return functools.reduce(lambda inner, step: inner[step], path, value)


def judge(made, expected):
    """How many resources are equal as data, and a line about each that is not."""
    made, expected = by_identity(made), by_identity(expected)
    unequal = [key for key in expected | made if made.get(key) != expected.get(key)]
    return len(expected.keys() - set(unequal)), len(expected), [
        "/".join(key) + difference(made.get(key), expected.get(key)) for key in unequal]


def by_identity(resources):
    found = {}
    for resource in resources:
        found[identity(resource)] = "twice" if identity(resource) in found else resource
    return found


def identity(resource):
    metadata = resource["metadata"]
    return resource["apiVersion"], resource["kind"], metadata.get("namespace", ""), metadata["name"]


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
