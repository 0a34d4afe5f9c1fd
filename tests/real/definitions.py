"""The definitions of the custom resources (CRDs), and what their schemas say."""

import os
import pathlib

import yaml

from real import is_custom, largest_of_each_kind, mappings, not_run

FREE = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING = "x-kubernetes-int-or-string"
# In these, a definition only narrows the values of fields that stand elsewhere in it.
NARROWING = {"allOf", "anyOf", "oneOf", "not"}


def strict(schema):
    """A definition's schema as plain JSON Schema, in which a field that an API server would drop is an error."""
    out = {key: value for key, value in schema.items() if key in NARROWING or not isinstance(value, dict)}
    kind = ["integer", "string"] if schema.get(INT_OR_STRING) else schema.get("type")
    if kind:
        kind = kind if isinstance(kind, list) else [kind]
        out["type"] = [*kind, "null"] if schema.get("nullable") else kind
    if "items" in schema:
        out["items"] = strict(schema["items"])
    if "properties" in schema:
        out["properties"] = {name: strict(field) for name, field in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        out["additionalProperties"] = strict(schema["additionalProperties"])
    elif schema.get("type") == "object" and not schema.get(FREE) and not schema.get("additionalProperties"):
        out["additionalProperties"] = False
    return out


def definitions(folder):
    """The schema of every served (apiVersion, kind); `metadata` is left to the schema that all kinds share."""
    schemas = {}
    for file in sorted(folder.glob("*.yaml")):
        for crd in filter(None, yaml.load_all(file.read_bytes(), yaml.CSafeLoader)):
            spec = crd["spec"]
            for version in (version for version in spec["versions"] if version["served"]):
                schema = version["schema"]["openAPIV3Schema"]
                schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {FREE: True}}
                schemas[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    return schemas


def definitions_folder():
    """The folder of CRD files: what `AHUORA_CRDS` names, else `../shared/crds`, else what `tools crds` installed."""
    if "AHUORA_CRDS" in os.environ:
        named = pathlib.Path(os.environ["AHUORA_CRDS"])
        return named if named.is_dir() else not_run(f"AHUORA_CRDS names no folder: {named.resolve()}")
    shared = pathlib.Path("../shared/crds")
    installed = [path for path in os.environ["PATH"].split(":") if pathlib.Path(path).name.startswith("crds-")]
    return shared if shared.is_dir() else pathlib.Path(installed[0])


def is_free(schema, path):
    """Whether the definition lets the mapping at `path` hold anything."""
    for step in path:
        if schema.get(FREE) and step not in schema.get("properties", {}):
            return True
        fields = schema.get("properties", {})
        schema = schema["items"] if isinstance(step, int) else fields.get(step, schema.get("additionalProperties"))
    return bool(schema.get(FREE))


def mistakes(resources, schemas):
    """Every resource and path where a mistake can stand: all mappings that may not hold just anything."""
    for resource in largest_of_each_kind(resources):
        schema = schemas.get((resource["apiVersion"], resource["kind"]))
        for path in mappings(resource):
            if path[:1] == ("metadata",) or not is_custom(resource) or not is_free(schema, path):
                yield resource, path
