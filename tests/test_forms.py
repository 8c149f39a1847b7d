"""How fields are drawn."""

import re

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from wanping_union.forms import Renderer

CHOICES = [("", "全部"), ("a&b", "<甲>"), (7, "七"), ("组", [("x", "一"), ("y", '"二"')])]


def squeezed(html: str) -> str:
    return re.sub(r">\s+<", "><", html).replace("\n", "")


@pytest.mark.parametrize("value", [None, "", "a&b", 7, "y", "elsewhere"])
def test_a_choice_is_drawn_as_django_draws_it(value):
    widget = forms.Select(attrs={"class": "w-s", "hidden": False})
    widget.choices = CHOICES
    drawn = [
        widget.render("union", value, {"id": "id_union"}, renderer())
        for renderer in (Renderer, TemplatesSetting)
    ]
    assert squeezed(drawn[0]) == squeezed(drawn[1])
