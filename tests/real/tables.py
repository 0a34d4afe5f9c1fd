"""Facts about the API of Kubernetes, taken from a running API server: its kinds and types, and their defaults.

`kubernetes.types` has two sorts of lines:

    kind VERSION KIND namespaced|cluster TYPE
    type TYPE FIELD=FORM...

A form is how the values of a field are compared; fields that are left out are plain values, or lists of them in order.

    T       an object of type T; or a `quantity`, which can be written in several ways; or an `int-or-string`
    []T     a list in order
    [K,K]T  a list whose items are told apart by these fields when it is merged; the server keeps their order
    <>      a set of values
    {}T     a map with free keys; of `scalar` when its values are nothing of the above

`kubernetes.defaults` has `TYPE FIELD=JSON`: what the server fills in wherever the field is absent. Its comments tell
what it fills in differently, or not everywhere (`depends`), and which types no object here has (`not asked`).

`kubernetes.zeros` has `TYPE FIELD=JSON` as well: the value `false`, `0` or `""` that says as much as no value at all,
for the server keeps the same object, whether it drops the value or puts its default in its place.
"""

import copy
import json
import pathlib

import requests
import yaml

from cluster import complaint
from real import fail_if

OBJECTS = pathlib.Path(__file__).parent / "defaults"  # of every kind, in many variants, with as few fields as possible
FEW = 3  # kinds that are named in a comment
GONE = object()
RECORD = "meta.v1.ObjectMeta"
ALLOTTED = ("creationTimestamp", "managedFields", "uid")  # of the record, to every object
KEPT = pathlib.Path(__file__).parents[2] / "src" / "diff"

FAMILIES = (
    "io.k8s.api.",
    "io.k8s.apimachinery.pkg.apis.",
    "io.k8s.apiextensions-apiserver.pkg.apis.",
    "io.k8s.kube-aggregator.pkg.apis.",
)
SCALARS = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
}
ZEROS = {"boolean": False, "integer": 0, "number": 0, "string": ""}
# In the place of a schema there can be something simpler; the definitions do not tell that it can be a schema.
SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
SCHEMA_OR = {f"{SCHEMA}Or{other}" for other in ("Array", "Bool", "StringArray")}

# What the server adds that is no default: nobody writes it, and it is not the same for two objects.
COMPUTED = {
    # the record of the object itself
    "meta.v1.ObjectMeta.creationTimestamp",
    "meta.v1.ObjectMeta.generation",
    "meta.v1.ObjectMeta.managedFields",
    "meta.v1.ObjectMeta.resourceVersion",
    "meta.v1.ObjectMeta.uid",
    # what protects objects that are in use, and names them to selectors
    "core.v1.Namespace.spec",
    "meta.v1.ObjectMeta.finalizers",
    "meta.v1.ObjectMeta.labels.kubernetes.io/metadata.name",
    # allotted from the cluster's ranges
    "core.v1.ServicePort.nodePort",
    "core.v1.ServiceSpec.clusterIP",
    "core.v1.ServiceSpec.clusterIPs",
    "core.v1.ServiceSpec.healthCheckNodePort",
    # a job's own pods, and the version of a daemon set's
    "batch.v1.JobSpec.selector",
    "meta.v1.ObjectMeta.annotations.deprecated.daemonset.template.generation",
    "meta.v1.ObjectMeta.labels.batch.kubernetes.io/controller-uid",
    "meta.v1.ObjectMeta.labels.batch.kubernetes.io/job-name",
    "meta.v1.ObjectMeta.labels.controller-uid",
    "meta.v1.ObjectMeta.labels.job-name",
    # what admission plugins give to pods, never to templates: the account and its token, priority, tolerations
    "core.v1.Container.volumeMounts",
    "core.v1.PodSpec.imagePullSecrets",
    "core.v1.PodSpec.preemptionPolicy",
    "core.v1.PodSpec.priority",
    "core.v1.PodSpec.serviceAccountName",
    "core.v1.PodSpec.tolerations",
    "core.v1.PodSpec.volumes",
    # a node that has told nothing yet, and the time of a taint
    "core.v1.Node.spec",
    "core.v1.NodeSpec.taints[]",
    "resource.v1.DeviceTaint.timeAdded",
    # who asks for a certificate
    "certificates.v1.CertificateSigningRequestSpec.groups",
    "certificates.v1.CertificateSigningRequestSpec.uid",
    "certificates.v1.CertificateSigningRequestSpec.username",
}


