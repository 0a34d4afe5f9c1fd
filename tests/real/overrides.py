"""Values that the schema of `platform.yaml` permits, for the fields that engineers change between deployments."""

import json
import pathlib

import hypothesis
import hypothesis_jsonschema
import yaml

# Types of fields, and names of fields, that experiments and releases change.
TYPES = {"Scaling", "Resources", "ImageRef"}
NAMES = {"replicas"}


def platform():
    """The data of `platform.yaml`."""
    return yaml.safe_load(pathlib.Path("platform.yaml").read_bytes())


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
                inner = alternative.get("properties", {}).get(key, alternative.get("additionalProperties"))
                if isinstance(inner, dict):
                    yield from _walk(value, inner, types, (*path, key))


def values(schema, count):
    """That many values that the schema permits; the same on every run."""
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
