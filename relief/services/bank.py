"""The file a batch goes to the bank in, and the bank's answer as a workbook."""

from hashlib import sha256
from io import BytesIO

from django.db import transaction
from openpyxl import Workbook

from relief.models import Payment, PaymentBatch
from relief.selectors.money import bank_rows
from relief.services.payments import Answer, check_role, reconcile
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.errors import Refused
from wanping_union.imports import cells
from wanping_union.imports.cells import BadCell
from wanping_union.imports.layout import Column, data_rows, layout_of
from wanping_union.imports.reading import Cell, Unreadable, open_workbook
from wanping_union.roles import PAY_RELIEF

HEADS = (
    "付款编号",
    "收款人户名",
    "收款账号",
    "开户银行",
    "金额",
    "附言",
    "结果",
    "日期",
    "流水号",
    "失败原因",
)
COLUMNS = (
    Column("payment", "付款编号", ("编号", "业务编号", "客户流水号"), required=True),
    Column("amount", "金额", ("交易金额", "付款金额", "发生额"), required=True),
    Column("is_paid", "结果", ("处理结果", "交易结果", "状态", "交易状态"), required=True),
    Column("on", "日期", ("交易日期", "入账日期", "付款日期")),
    Column("voucher", "流水号", ("银行流水号", "凭证号", "交易流水号")),
    Column("why", "失败原因", ("原因", "备注", "退票原因")),
)
RESULTS = {
    **dict.fromkeys(("成功", "交易成功", "处理成功", "已入账", "付款成功"), True),
    **dict.fromkeys(("失败", "交易失败", "处理失败", "退回", "退票", "付款失败"), False),
}


@transaction.atomic
def bank_file(batch: PaymentBatch, *, by: User) -> bytes:
    """The batch as a workbook with full account numbers; the look is noted.

    Raises NotAllowed.
    """
    check_role(by, batch.fund)
    ids = batch.payments.values_list("pk", flat=True)
    log.look(Payment, ids, by=by, page="送银行的拨付文件", fields=("账号",), reason=str(batch))
    log.write(
        "bank_file", "下载拨付文件", by=by, record=batch, union=batch.fund.union, roles=PAY_RELIEF
    )
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "拨付明细"
    sheet.append(HEADS)
    for row in bank_rows(batch):
        sheet.append((row.number, row.payee, row.account, row.bank, row.amount, row.words))
        sheet.cell(sheet.max_row, 5).number_format = "#,##0.00"
        for place in (2, 3, 4, 6):  # never a formula, never a number
            sheet.cell(sheet.max_row, place).data_type = "s"
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@transaction.atomic
def import_answer(batch: PaymentBatch, content: bytes, name: str, *, by: User) -> bool:
    """Book the bank's workbook: all of it or nothing. False where it was booked before.

    Raises NotAllowed, OutOfTurn, and Refused for a file or a cell that cannot be understood.
    """
    check_role(by, batch.fund)
    return reconcile(batch, read_answer(content, name), by=by, sha256=sha256(content).hexdigest())


def read_answer(content: bytes, name: str) -> list[Answer]:
    """The lines of the bank's workbook. Raises Refused."""
    try:
        with open_workbook(content, name) as book:
            layout = layout_of(book, COLUMNS)
            return [_answer(number, row) for number, row in data_rows(book, layout)]
    except Unreadable as error:
        raise Refused(f"{error.sentence}没有入账。") from None


def _answer(number: int, row: dict[str, Cell]) -> Answer:
    try:
        return Answer(
            payment=cells.required(cells.whole(row.get("payment"))),
            amount=cells.required(cells.money(row.get("amount"))),
            is_paid=cells.required(cells.choice(row.get("is_paid"), RESULTS)),
            on=cells.day(row.get("on"), clock.today()),
            voucher=cells.text(row.get("voucher"), 40),
            why=cells.text(row.get("why"), 200),
        )
    except BadCell as bad:
        raise Refused(f"第 {number} 行：{bad.sentence}整个文件没有入账。") from None
