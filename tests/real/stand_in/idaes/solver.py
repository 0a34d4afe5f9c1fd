"""The solver in idaes' place: it calculates pumps, and takes as long for each flowsheet as SOLVER_SECONDS says.

It works on as many at once as it has threads; the others wait.
"""

import json
import math
import os
import time

SECONDS = float(os.environ["SOLVER_SECONDS"])
MOLAR_VOLUME = 1.8e-5  # m3/mol of liquid water


def pump(one):
    """Outlet and power of a pump for a liquid that cannot be compressed."""
    if one["class"] != "Pump" or not 0 < one["efficiency_pump"] <= 1:
        raise ValueError(f"{one['id']}: no such pump")
    inlet, pressure = one["inlet"], one["outlet"]["pressure"]
    rise = (pressure - inlet["pressure"]) * 1000
    work = inlet["flow_mol"] * MOLAR_VOLUME * rise / one["efficiency_pump"]
    if not math.isfinite(work):
        raise ValueError(f"{one['id']}: no solution")
    return {"id": one["id"], "work_mechanical": work, "outlet": {**inlet, "pressure": pressure}}


def application(environ, start_response):
    """WSGI: the pumps of a flowsheet as a JSON list, to the same with their results."""
    try:
        said = json.loads(environ["wsgi.input"].read())
        time.sleep(SECONDS)
        status, found = "200 OK", [pump(one) for one in said]
    except (ValueError, KeyError, TypeError) as error:
        status, found = "400 Bad Request", str(error)
    content = json.dumps(found).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]
