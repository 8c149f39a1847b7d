"""Sending what the pages of an application ask."""

from io import BytesIO
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from relief.models import ReliefCase


def photo(shade: int = 200) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (60, 40), (shade, shade, 10)).save(file, "JPEG")
    return SimpleUploadedFile("结算单.jpg", file.getvalue(), "image/jpeg")


def post(client: Client, path: str, data: dict | None = None, status: int = 302) -> HttpResponse:
    response = client.post(path, {"form_token": str(uuid4())} | (data or {}))
    assert response.status_code == status, response.content.decode()[-3000:]
    return response


def address(name: str, case: ReliefCase, *more: object) -> str:
    return reverse(f"relief:{name}", args=[case.pk, *more])


HARDSHIP = {
    "cause": "illness",
    "happened_on": "2026-06-01",
    "disease": "tumour",
    "diagnosis": "肺癌",
    "story": "今年六月确诊，正在化疗，爱人没有工作。",
}
BILL = {
    "dated": "2026-08-01",
    "hospital": "丰台医院",
    "number": "A100",
    "total": "80000",
    "insurance": "50000",
    "reimbursed": "5000",
    "mutual_aid": "",
    "other": "",
}


def hardship(case: ReliefCase, **values: object) -> dict[str, object]:
    case.refresh_from_db()
    return {"version": case.version, "beneficiary": case.beneficiary_id} | HARDSHIP | values
