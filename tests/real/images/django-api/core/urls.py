"""The path that the probes ask, and one whose answer takes as many seconds as it is told."""

import time

from django.http import HttpResponse
from django.urls import path


def status(_request):
    return HttpResponse("ok")


def solve(request):
    time.sleep(float(request.GET["seconds"]))
    return HttpResponse("solved")


urlpatterns = [path("api/status/", status), path("api/solve/", solve)]
