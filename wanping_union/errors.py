"""What a service says when it does not do what it was asked."""

from django.core.exceptions import PermissionDenied


class NotAllowed(PermissionDenied):
    """Visible, but not this person's to do: 403. who: the roles that may, in words."""

    def __init__(self, why: str, *, who: str = "") -> None:
        super().__init__(why)
        self.who = who


class Refused(Exception):
    """A rule says no; the text is a sentence for the person: 422."""


class OutOfTurn(Refused):
    """The record is no longer in a status that allows the step."""
