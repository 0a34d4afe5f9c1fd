"""The endpoints: what the platform's API takes and gives, with its paths and the names of its fields."""

from django.db import IntegrityError, transaction
from django.db.models import Prefetch

from . import solving
from .models import PROPERTIES, Compound, Flowsheet, FlowsheetCompound, Port, Property, PropertyPackage, SimulationObject, Stream
from .rest import Refused, api, body, found, invalid, key, keys, number, on, required, text

# Of each class of unit operation: its ports in their order, and what the stream at each is.
PORTS = {"Pump": {"inlet": "Inlet", "outlet": "Outlet"}}


@on("GET")
def status(_request):
    return 200, {"status": "ok"}


def named(row):
    return {"id": row.pk, "name": row.name}


def list_flowsheets(_request):
    return 200, [named(flowsheet) for flowsheet in Flowsheet.objects.order_by("pk")]


def create_flowsheet(request):
    return 201, named(Flowsheet.objects.create(name=text(body(request), "name")))


def delete_flowsheet(_request, number):
    if not found(Flowsheet, number).delete()[0]:
        raise Refused(404, {"detail": "No Flowsheet matches the given query."})
    return 204, None


flowsheets = api(GET=list_flowsheets, POST=create_flowsheet)
flowsheet = api(GET=lambda _request, number: (200, named(found(Flowsheet, number))), DELETE=delete_flowsheet)


@on("GET")
def compounds(_request):
    return 200, [named(row) for row in Compound.objects.order_by("pk")]


@on("GET")
def property_packages(_request):
    return 200, [named(row) for row in PropertyPackage.objects.order_by("pk")]


def owner(said):
    """The flowsheet that a body names."""
    return key(required(said, "flowsheetOwner"), "flowsheetOwner", Flowsheet)


def loaded(said):
    """The flowsheet that a body of many names."""
    return key(required(said, "flowsheet"), "flowsheet", Flowsheet)


@on("POST")
def flowsheet_compounds(request):
    """The flowsheet's compounds are these from now on; its streams are made of them."""
    said = body(request)
    flowsheet, rows = loaded(said), keys(said, "compounds", Compound)
    with transaction.atomic():
        flowsheet.compounds.set(rows)
        for stream in flowsheet.streams.all():
            compose(stream)
    return 200, [{"flowsheet": flowsheet.pk, "compound": row.pk} for row in rows]


@on("POST")
def flowsheet_property_packages(request):
    said = body(request)
    flowsheet, rows = loaded(said), keys(said, "property_packages", PropertyPackage)
    flowsheet.property_packages.set(rows)
    return 200, [{"flowsheet": flowsheet.pk, "propertyPackage": row.pk} for row in rows]


def compose(stream):
    """Gives a stream an amount of each compound of its flowsheet, and keeps those that it has."""
    have = set(stream.properties.filter(compound__isnull=False).values_list("compound_id", flat=True))
    editable = stream.port.key == "inlet"
    Property.objects.bulk_create(
        Property(stream=stream, compound=row, key="mole_frac_comp", unit="", editable=editable)
        for row in FlowsheetCompound.objects.filter(flowsheet=stream.flowsheet).order_by("pk")
        if row.pk not in have
    )


def add_stream(port, name):
    stream = Stream.objects.create(flowsheet=port.simulation_object.flowsheet, component_name=name)
    port.stream = stream
    port.save()
    kind = PORTS[port.simulation_object.object_class][port.key]
    Property.objects.bulk_create(Property(stream=stream, key=key, unit=unit, editable=editable) for key, unit, editable in PROPERTIES[kind])
    compose(stream)
    return stream


@on("POST")
def simulation_objects(request):
    """A unit operation; nothing is connected to its ports."""
    said = body(request)
    kind = text(said, "objectClass") if "objectClass" in said or "pumps" not in request.path else "Pump"
    if kind not in PORTS:
        raise invalid("objectClass", f'"{kind}" is not a valid choice.')
    flowsheet, name, x, y = owner(said), text(said, "componentName"), number(said, "x"), number(said, "y")
    try:
        with transaction.atomic():
            made = SimulationObject.objects.create(flowsheet=flowsheet, object_class=kind, component_name=name, x=x, y=y)
            Property.objects.bulk_create(
                Property(simulation_object=made, key=key, unit=unit, editable=editable) for key, unit, editable in PROPERTIES[kind]
            )
            Port.objects.bulk_create(Port(simulation_object=made, key=port) for port in PORTS[kind])
    except IntegrityError as error:  # the flowsheet was deleted meanwhile
        raise invalid("flowsheetOwner", f'Invalid pk "{flowsheet.pk}" - object does not exist.') from error
    return 201, {**described(made), "flowsheetOwner": flowsheet.pk, "x": x, "y": y}