class Types:
    """The kinds of objects that can be written, and every type that is reachable from them."""

    def __init__(self, openapi):
        self._definitions = openapi["definitions"]
        self.kinds = dict(sorted(self._kinds(openapi["paths"])))
        self.whole = {type for _, type in self.kinds.values()}  # types of whole objects
        self.fields = {}
        waiting = list(self.whole)
        while waiting:
            type = waiting.pop()
            if type not in self.fields:
                self.fields[type] = self._fields(type)
                waiting += [target(form) for form in self.fields[type].values() if "." in form]

    def _kinds(self, paths):
        """Kinds whose objects can be replaced at a path of their own: no lists, reviews and parts of other objects."""
        for path, methods in paths.items():
            if path.endswith("/{name}") and "put" in methods:
                kind = methods["put"]["x-kubernetes-group-version-kind"]
                version = "/".join(filter(None, (kind["group"], kind["version"])))
                scope = "namespaced" if "/{namespace}/" in path else "cluster"
                body = next(parameter for parameter in methods["put"]["parameters"] if parameter["in"] == "body")
                yield (version, kind["kind"]), (scope, short(definition(body["schema"])))

    def properties(self, type):
        """Every field of a type, with its schema."""
        name = next(family + type for family in FAMILIES if family + type in self._definitions)
        return self._definitions[name].get("properties", {})

    def _fields(self, type):
        forms = {field: self._form(schema) for field, schema in self.properties(type).items()}
        return {field: form for field, form in sorted(forms.items()) if form and not self.is_status(type, field)}

    def zeros(self, type):
        """The zero value of every field of a type that is a plain value."""
        plain = {field: schema["type"] for field, schema in self.properties(type).items() if schema.get("type") in ZEROS}
        return {field: ZEROS[name] for field, name in plain.items() if not self.is_status(type, field)}

    def inside(self, type, written):
        """Every object in an object, itself among them, with its type."""
        yield type, written
        for field, form in self.fields[type].items():
            if field in written and target(form) in self.fields:
                value = written[field]
                for item in value.values() if form.startswith("{}") else value if form.startswith("[") else [value]:
                    yield from self.inside(target(form), item)

    def is_status(self, type, field):
        """Whether the field is the server's, which nobody writes."""
        return type in self.whole and field == "status"

    def _form(self, schema):
        if schema.get("type") == "array":
            return self._list(schema)
        if "additionalProperties" in schema:
            return f"{{}}{self._form(schema['additionalProperties']) or 'scalar'}"
        if "$ref" not in schema:
            return None
        name = SCHEMA if definition(schema) in SCHEMA_OR else definition(schema)
        return short(name) if name in SCALARS or self._definitions[name].get("properties") else None

    def _list(self, schema):
        """Server-side apply goes by the list type, the older patch of client-side apply by the strategy.

        A list is matched by keys when either does so; by the keys of server-side apply when they are not the same,
        for the older patch knows only one and so takes different items for the same.
        """
        merged = "merge" in schema.get("x-kubernetes-patch-strategy", "").split(",")
        key = [schema["x-kubernetes-patch-merge-key"]] if merged and "x-kubernetes-patch-merge-key" in schema else []
        item = self._form(schema["items"])
        if item:
            return f"[{','.join(schema.get('x-kubernetes-list-map-keys', key))}]{item}"
        return "<>" if merged or schema.get("x-kubernetes-list-type") == "set" else None

    def lines(self):
        for (version, kind), (scope, type) in self.kinds.items():
            yield f"kind {version} {kind} {scope} {type}"
        for type, fields in sorted(self.fields.items()):
            yield " ".join(["type", type, *(f"{field}={form}" for field, form in fields.items())])


