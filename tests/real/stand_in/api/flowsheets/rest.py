"""Requests and answers in the manner of Django REST framework, which the platform uses: its statuses and its errors."""

import functools
import json
import math

from django.http import JsonResponse


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status, said):
        super().__init__(said)
        self.status, self.said = status, said


def invalid(field, why):
    """A field that is not as it must be."""
    return Refused(400, {field: [why]})


def missing(model):
    return Refused(404, {"detail": f"No {model.__name__} matches the given query."})


def api(**methods):
    """A view of these methods; each gives a status and what is answered as JSON."""

    def view(request, **arguments):
        work = methods.get(request.method)
        if work is None:
            return answer(405, {"detail": f'Method "{request.method}" not allowed.'}, Allow=", ".join(methods))
        try:
            return answer(*work(request, **arguments))
        except Refused as refused:
            return answer(refused.status, refused.said)

    return view


def answer(status, said, **headers):
    response = JsonResponse(said, safe=False, status=status, headers=headers)
    if status == 204:
        response.content = b""
    return response


def body(request):
    """The JSON object of a request."""
    if request.content_type != "application/json":
        raise Refused(415, {"detail": f'Unsupported media type "{request.content_type}" in request.'})
    try:
        said = json.loads(request.body, parse_constant=lambda name: _no_number(name))
    except ValueError as error:
        raise Refused(400, {"detail": f"JSON parse error - {error}"}) from error
    if not isinstance(said, dict):
        raise Refused(400, {"non_field_errors": [f"Invalid data. Expected a dictionary, but got {type(said).__name__}."]})
    return said


def _no_number(name):
    raise ValueError(f"Out of range float values are not JSON compliant: {name}")


def required(said, field):
    if field not in said:
        raise invalid(field, "This field is required.")
    if said[field] is None:
        raise invalid(field, "This field may not be null.")
    return said[field]


def text(said, field, longest=128):
    value = required(said, field)
    if not isinstance(value, str):
        raise invalid(field, "Not a valid string.")
    if not value.strip():
        raise invalid(field, "This field may not be blank.")
    if len(value) > longest:
        raise invalid(field, f"Ensure this field has no more than {longest} characters.")
    return value.strip()


def number(said, field):
    value = required(said, field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise invalid(field, "A valid number is required.")
    return value


def key(value, field, model):
    """The row that a primary key names."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise invalid(field, f"Incorrect type. Expected pk value, received {type(value).__name__}.")
    row = model.objects.filter(pk=value).first() if str(value).isascii() and str(value).isdigit() and len(str(value)) < 19 else None
    if row is None:
        raise invalid(field, f'Invalid pk "{value}" - object does not exist.')
    return row


def keys(said, field, model):
    """The rows that a list of primary keys names."""
    values = required(said, field)
    if not isinstance(values, list):
        raise invalid(field, f'Expected a list of items but got type "{type(values).__name__}".')
    return [key(value, field, model) for value in values]


def found(model, pk):
    """The row of a path."""
    try:
        return model.objects.get(pk=pk)
    except model.DoesNotExist as error:
        raise missing(model) from error


def on(method):
    """Marks a function as the view of one method."""
    return functools.partial(lambda method, work: api(**{method: work}), method)
