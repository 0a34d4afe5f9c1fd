"""The JSON form of `ahuora diff`, applied: what its changes make of the left resources."""

import base64
import copy
import json
import re
from fractions import Fraction

MASK = re.compile(r"\(masked [0-9a-f]+\)")
GONE = object()
# Lists whose items the API server knows by a key or takes for a set, so that their order is no difference; but in the
# template of a workload it is, for with another template the pods are replaced.
KEYED = {"finalizers", "imagePullSecrets", "matchConditions", "ownerReferences", "ports", "secrets", "webhooks"}
# What the API server keeps as if it were not there.
NOTHING = {("apiGroup", ""), ("preserveUnknownFields", False)}
AMOUNTS = {"limits", "requests", "capacity", "hard"}
UNITS = {"": 1, "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "k": 1000}
UNITS |= {unit: 1000**power for power, unit in enumerate("MGTPE", 2)}
UNITS |= {f"{unit}i": 1024**power for power, unit in enumerate("KMGTPE", 1)}


def identity(resource):
    """Group, kind, namespace and name; the namespace `default` is the one of an object that names none."""
    group = resource["apiVersion"].rpartition("/")[0]
    metadata = resource["metadata"]
    return named({"group": group, "kind": resource["kind"], "namespace": None, **metadata})


def named(entry):
    """The identity in an entry of the JSON form."""
    namespace = entry["namespace"]
    return entry["group"] or "", entry["kind"], None if namespace == "default" else namespace, entry["name"]


def applied(left, entries):
    """The left resources with the entries of `resources` applied."""
    made = {identity(resource): with_data(copy.deepcopy(resource)) for resource in left}
    for entry in entries:
        match entry["verb"]:
            case "created":
                made[named(entry)] = with_data(entry["right"])
            case "removed":
                del made[named(entry)]
            case "changed":
                made[named(entry)] = changed(made[named(entry)], entry["changes"])
            case "renamed":
                resource = changed(made.pop(named(entry["was"])), entry["changes"])
                resource["metadata"] |= {"namespace": entry["namespace"], "name": entry["name"]}
                made[named(entry)] = resource
    return list(made.values())


def with_data(resource):
    """A Secret with its `stringData` where the API server keeps it."""
    texts = resource.pop("stringData", None) if resource["kind"] == "Secret" else None
    if texts:
        resource["data"] = (resource.get("data") or {}) | {key: encoded(text) for key, text in texts.items()}
    return resource


def encoded(text):
    """A text as `data` has it; what is masked stays so."""
    return base64.b64encode(text.encode()).decode() if isinstance(text, str) else text


def changed(value, changes):
    """The value with the changes, whose steps start at it; `GONE` when they remove it."""
    below, order = {}, None
    for change in changes:
        if change["steps"]:
            first, *rest = change["steps"]
            below.setdefault(json.dumps(first), (first, []))[1].append(change | {"steps": rest})
        elif change["op"] == "order":
            order = change["right"]
        else:
            return GONE if change["op"] == "remove" else change["right"]
    if below:
        steps = list(below.values())
        value = with_fields(value or {}, steps) if "key" in steps[0][0] else with_items(value or [], steps)
    return value if order is None else [value[position(value, keys)] for keys in order]


def with_fields(mapping, steps):
    made = mapping | {step["key"]: changed(mapping.get(step["key"]), inner) for step, inner in steps}
    return {key: value for key, value in made.items() if value is not GONE}


def with_items(items, steps):
    """Changed items first, then removals, then insertions in the order of the right list."""
    made, added = list(items), []
    for step, inner in steps:
        at = position(items, step["item"]) if "item" in step else step["index"]["left"]
        if at is None:
            added.append((step["index"]["right"], inner))
        else:
            made[at] = changed(made[at], inner)
    made = [value for value in made if value is not GONE]
    for at, inner in sorted(added, key=lambda pair: pair[0]):
        made.insert(at, changed(None, inner))
    return made


def position(items, keys):
    """Where the item with these keys stands; a key that it lacks is one that has its default."""
    exact = [at for at, item in enumerate(items) if keys.items() <= item.items()]
    fits = [at for at, item in enumerate(items) if all(item.get(key, value) == value for key, value in keys.items())]
    return next(iter(exact + fits), None)


def meaning(value, field=None, exact=False):
    """A value as it is to be compared: without what is empty, amounts as numbers, keyed lists in one order unless `exact`."""
    exact = exact or field == "template"
    if isinstance(value, dict):
        made = {key: meaning(amount(item) if field in AMOUNTS else item, key, exact) for key, item in value.items()}
        return {
            key: item
            for key, item in made.items()
            if item not in (None, {}, []) and (isinstance(item, (dict, list)) or (key, item) not in NOTHING)
        }
    if isinstance(value, list):
        made = [meaning(item, None, exact) for item in value]
        return made if exact or field not in KEYED else sorted(made, key=lambda item: json.dumps(item, sort_keys=True))
    return value


def amount(value):
    """A quantity as a text that is the same for the same amount; anything else as it is."""
    found = re.fullmatch(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)([a-zA-Z]*)", str(value))
    return str(Fraction(found[1]) * UNITS[found[2]]) if found and found[2] in UNITS else value


def unequal(made, expected, path=""):
    """Every place where two values differ; what is masked may stand for any text."""
    if isinstance(made, dict) and made.keys() == {"masked"} and not isinstance(expected, (dict, list)):
        return
    if isinstance(made, dict) and isinstance(expected, dict):
        for key in sorted(made.keys() | expected.keys()):
            yield from unequal(made.get(key), expected.get(key), f"{path}.{key}")
    elif isinstance(made, list) and isinstance(expected, list) and len(made) == len(expected):
        for index, pair in enumerate(zip(made, expected, strict=True)):
            yield from unequal(*pair, f"{path}[{index}]")
    elif isinstance(made, str) and isinstance(expected, str) and MASK.search(made):
        pattern = ".*".join(re.escape(part) for part in MASK.split(made))
        if not re.fullmatch(pattern, expected, re.DOTALL):
            yield f"{path}: {made!r:.200} cannot stand for {expected!r:.200}"
    elif made != expected or isinstance(made, bool) != isinstance(expected, bool):
        yield f"{path}: {made!r:.200} instead of {expected!r:.200}"