class Defaults:
    """What the server adds to objects, from pairs of an object as it was written and as it is kept."""

    def __init__(self, types, pairs):
        self._types = types
        self._met = {}  # for each type: the kind of the whole object, the fields written, those added
        for written, kept in pairs:
            _, type = types.kinds[written["apiVersion"], written["kind"]]
            self._object(type, written, without_null(kept), written["kind"])

    def _object(self, type, written, kept, kind):
        added = {}
        for field, value in kept.items():
            form = self._types.fields[type].get(field, "")
            if form.startswith("{}") and target(form) not in self._types.fields:
                before = written.get(field) or {}
                added |= {f"{field}.{key}": value[key] for key in value.keys() - before.keys()}
            elif field not in written:
                added[field] = value
            elif target(form) in self._types.fields:
                if form.startswith("[") and len(value) > len(written[field]):
                    added[f"{field}[]"] = value[len(written[field]) :]
                for before, after in inside(form, written[field], value):
                    self._object(target(form), before, after, kind)
        added = {field: value for field, value in added.items() if not self._is_computed(type, field)}
        self._met.setdefault(type, []).append((kind, written.keys(), added))

    def _is_computed(self, type, field):
        return f"{type}.{field}" in COMPUTED or self._types.is_status(type, field)

    def _values(self):
        """For every field that was ever added, the values seen where it was not written, and in which kinds each."""
        for type, met in sorted(self._met.items()):
            for field in sorted({field for _, _, added in met for field in added}):
                values = {}
                for kind, written, added in met:
                    if field not in written:
                        value = compact(added[field]) if field in added else "absent"
                        values.setdefault(value, set()).add(kind)
                yield type, field, values

    def lines(self):
        """A default is what is always added, and always the same; what depends on something is told in comments."""
        constant = []
        for type, field, values in self._values():
            if len(values) == 1:
                constant.append(f"{type} {field}={next(iter(values))}")
            else:
                yield f"# depends: {type}.{field}: {' | '.join(seen(values))}"
        for type in sorted(self._types.fields.keys() - self._met.keys()):
            yield f"# not asked: {type}"
        yield from constant


class Zeros:
    """What the server makes of zero values, asked before the objects are there: what it allots then is forgotten."""

    def __init__(self, cluster, types):
        self._cluster = cluster
        self._types = types
        self._records = set()  # kinds whose record, which is the same for all of a kind, was asked about
        self.answers = []  # of each question: the type, the field, its zero value, and whether the same was kept

    def ask(self, written):
        """Asks about every field that is absent: one at a time, but wherever an object of its type stands."""
        _, type = self._types.kinds[written["apiVersion"], written["kind"]]
        expected, allotted = self._kept(written), set()
        fail_if([] if expected else [f"{written['kind']}: cannot be made for a trial"], "reason to stop")
        for place, field, zero in self._questions(type, written):
            kept = self._kept(self._with_zero(type, written, place, field, zero))
            if kept and differing(expected, kept) - allotted:
                allotted |= differing(expected, self._kept(written))  # by chance, or by the clock
            is_same = kept is not None and not differing(expected, kept) - allotted
            self.answers.append((place, field, zero, is_same))

    def _questions(self, type, written):
        questions = {}
        for place, item in self._types.inside(type, written):
            if place != RECORD or written["kind"] not in self._records:
                for field, zero in self._types.zeros(place).items():
                    if field not in item:
                        questions[place, field] = zero
        self._records.add(written["kind"])
        return [(place, field, zero) for (place, field), zero in questions.items()]

    def _with_zero(self, type, written, place, field, zero):
        planted = copy.deepcopy(written)
        for other, item in list(self._types.inside(type, planted)):
            if other == place:
                item.setdefault(field, zero)
        return planted

    def _kept(self, resource):
        """The object as it would be kept; nothing when it is refused."""
        try:
            answer = self._cluster.apply(resource, dryRun="All")
        except requests.ConnectionError:
            return None  # the server's handler has panicked
        if not answer.ok:
            return None
        kept = answer.json()
        for field in ALLOTTED:
            kept["metadata"].pop(field, None)
        return kept


