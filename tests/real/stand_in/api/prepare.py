"""Makes the tables in the database that the environment names, and what every platform has from the start."""

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "core.settings"
django.setup()

from django.core.management import call_command  # noqa: E402 - the settings come first
from django.db import connection  # noqa: E402
from flowsheets.models import Compound, Flowsheet, Port, Property, PropertyPackage, SimulationObject, Stream  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0)
# Ids of one kind are no ids of another, so that no mistake goes unnoticed.
with connection.cursor() as cursor:
    for number, model in enumerate([Flowsheet, Compound, PropertyPackage, SimulationObject, Stream, Port, Property], 1):
        cursor.execute(f"ALTER SEQUENCE {model._meta.db_table}_id_seq RESTART WITH {number}001")
for name in ["ammonia", "benzene", "carbon dioxide", "water", "toluene"]:
    Compound.objects.create(name=name)
for name in ["peng-robinson", "helmholtz", "milk"]:
    PropertyPackage.objects.create(name=name)
