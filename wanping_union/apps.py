from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Holds what knows every app: commands, background tasks, shared template tags."""

    name = "wanping_union"
    label = "portal"
