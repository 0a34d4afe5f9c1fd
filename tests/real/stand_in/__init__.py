"""The platform's API for tests: Django by Granian, Postgres behind PgBouncer, and a solver, on loopback ports of their own.

    platform = StandIn(solver=0.05)       # starts it all in a few seconds; it ends with the part
    front = Front(platform.port)          # what stands before it, and does wrong what it is told
    front.wrong("redirect", every=3)
    platform.flowsheets()                 # what the database holds
"""

import collections
import functools
import itertools
import json
import os
import pathlib
import sys

from postgres import PASSWORD, USER, Pool, Postgres, as_user, container, generated
from real import must
from servers import LOGS, free_port, listens, start

from stand_in.front import Front

__all__ = ["Front", "StandIn"]

HERE = pathlib.Path(__file__).parent
LINE = '{"method": "%(method)s", "path": "%(path)s", "query": "%(query_string)s", "status": %(status)d}'
_numbers = itertools.count(1)


@functools.cache
def server():
    """The one Postgres of the part; its first database has tables and what every platform has, and is copied."""
    postgres = Postgres()
    where = variables(postgres.port, postgres.database, "http://127.0.0.1:9")
    must(sys.executable, str(HERE / "api/prepare.py"), env=os.environ | where | {"PYTHONPATH": str(HERE / "api")})
    return postgres


def variables(port, database, idaes):
    """Values for the variables of the generated django-api."""
    given = {
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_NAME": database,
        "DATABASE_PASSWORD": PASSWORD,
        "DATABASE_PORT": str(port),
        "DATABASE_USER": USER,
        "DJANGO_MODE": "production",
        "DJANGO_SECRET_KEY": "0123456789" * 5,
        "IDAES_URL": idaes,
    }
    names = [variable["name"] for variable in container(generated("django-api/deployment.yaml"))["env"]]
    assert sorted(given) == sorted(names), f"django-api has the variables {names}"
    return given


def granian(name, folder, arguments, port, **environment):
    """Granian with generated arguments, but on a port of its own."""
    ours = {"--host": "127.0.0.1", "--port": str(port)}
    words = [ours.get(before, word) for before, word in zip(["", *arguments], arguments, strict=False)]
    everything = os.environ | {"PYTHONPATH": str(folder)} | environment
    command = [*as_user(), "granian", *words]
    return start(name, *command, env=everything, cwd=folder, ready=lambda: listens(port))


class StandIn:
    """One platform, with a database of its own."""

    def __init__(self, solver=0.05, workers=4):
        """`solver` is how many seconds it takes for a flowsheet, `workers` how many it solves at once."""
        number = next(_numbers)
        self.postgres, self.database, self.name = server(), f"platform_{number}", f"django-api-{number}"
        self.postgres.create(self.database, self.postgres.database)
        self.pool = Pool(self.postgres, self.database)
        self.port, idaes = free_port(), free_port()
        arguments = container(generated("django-api/deployment.yaml"))["args"]
        solving = [word.replace("core.wsgi", "solver") for word in arguments]
        granian(f"idaes-{number}", HERE / "idaes", solving, idaes, SOLVER_SECONDS=str(solver), GRANIAN_BLOCKING_THREADS=str(workers))
        where = variables(self.pool.port, self.database, f"http://127.0.0.1:{idaes}")
        log = {"GRANIAN_LOG_ACCESS_ENABLED": "true", "GRANIAN_LOG_ACCESS_FMT": LINE}
        self.process = granian(self.name, HERE / "api", arguments, self.port, **where, **log)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, question, *values):
        """The rows of a query of its database."""
        with self.postgres.connect(self.database) as connection:
            return connection.execute(question, values).fetchall()

    def flowsheets(self):
        """Names of the flowsheets that there are."""
        return [name for (name,) in self.ask("SELECT name FROM flowsheets_flowsheet ORDER BY id")]

    def rows(self):
        """How many rows there are that belong to flowsheets, by table: none, when all were removed."""
        tables = ["flowsheet", "flowsheetcompound", "simulationobject", "port", "stream", "property"]
        return {table: count for table in tables for ((count,),) in [self.ask(f"SELECT count(*) FROM flowsheets_{table}")] if count}

    def solved(self):
        """How many calculations there were, ever, by flowsheet."""
        return dict(self.ask("SELECT flowsheet_number, count(*) FROM flowsheets_calculation GROUP BY 1"))

    def access(self):
        """What Granian answered: method, path, query and status of each request, in their order."""
        lines = (LOGS / f"{self.name}.log").read_text(errors="replace").splitlines()
        answers = [json.loads(line) for line in lines if line.startswith('{"method"')]
        return [(one["method"], one["path"], one["query"], one["status"]) for one in answers]

    def counted(self):
        """How often each method, path, query and status was answered."""
        return collections.Counter(self.access())
