"""Runs workflows as GitHub's runner does: expressions, environment, scripts by bash, outputs. What a step `uses` is played by
a function, unless it is an action of this repository: that runs, too."""

import os
import pathlib
import re

import yaml

from real import run

TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(&&|\|\||==|!=|!|[(),])|([A-Za-z_][\w.-]*))")
FUNCTIONS = {
    "contains": lambda text, part: part in text,
    "startsWith": lambda text, part: text.startswith(part),
}


def load(file):
    """A workflow or an action. The key `on` stays a word."""
    return yaml.load(pathlib.Path(file).read_bytes(), yaml.CBaseLoader)


def look(context, path):
    """What a path such as `steps.cut.outputs.tag` leads to; nothing, as on GitHub, when something of it is not there."""
    for key in path.split("."):
        context = context.get(key, "") if isinstance(context, dict) else ""
    return context


def value(expression, context):
    """The value of an expression without its braces."""
    words, at = [], 0
    while at < len(expression.rstrip()):
        found = TOKEN.match(expression, at)
        assert found, f"cannot read the expression {expression}"
        text, sign, name = found.groups()
        if text:
            words.append(repr(text[1:-1].replace("''", "'")))
        elif sign:
            words.append({"&&": " and ", "||": " or ", "!": " not "}.get(sign, sign))
        elif name in FUNCTIONS:
            words.append(name)
        else:
            words.append(f"look({name!r})")
        at = found.end()
    return eval("".join(words), {**FUNCTIONS, "look": lambda path: look(context, path)})


def filled(node, context):
    """A text, or all texts of a mapping, with the values of its expressions."""
    if isinstance(node, dict):
        return {key: filled(child, context) for key, child in node.items()}
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(value(found[1], context)), node)


def holds(condition, context):
    return condition is None or bool(value(condition.removeprefix("${{").removesuffix("}}"), context))


def outputs_of(file):
    """What a step wrote into the file of GITHUB_OUTPUT."""
    found, lines = {}, file.read_text().split("\n")
    while lines:
        line = lines.pop(0)
        name, more, end = line.partition("<<")
        if more and "=" not in name:
            stop = lines.index(end)
            found[name] = "\n".join(lines[:stop])
            del lines[: stop + 1]
        elif line:
            name, equals, text = line.partition("=")
            assert equals, f"an output without a value: {line}"
            found[name] = text
    return found


class Runner:
    """A machine that runs jobs: its folder, what the surroundings hold, and the functions that play actions."""

    def __init__(self, folder, uses, path, root=".", **variables):
        self.folder, self.uses, self.path = folder, uses, path
        self.root = pathlib.Path(root).resolve()
        self.variables = variables
        self.said, self.count = "", 0
        folder.mkdir(parents=True)

    def script(self, step, context, workspace, **more):
        """Runs a step's script: whether it succeeded, and its outputs."""
        self.count += 1
        scratch = self.folder / f"step-{self.count}"
        scratch.mkdir()
        for name in ("output", "path", "summary"):
            (scratch / name).touch()
        (scratch / "script").write_text(step["run"])
        environment = {
            "PATH": f"{self.path}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_OUTPUT": str(scratch / "output"),
            "GITHUB_PATH": str(scratch / "path"),
            "GITHUB_STEP_SUMMARY": str(scratch / "summary"),
            **self.variables,
            **more,
            **filled(step.get("env", {}), context),
        }
        (self.folder / "temp").mkdir(exist_ok=True)
        where = workspace / filled(step.get("working-directory", "."), context)
        assert "${{" not in step["run"], f"{step['name']}: an expression in a script"
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(scratch / "script")]
        status, said = run(*command, cwd=where, env=environment)
        self.said += f"== {step['name']}\n{said}{(scratch / 'summary').read_text()}"
        return status == 0, outputs_of(scratch / "output")

    def step(self, step, context, workspace):
        if "run" in step:
            return self.script(step, context, workspace)
        name, given = step["uses"], filled(step.get("with", {}), context)
        action = next((played for prefix, played in self.uses.items() if name.startswith(prefix)), None)
        if action is not None:
            return action(given, workspace)
        root = {"$/": self.root, "./": workspace}[name[:2]]
        return self.action(root / name[2:], given, context, workspace)

    def action(self, folder, given, context, workspace):
        """Runs a composite action: whether it succeeded, and its outputs."""
        action = load(folder / "action.yml")
        known = {name: given.get(name, filled(spec.get("default", ""), context)) for name, spec in action.get("inputs", {}).items()}
        assert given.keys() <= known.keys(), f"{folder} has no input {given.keys() - known.keys()}"
        context = {**context, "inputs": known, "steps": {}}
        for step in action["runs"]["steps"]:
            if "run" in step:
                done, found = self.script(step, context, workspace, GITHUB_ACTION_PATH=str(folder))
            else:
                done, found = self.step(step, context, workspace)
            context["steps"][step.get("id", "")] = {"outputs": found}
            if not done:
                return False, {}
        return True, {name: filled(spec["value"], context) for name, spec in action.get("outputs", {}).items()}

    def job(self, job, context, name):
        """Runs a job: its result and its outputs."""
        if not holds(job.get("if"), context):
            return {"result": "skipped", "outputs": {}}
        workspace = self.folder / f"{name}-{self.count}"
        workspace.mkdir()
        context = {**context, "steps": {}}
        for step in job["steps"]:
            if not holds(step.get("if"), context):
                continue
            done, found = self.step(step, context, workspace)
            context["steps"][step.get("id", "")] = {"outputs": found}
            if not done:
                return {"result": "failure", "outputs": {}}
        return {"result": "success", "outputs": filled(job.get("outputs", {}), context)}

    def workflow(self, file, context, known=None):
        """Runs every job, one after the other; `known` are results of an earlier attempt, which are kept."""
        results = dict(known or {})
        for name, job in load(file)["jobs"].items():
            needs = job.get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            if name in results:
                continue
            if any(results[need]["result"] != "success" for need in needs):
                results[name] = {"result": "skipped", "outputs": {}}
                continue
            inner = {**context, "needs": {need: results[need] for need in needs}}
            runs = [{**inner, "matrix": {key: one}} for key, many in job.get("strategy", {}).get("matrix", {}).items() for one in many]
            done = [self.job(job, one, name) for one in runs or [inner]]
            results[name] = next((one for one in done if one["result"] != "success"), done[-1])
        return results
