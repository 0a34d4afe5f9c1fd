"""The platform in any number of environments: as its configuration file, and as its resources."""

import peers
import resources
from row import run


class Workload:
    """What is committed, and the resources of the probe, from which every environment's are known."""

    def __init__(self, repo, name, generate, folder):
        self.name, self.command = name, generate
        self.configuration, = resources.read([repo / "platform.yaml"])
        self.committed = resources.read((repo / "manifests" / name).rglob("*.yaml"))
        run(self.generate(folder, [peers.PROBE]))
        self.template = made(folder, peers.PROBE)
        self.derived = self.derive()

    def generate(self, folder, others):
        """The command that generates the environment and others in a folder, whose nodes hold them all."""
        environments, cluster = self.configuration["environments"], self.configuration["cluster"]
        fields = environments[self.name]
        more = {other["name"]: fields | {"namespace": other["namespace"], "domain": other["domain"]} for other in others}
        nodes = [node | {"cpu": 1000, "memory": "100Ti"} for node in cluster["nodes"]]
        configuration = self.configuration | {"environments": environments | more, "cluster": cluster | {"nodes": nodes, "maxPods": 20000}}
        peers.write(folder, {"platform.yaml": peers.dump(configuration)})
        return [*self.command, folder]

    def derive(self):
        """Strings that follow from an environment in a way of their own, such as the digest of a file:
        each becomes one more parameter. Answers where each stands."""
        environment, = self.environments(1)
        committed, found = resources.by_identity(self.committed), {}
        for resource in self.template:
            real = committed[identity(resource, environment)]
            for path, text in list(resources.strings(resource)):
                if peers.fill(text, environment) != resources.at(real, path):
                    name = f"derived{len(found)}"
                    resources.at(resource, path[:-1])[path[-1]] = f"qq{name}qq"
                    found[name] = resource, path
        return found

    def environments(self, size):
        """The first is as committed; the others are tenants of the same shape. Their names have no hyphen,
        which would be an underscore in the name of a cookie."""
        fields = self.configuration["environments"][self.name]
        tenants = [{"name": f"tenant{number:03}", "namespace": f"{fields['namespace']}-{number:03}",
                    "domain": f"t{number:03}.{fields['domain']}"} for number in range(2, size + 1)]
        return [{"name": self.name, "namespace": fields["namespace"], "domain": fields["domain"]}, *tenants]

    def with_derived(self, environment, folder):
        """The environment with its derived parameters, from what was made of it in a folder."""
        own = resources.by_identity(made(folder, environment))
        return environment | {name: resources.at(own[identity(resource, environment)], path)
                              for name, (resource, path) in self.derived.items()}

    def expected(self, environments):
        return self.committed + [peers.fill(resource, environment)
                                 for environment in environments[1:] for resource in self.template]


def identity(resource, environment):
    return tuple(peers.fill(part, environment) for part in resources.identity(resource))


def made(folder, *environments):
    """What `ahuora` made of environments in a folder."""
    return resources.read(path for environment in environments
                          for path in (folder / "manifests" / environment["name"]).rglob("*.yaml"))
