"""What the platform keeps of a flowsheet, as far as load tests meet it."""

from django.db import models

# Of each kind of object: key, unit, and whether a user sets it.
PROPERTIES = {
    "Pump": [
        ("efficiency_pump", "", True),
        ("work_mechanical", "W", False),
    ],
    "Inlet": [
        ("temperature", "degC", True),
        ("pressure", "kPa", True),
        ("flow_mol", "mol/s", True),
        ("vapor_frac", "", True),
    ],
    "Outlet": [
        ("temperature", "degC", False),
        ("pressure", "kPa", True),
        ("flow_mol", "mol/s", False),
        ("vapor_frac", "", False),
    ],
}


class Compound(models.Model):
    name = models.CharField(max_length=64, unique=True)


class PropertyPackage(models.Model):
    name = models.CharField(max_length=64, unique=True)


class Flowsheet(models.Model):
    name = models.CharField(max_length=128)
    created = models.DateTimeField(auto_now_add=True)
    compounds = models.ManyToManyField(Compound, through="FlowsheetCompound")
    property_packages = models.ManyToManyField(PropertyPackage)


class FlowsheetCompound(models.Model):
    flowsheet = models.ForeignKey(Flowsheet, models.CASCADE)
    compound = models.ForeignKey(Compound, models.PROTECT)

    class Meta:
        unique_together = [("flowsheet", "compound")]


class SimulationObject(models.Model):
    """A unit operation."""

    flowsheet = models.ForeignKey(Flowsheet, models.CASCADE, related_name="objects_of")
    object_class = models.CharField(max_length=32)
    component_name = models.CharField(max_length=128)
    x = models.FloatField()
    y = models.FloatField()


class Stream(models.Model):
    flowsheet = models.ForeignKey(Flowsheet, models.CASCADE, related_name="streams")
    component_name = models.CharField(max_length=128)


class Port(models.Model):
    """Where a unit operation takes or gives a stream."""

    simulation_object = models.ForeignKey(SimulationObject, models.CASCADE, related_name="ports")
    key = models.CharField(max_length=16)
    stream = models.OneToOneField(Stream, models.SET_NULL, null=True, related_name="port")

    class Meta:
        unique_together = [("simulation_object", "key")]


class Property(models.Model):
    """One value of a unit operation, of a stream, or, with a compound, how much of that a stream has."""

    simulation_object = models.ForeignKey(SimulationObject, models.CASCADE, null=True, related_name="properties")
    stream = models.ForeignKey(Stream, models.CASCADE, null=True, related_name="properties")
    compound = models.ForeignKey(FlowsheetCompound, models.CASCADE, null=True)
    key = models.CharField(max_length=64)
    unit = models.CharField(max_length=16)
    editable = models.BooleanField()
    value = models.FloatField(null=True)


class Calculation(models.Model):
    """A solved flowsheet; kept when the flowsheet is gone, so that it can be counted."""

    flowsheet_number = models.BigIntegerField()
    solved = models.DateTimeField(auto_now_add=True)