def zero_lines(answers):
    """The fields whose zero value made no difference anywhere."""
    same = {}
    for type, field, zero, is_same in answers:
        same.setdefault(f"{type} {field}={compact(zero)}", set()).add(is_same)
    return sorted(line for line, outcomes in same.items() if outcomes == {True})


def leaves(value, path=()):
    """Every plain value, and every empty mapping or list, with its path."""
    if not isinstance(value, (dict, list)) or not value:
        yield path, value
    else:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))


def differing(one, other):
    """The paths at which two objects differ."""
    if one == other:
        return set()
    one, other = dict(leaves(one)), dict(leaves(other))
    return {path for path in one.keys() | other.keys() if one.get(path, GONE) != other.get(path, GONE)}


def seen(values):
    """Each value of a field, and in which kinds it was seen when it was not seen in all of them."""
    for value, kinds in sorted(values.items()):
        where = ", ".join(sorted(kinds)) if len(kinds) <= FEW else f"{len(kinds)} kinds"
        yield value if all(kinds == others for others in values.values()) else f"{value} ({where})"


def definition(schema):
    return schema["$ref"].removeprefix("#/definitions/")


def short(name):
    """The name of a definition without what all of its family share."""
    return SCALARS.get(name) or name.removeprefix(next(family for family in FAMILIES if name.startswith(family)))


def target(form):
    """The type that a form refers to."""
    return form[form.rfind("]") + 1 :].removeprefix("{}")


def inside(form, written, kept):
    """The objects in a field, each as it was written and as it is kept; the server keeps the order of lists."""
    if form.startswith("{}"):
        return [(written[key], kept[key]) for key in written]
    return zip(written, kept, strict=False) if form.startswith("[") else [(written, kept)]


def without_null(value):
    """A null says the same as nothing."""
    if isinstance(value, dict):
        return {key: without_null(item) for key, item in value.items() if item is not None}
    return [without_null(item) for item in value] if isinstance(value, list) else value


def compact(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def described(cluster):
    """What the tables are made of: the API's description, the server's version, objects as written and as kept, and
    what it makes of zero values in them.
    """
    files = sorted(OBJECTS.glob("*.yaml"))
    objects = [object for file in files for object in yaml.load_all(file.read_bytes(), yaml.CSafeLoader)]
    first = ("Namespace", "ServiceAccount")  # what the others need
    objects.sort(key=lambda object: first.index(object["kind"]) if object["kind"] in first else len(first))
    openapi = cluster.get("/openapi/v2")  # before a definition among the objects adds a kind
    zeros, pairs, refused = Zeros(cluster, Types(openapi)), [], []
    for object in objects:
        zeros.ask(object)
        answer = cluster.apply(object)
        pairs.append((object, answer.json()))
        refused += [] if answer.ok else [complaint(answer)]
    fail_if(refused, "objects are refused")
    return openapi, cluster.get("/version")["gitVersion"], pairs, zeros.answers


def tables(openapi, version, pairs, answers):
    """The lines of each table, by the file that keeps it."""
    types = Types(openapi)
    defaults = Defaults(types, pairs)
    end = f"of Kubernetes {version}, by `AHUORA_WRITE=1 tests/real/run tables`; tests/real/tables.py explains lines."
    return {
        KEPT / "kubernetes.types": [f"# The kinds and types {end}", *types.lines()],
        KEPT / "kubernetes.defaults": [f"# The defaults {end}", *defaults.lines()],
        KEPT / "kubernetes.zeros": [f"# Zero values that say nothing, {end}", *zero_lines(answers)],
    }


def differences(kept, derived):
    """The lines that only one of two tables has, in order."""
    gone, new = set(kept) - set(derived), set(derived) - set(kept)
    lines = [f"- {line}" for line in gone] + [f"+ {line}" for line in new]
    return sorted(lines, key=lambda line: line[2:]) or ([] if kept == derived else ["the order of the lines"])
