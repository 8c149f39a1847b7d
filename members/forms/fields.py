"""Fields and form parts that all forms of members share.

Numbers and dates are read by the same functions as imported cells.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from wanping_union import clock
from wanping_union.imports import cells

SECRET = {"autocomplete": "off", "data-nosave": ""}


class CellField(forms.CharField):
    """Text read by a converter of imported cells."""

    def __init__(self, read: Callable[[str], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            found = self.read(text)
        except cells.BadCell as bad:
            raise ValidationError(bad.sentence, bad.code) from None
        self.validate(found)  # once more: signs nobody sees and words for nothing are gone now
        if isinstance(found, str):
            self.run_validators(found)
        return found


class DayField(CellField):
    """A day up to today, as the browser's calendar or a person writes it."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-s"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(lambda text: cells.day(text, clock.today()), **kwargs)


class AnyDayField(CellField):
    """A day that may lie ahead."""

    widget = DayField.widget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(lambda text: cells.day(text, cells.LAST_DAY), **kwargs)


def plain(max_length: int) -> Callable[[str], str]:
    """Reads one line of text."""
    return lambda text: cells.text(text, max_length)


class Lines(forms.Textarea):
    """A few lines, not a page."""

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 3})


class WithoutColon(forms.Form):
    """Our labels stand above the field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))
        for field in self.fields.values():
            verb = "选择" if isinstance(field, forms.ChoiceField) else "填写"
            field.error_messages["required"] = f"请{verb}{field.label}。"


class Correcting(WithoutColon):
    """A form that knows which state of the record it shows: services' check_unchanged."""

    as_of = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


def offer(form: forms.Form, name: str, rows: "QuerySet[Any]") -> None:
    """Let a field choose among these rows only."""
    form.fields[name].queryset = rows  # type: ignore[attr-defined]  # a ModelChoiceField


class Note(WithoutColon):
    note = CellField(plain(200), label="说明", required=False, max_length=200)
