"""What the area types about a 困难职工档案. The names of the fields are the services' keywords."""

from django import forms

from members.forms.fields import Lines
from relief.hardship import CategoryA, CategoryB
from wanping_union.forms import Form

CHOICES = [
    *((code, f"{label}（2016 年标准）") for code, label in CategoryA.choices),
    *((code, f"{label}（2018 年后标准）") for code, label in CategoryB.choices),
]


class Category(Form):
    category = forms.ChoiceField(
        label="困难类别",
        choices=CHOICES,
        widget=forms.RadioSelect,
        help_text="系统算出来的只作参考，由您按核实的情况确定。",
    )


class Delist(Form):
    reason = forms.CharField(
        label="撤档原因",
        max_length=200,
        widget=Lines(),
        help_text="例如：本人已就业，家庭人均收入超过低保线的 2 倍。",
    )
