"""The paths of the platform's API that load tests need, and no others."""

from django.urls import path
from flowsheets import views

urlpatterns = [
    path("api/status/", views.status),
    path("api/core/flowsheets/", views.flowsheets),
    path("api/core/flowsheets/<int:number>/", views.flowsheet),
    path("api/core/propertyinfo/<int:number>/", views.property_info),
    path("api/core/connect-new-stream/", views.connect_new_stream),
    path("api/compounds/compounds/", views.compounds),
    path("api/compounds/flowsheet-compounds/bulk_update/", views.flowsheet_compounds),
    path("api/property_packages/property_packages/", views.property_packages),
    path("api/property_packages/flowsheet-property_packages/bulk_update/", views.flowsheet_property_packages),
    path("api/unitops/simulationobjects/", views.simulation_objects),
    path("api/unitops/pumps/", views.simulation_objects),
    path("api/unitops/pumps/<int:number>/update_property_info/", views.update_property_info),
    path("api/unitops/unitops/", views.unit_operations),
    path("api/unitops/materialstreams/", views.material_streams),
    path("api/solve/idaes/", views.solve),
]
