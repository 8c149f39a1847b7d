"""django-import-export as it comes, the same columns of the same rows."""

from import_export.fields import Field
from import_export.resources import ModelResource

from members.models import Membership


class People(ModelResource):
    name = Field("person__name", "姓名")
    sex = Field("person__sex", "性别")
    id_type = Field("person__id_type", "证件类型")
    id_number = Field("person__id_number", "证件号码")
    ethnicity = Field("person__ethnicity", "民族")
    education = Field("person__education", "学历")
    mobile = Field("person__mobile", "手机号码")
    union = Field("union__name", "所属工会")
    enterprise = Field("enterprise__name", "工作单位")
    household = Field("person__household", "户籍类型")
    card = Field("person__card", "京卡卡号")

    class Meta:
        model = Membership
        fields = (
            "name", "sex", "id_type", "id_number", "ethnicity", "education", "mobile",
            "union", "enterprise", "occupation", "household", "joined_on", "route", "card",
            "remark", "status",
        )  # fmt: skip


def export(query: dict[str, str]) -> int:
    rows = Membership.objects.filter(is_current=True, **query)
    rows = rows.select_related("person", "union", "enterprise").order_by("-joined_on", "-pk")
    data = People().export(rows)
    assert (data.width, bool(data.xlsx)) == (16, True)
    return len(data)
