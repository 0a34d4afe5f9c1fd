"""Postgres and PgBouncer by the generated manifests, as plain processes of this machine on loopback ports of their own.

Whole pods of them, with their own networks and files, are what `pods.py` starts; that takes root. This does not.
"""

import os
import pathlib
import pwd
import re
import shlex

import psycopg
import yaml
from real import MANIFESTS, WORK, not_run, run
from servers import free_port, listens, start

ENTRYPOINT = pathlib.Path(__file__).parent / "images/postgres/docker-entrypoint.sh"
USER, PASSWORD = "ahuora", "pa ss\"'\\word é"
# Nothing of a test's data has to outlive the machine.
HASTY = [word for setting in ["fsync=off", "full_page_writes=off", "synchronous_commit=off"] for word in ("-c", setting)]


def generated(path):
    """A resource of the production environment."""
    return yaml.safe_load((MANIFESTS / "production" / path).read_bytes())


def container(workload):
    (only,) = workload["spec"]["template"]["spec"]["containers"]
    return only


def as_user(end="TERM"):
    """The start of a command that is not run as root, which Postgres and PgBouncer refuse, and that ends with the part."""
    with_part = ["setpriv", f"--pdeathsig={end}", "--"]
    if os.geteuid():
        return with_part
    # The same user, but by another name: files stay accessible, which another user could not enter.
    nobody = pwd.getpwnam("nobody")
    renamed = ["unshare", "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}"]
    if run(*renamed, "true")[0]:
        not_run("root has no user namespaces here, and Postgres does not run as root")
    return [*renamed, "--", *with_part]


class Postgres:
    """One server with as many databases as are asked for."""

    def __init__(self):
        self.port, self.folder = free_port(), WORK / "postgres"
        self.folder.mkdir()
        spec = container(generated("postgres/statefulset.yaml"))
        given = {variable["name"]: variable["value"] for variable in spec["env"] if "value" in variable}
        self.database = given["POSTGRES_DB"]
        environment = os.environ | given | {
            "PGDATA": str(self.folder / "data"), "PGHOST": str(self.folder), "LANG": "C.UTF-8",
            "POSTGRES_USER": USER, "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_INITDB_ARGS": f"{given['POSTGRES_INITDB_ARGS']} --no-sync",
        }  # fmt: skip
        place = [f"unix_socket_directories={self.folder}", "listen_addresses=127.0.0.1", f"port={self.port}"]
        arguments = [*spec["args"], *HASTY, *(word for setting in place for word in ("-c", setting))]
        self.process = start(
            "postgres", *as_user("INT"), ENTRYPOINT, *arguments, env=environment, ready=lambda: self.port and listens(self.port)
        )

    def connect(self, database=None, **options):
        """A connection to it, past any pool."""
        where = {"host": "127.0.0.1", "port": self.port, "dbname": database or self.database, "user": USER, "password": PASSWORD}
        return psycopg.connect(**where, autocommit=True, **options)

    def create(self, database, template):
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')


class Pool:
    """The generated PgBouncer in front of one database of a server."""

    def __init__(self, postgres, database):
        self.port, folder = free_port(), WORK / f"pgbouncer-{database}"
        folder.mkdir()
        (settings,) = generated("pgbouncer/configmap.yaml")["data"].values()
        place = {
            r"^\S+ = host=.*$": f"{database} = host=127.0.0.1 port={postgres.port} dbname={database}",
            r"^listen_addr = .*$": "listen_addr = 127.0.0.1",
            r"^listen_port = .*$": f"listen_port = {self.port}",
        }
        for line, ours in place.items():
            settings, found = re.subn(line, ours, settings, flags=re.MULTILINE)
            assert found == 1, f"pgbouncer.ini has {found} lines {line}"
        folders = {"/run/pgbouncer": folder, "/etc/pgbouncer": folder}
        command = container(generated("pgbouncer/deployment.yaml"))["command"]
        for theirs, ours in folders.items():
            settings = settings.replace(theirs, str(ours))
            command = [word.replace(theirs, shlex.quote(str(ours))) for word in command]
        (folder / "pgbouncer.ini").write_text(settings)
        environment = os.environ | {"DATABASE_USER": USER, "DATABASE_PASSWORD": PASSWORD}
        self.process = start(
            f"pgbouncer-{database}", *as_user("QUIT"), *command, env=environment, ready=lambda: listens(self.port)
        )
