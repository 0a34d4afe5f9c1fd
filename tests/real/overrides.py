"""Values that the schema of `platform.yaml` permits, for the fields that engineers change between deployments."""

import itertools
import json
import pathlib
import re

import hypothesis
import hypothesis_jsonschema
import jsonschema

from real import platform

# Types of fields, and names of fields, that experiments and releases change.
TYPES = {"Scaling", "Resources", "ImageRef"}
NAMES = {"replicas"}


def changeable():
    """Path and schema of every scaling, resource and image field that `platform.yaml` sets."""
    schema = json.loads(pathlib.Path("platform.schema.json").read_bytes())
    return list(_walk(platform(), schema, schema["$defs"], ()))


def _walk(data, schema, types, path):
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in TYPES or (path and path[-1] in NAMES):
        yield path, {**schema, "$defs": types}
    elif isinstance(data, dict):
        schema = types.get(name, schema)
        for alternative in [schema, *schema.get("anyOf", [])]:
            alternative = types.get(alternative.get("$ref", "").rpartition("/")[2], alternative)
            for key, value in data.items():
                by_pattern = (inner for pattern, inner in alternative.get("patternProperties", {}).items() if re.search(pattern, key))
                if inner := alternative.get("properties", {}).get(key) or next(by_pattern, None):
                    yield from _walk(value, inner, types, (*path, key))


# Amounts in every spelling, in rising order: of two that are picked at random few would be a request and its limit.
CPU = ["1m", "50m", "0.25", 0.5, "999m", 1, "1.5", "2", 64, "1000"]
MEMORY = ["1Ki", "100k", "999999", "1M", "64Mi", "0.5Gi", "1G", "1.5Gi", "8Gi", "2Ti"]


def resources(schema, count):
    """Requests and limits of all spellings, each checked to be what the schema permits."""
    pairs = list(itertools.combinations_with_replacement(range(len(MEMORY)), 2))
    for number in range(count):
        low, high = pairs[number * len(pairs) // count]
        value = {"requests": {"cpu": CPU[low], "memory": MEMORY[low]}, "limits": {"memory": MEMORY[high]}}
        if number % 2:
            value["limits"]["cpu"] = CPU[high]
        jsonschema.validate(value, schema)
        yield value


def values(schema, count):
    """That many values that the schema permits; the same on every run."""
    if schema.get("$ref", "").endswith("/Resources"):
        return list(resources(schema, count))
    found = []

    @hypothesis.settings(
        max_examples=count, derandomize=True, database=None, deadline=None, phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(hypothesis_jsonschema.from_schema(schema))
    def collect(value):
        found.append(value)

    collect()
    return found


def with_value(data, path, value):
    """Sets the value at a path of keys."""
    for key in path[:-1]:
        data = data[key]
    data[path[-1]] = value