@on("POST")
def connect_new_stream(request):
    said = body(request)
    named, index = required(said, "unitOp"), required(said, "portIndex")
    if not isinstance(named, dict) or "pk" not in named:
        raise invalid("unitOp", "This field is required.")
    unit = key(named["pk"], "unitOp", SimulationObject)
    ports = list(unit.ports.order_by("pk"))
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(ports):
        raise invalid("portIndex", f'"{index}" is not a valid choice.')
    with transaction.atomic():
        port = Port.objects.select_for_update().get(pk=ports[index].pk)
        if port.stream_id is not None:
            raise invalid("portIndex", "This port is already connected.")
        return 201, {"id": add_stream(port, f"{unit.component_name} {port.key}").pk}


def shown(one):
    access = "editable" if one.editable else "calculated"
    return {"id": one.pk, "propKey": one.key, "value": one.value, "unit": one.unit, "access": access}


def listed(properties):
    return {"ContainedProperties": [shown(one) for one in properties]}


def amount(one):
    """How much of a compound a stream has."""
    compound = {"id": one.compound_id, "compound": one.compound.compound_id}
    return {"id": one.pk, "flowsheetCompound": compound, "compoundAmount": shown(one)}


def described(unit):
    return {
        "simulationObjectId": unit.pk,
        "componentName": unit.component_name,
        "objectClass": unit.object_class,
        "properties": listed(unit.properties.all()),
    }


def owned(request, model):
    """The rows of the flowsheet that the query names."""
    value = request.GET.get("flowsheetOwner")
    if value is None:
        raise invalid("flowsheetOwner", "This field is required.")
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise invalid("flowsheetOwner", "Select a valid choice. That choice is not one of the available choices.")
    if not Flowsheet.objects.filter(pk=value).exists():
        raise invalid("flowsheetOwner", "Select a valid choice. That choice is not one of the available choices.")
    ordered = Prefetch("properties", Property.objects.order_by("pk").select_related("compound"))
    return model.objects.filter(flowsheet_id=value).order_by("pk").prefetch_related(ordered)


@on("GET")
def unit_operations(request):
    return 200, [described(unit) for unit in owned(request, SimulationObject)]


@on("GET")
def material_streams(request):
    return 200, [
        {
            "id": stream.pk,
            "componentName": stream.component_name,
            "properties": listed(one for one in stream.properties.all() if one.compound_id is None),
            "fromPort": stream.port.pk if stream.port.key == "outlet" else None,
            "toPort": stream.port.pk if stream.port.key == "inlet" else None,
            "composition": [amount(one) for one in stream.properties.all() if one.compound_id is not None],
        }
        for stream in owned(request, Stream).select_related("port")
    ]


def set_value(one, said):
    value = number(said, "value")
    if not one.editable:
        raise invalid("value", f"{one.key} is calculated.")
    one.value = value
    if not Property.objects.filter(pk=one.pk).update(value=value):
        raise Refused(404, {"detail": "No Property matches the given query."})
    return 200, shown(one)


property_info = api(
    GET=lambda _request, number: (200, shown(found(Property, number))),
    PATCH=lambda request, number: set_value(found(Property, number), body(request)),
)


@on("PUT")
def update_property_info(request, number):
    unit, said = found(SimulationObject, number), body(request)
    one = unit.properties.filter(key=text(said, "propKey")).first()
    if one is None:
        raise invalid("propKey", f'"{said["propKey"]}" is not a valid choice.')
    return set_value(one, said)


@on("POST")
def solve(request):
    said = body(request)
    number = required(said, "flowsheet_id")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**63:
        raise invalid("flowsheet_id", "A valid integer is required.")
    for field in ("debug", "require_variables_fixed"):
        if not isinstance(said.get(field, False), bool):
            raise invalid(field, "Must be a valid boolean.")
    return 200, solving.solve(found(Flowsheet, number))
