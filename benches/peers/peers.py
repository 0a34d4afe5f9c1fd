"""What each peer is given: the same resources in the form its users write, in a temporary folder.

The form comes from one extra environment, `PROBE`, whose name, namespace and domain occur nowhere
else: wherever one of them stands in a string of its resources, the peer has a parameter there.
"""

import json
import os
import re

import yaml

import resources

PROBE = {"name": "qqnameqq", "namespace": "qqnamespaceqq", "domain": "qqdomainqq.example"}
PARAMETER = re.compile(r"qq([a-z]+[0-9]*)qq(?:\.example)?")


def fill(value, environment):
    """What the probe's resources, or a part of them, are in an environment."""
    if isinstance(value, dict):
        return {fill(key, environment): fill(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, environment) for item in value]
    return substitute(value, lambda name: environment[name]) if isinstance(value, str) else value


def substitute(text, parameter):
    return PARAMETER.sub(lambda match: parameter(match.group(1)), text)


def write(folder, files):
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


class Dumper(yaml.CSafeDumper):
    """Text of several lines as a block, as a person writes it."""

    def ignore_aliases(self, data):
        return True


Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar(
    "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))


def dump(value):
    return yaml.dump(value, Dumper=Dumper, sort_keys=False, width=10**6, allow_unicode=True)


# --- helm: a chart with one template for each resource, ranging over the environments ---------------


def helm(folder, tools, template, environments):
    files = {"Chart.yaml": dump({"apiVersion": "v2", "name": "platform", "version": "1.0.0"}),
             "values.yaml": dump({"environments": environments})}
    for number, resource in enumerate(template):
        text = substitute(dump(resource).replace("{{", '{{ "{{" }}'), lambda name: f"{{{{ .{name} }}}}")
        files[f"templates/{number:03}-{resource['kind'].lower()}.yaml"] = (
            f"{{{{- range .Values.environments }}}}\n---\n{text}{{{{- end }}}}\n")
    write(folder, files)
    return [tools["layer"] / "helm", "template", "platform", folder]


# --- kustomize: production is the base, any other environment an overlay of patches; one process for
# each, a core for each process, each to a file of its own (one process for all takes twice as long)


def kustomize(folder, tools, template, environments):
    production, *others = environments
    names = [f"{number:03}-{resource['kind'].lower()}.yaml" for number, resource in enumerate(template)]
    files = {f"base/{name}": dump(fill(resource, production)) for name, resource in zip(names, template)}
    files["base/kustomization.yaml"] = dump({"resources": names})
    patches = kustomize_patches(template)
    for environment in others:
        files[f"overlays/{environment['name']}/kustomization.yaml"] = dump({
            "namespace": environment["namespace"],
            "resources": ["../../base"],
            "patches": [{"target": fill(target, production), "patch": json.dumps(fill(operations, environment))}
                        for target, operations in patches]})
    write(folder, files)
    script = (f"find . -name kustomization.yaml -printf '%h\\n' | "
              f"xargs -P {os.cpu_count()} -I DIR '{tools['layer']}/kubectl' kustomize DIR --output DIR/built.yaml")
    return ["sh", "-c", f"cd '{folder}' && {script}"]


def kustomize_patches(template):
    """Few patches, each for as many resources as it fits: what `namespace:` does is left to it."""
    places = {}
    for resource in template:
        for path, text in resources.strings(resource):
            namespaces = [("metadata", "namespace"), *([("metadata", "name")] if resource["kind"] == "Namespace" else [])]
            if PARAMETER.search(text) and path not in namespaces:
                pointer = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
                places.setdefault((pointer, text), []).append(resource)
    patches = {}
    for (pointer, text), those in places.items():
        for target in kustomize_targets(those, template):
            operation = {"op": "replace", "path": pointer, "value": text}
            patches.setdefault(json.dumps(target), []).append(operation)
    return [(json.loads(target), operations) for target, operations in patches.items()]


def kustomize_targets(those, template):
    """Patterns of kinds and names that match those resources of the template and no other."""
    if len(those) == len(template):
        return [{"kind": ".*"}]
    kinds = {}
    for resource in those:
        kinds.setdefault(resource["kind"], []).append(resource["metadata"]["name"])
    targets = {}
    for kind, names in kinds.items():
        every = all(resource["metadata"]["name"] in names for resource in template if resource["kind"] == kind)
        targets.setdefault(".*" if every else "|".join(names), []).append(kind)
    return [{"kind": "|".join(kinds), "name": names} for names, kinds in targets.items()]


# --- jrsonnet: a function of the environment, written out as a stream of YAML documents --------------


def jrsonnet(folder, tools, template, environments):
    text = code(template, lambda name: f'" + e.{name} + "')
    write(folder, {"environments.json": json.dumps(environments),
                   "main.jsonnet": f"local resources(e) = {text};\n"
                                   "std.flatMap(resources, import 'environments.json')\n"})
    return [tools["jrsonnet"] / "bin/jrsonnet", "--yaml-stream", folder / "main.jsonnet"]


# --- cdk8s: plain JavaScript, one Chart for each environment, one ApiObject for each resource --------


def cdk8s(folder, tools, template, environments):
    text = code(template, lambda name: f'" + e.{name} + "')
    write(folder, {"environments.json": json.dumps(environments), "main.js": f"""\
const {{ App, Chart, ApiObject }} = require('cdk8s');
const resources = e => ({text});
const app = new App();
for (const e of require('./environments.json')) {{
  const chart = new Chart(app, e.name);
  resources(e).forEach((resource, index) => new ApiObject(chart, String(index), resource));
}}
process.stdout.write(app.synthYaml());
"""})
    (folder / "node_modules").symlink_to(tools["cdk8s"] / "node_modules")
    return ["node", folder / "main.js"]


def code(template, parameter):
    """Data as an expression that both Jsonnet and JavaScript read: JSON with concatenations in it."""
    text = substitute(json.dumps(template, indent=2), parameter)
    return re.sub(r'(?<!\\)"" \+ | \+ ""', "", text)


PEERS = {"helm template": helm, "kubectl kustomize": kustomize, "jrsonnet": jrsonnet, "cdk8s": cdk8s}


def output(name, folder):
    """How to read what a peer made, where that is not its standard output."""
    return (lambda: resources.read(folder.rglob("built.yaml"))) if name == "kubectl kustomize" else None
