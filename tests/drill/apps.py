from importlib import import_module

from django.apps import AppConfig


class Drill(AppConfig):
    """Brings the drill's own job into every process of the portal that is drilled."""

    name = "tests.drill"
    label = "drill"

    def ready(self) -> None:
        import_module("tests.drill.jobs")
