"""Solving a flowsheet: read from Postgres, everything must be specified, ask the solver, keep what it found."""

import http.client
import json
import urllib.parse

from django.conf import settings
from django.db import transaction

from .models import Calculation, Flowsheet, Property
from .rest import Refused

PATIENCE = 120  # seconds for the solver


def unspecified(flowsheet, units, streams):
    """What is missing or wrong, in words."""
    if not flowsheet.compounds.exists():
        yield "the flowsheet has no compounds"
    if not flowsheet.property_packages.exists():
        yield "the flowsheet has no property package"
    if not units:
        yield "the flowsheet has no unit operation"
    for unit in units:
        yield from (f"{unit.component_name}: {port.key} has no stream" for port in unit.ports.all() if port.stream_id is None)
    for row in [*units, *streams]:
        yield from (f"{row.component_name}: {one.key} is not set" for one in row.properties.all() if one.editable and one.value is None)
    for stream in streams:
        amounts = [one.value for one in stream.properties.all() if one.compound_id and one.editable]
        if amounts and None not in amounts and abs(sum(amounts) - 1) > 1e-6:
            yield f"{stream.component_name}: the composition adds up to {sum(amounts):g}, not to 1"


def values(row):
    return {one.key: one.value for one in row.properties.all() if one.compound_id is None}


def asked(units):
    """What the solver is asked."""
    return [
        {"id": unit.pk, "class": unit.object_class, **values(unit), **{port.key: values(port.stream) for port in unit.ports.all()}}
        for unit in units
    ]


def answer(question):
    """What the solver says."""
    where = urllib.parse.urlsplit(settings.IDAES_URL)
    solver = http.client.HTTPConnection(where.hostname, where.port, timeout=PATIENCE)
    try:
        solver.request("POST", "/solve", json.dumps(question), {"Content-Type": "application/json"})
        response = solver.getresponse()
        said = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise Refused(503, {"status": "error", "message": f"the solver does not answer: {error!r}"}) from error
    finally:
        solver.close()
    if response.status != 200:
        raise Refused(422, {"status": "error", "message": said.decode(errors="replace")})
    return json.loads(said)


def keep(flowsheet, units, found):
    """Writes what was calculated; nothing when the flowsheet is gone meanwhile."""
    results = {one["id"]: one for one in found}
    with transaction.atomic():
        if not Flowsheet.objects.select_for_update().filter(pk=flowsheet.pk).exists():
            raise Refused(404, {"detail": "No Flowsheet matches the given query."})
        changed = []
        for unit in units:
            result = results[unit.pk]
            rows = [(unit, result)] + [(port.stream, result["outlet"]) for port in unit.ports.all() if port.key == "outlet"]
            for row, calculated in rows:
                for one in row.properties.all():
                    if not one.editable and one.key in calculated:
                        one.value = calculated[one.key]
                        changed.append(one)
        Property.objects.bulk_update(changed, ["value"])
        Calculation.objects.create(flowsheet_number=flowsheet.pk)


def solve(flowsheet):
    """Solves it; gives what is answered."""
    deep = ("properties", "ports__stream__properties")
    units = list(flowsheet.objects_of.order_by("pk").prefetch_related(*deep))
    streams = list(flowsheet.streams.order_by("pk").prefetch_related("properties"))
    if problems := list(unspecified(flowsheet, units, streams)):
        raise Refused(400, {"status": "error", "message": "the flowsheet is not fully specified", "problems": problems})
    keep(flowsheet, units, answer(asked(units)))
    return {"status": "success", "flowsheet_id": flowsheet.pk}
