"""The unit's part of an application as its chair walks it, from the home page to the number."""

from collections.abc import Callable
from io import BytesIO
from itertools import count

from PIL import Image
from playwright.sync_api import Page, expect

from wanping_union import clock

CARD = "6228480402564890018"
Check = Callable[[], None]
_n = count(1)


def photo(name: str) -> dict[str, object]:
    """As a phone sends it; no two are the same file."""
    file = BytesIO()
    Image.new("RGB", (64, 48), (next(_n), 120, 90)).save(file, "PNG")
    return {"name": f"{name}.png", "mimeType": "image/png", "buffer": file.getvalue()}


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def save(page: Page) -> None:
    press(page, "保存")
    expect(page.get_by_text("已保存。").first).to_be_visible()


def begin(page: Page, name: str) -> str:
    """From the home page to the task list. Returns its address."""
    page.goto("/")
    page.get_by_role("link", name="申请救助").click()
    page.get_by_label("姓名、拼音或手机尾号").fill(name)
    press(page, "查找")
    page.get_by_role("link", name=name).click()
    press(page, "开始填写")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"替{name}申请救助")
    return page.url


def task(page: Page, tasks: str, title: str, state: str) -> None:
    page.goto(tasks)
    expect(page.locator(".tasks > *", has_text=title).first).to_contain_text(state)


def write_family(page: Page, tasks: str, accessible: Check) -> None:
    page.goto(tasks)
    page.get_by_role("link", name="本人与家庭").click()
    accessible()
    page.goto(f"{tasks}family/contact/")
    own = int(tasks.split("/")[-3])  # what two cases share is shown as a possible duplicate
    page.get_by_label("现住址").fill(f"老庄子村 {own} 号")
    page.get_by_label("联系电话").fill(f"138{own:08}")
    save(page)
    page.goto(f"{tasks}family/finances/")
    accessible()
    page.get_by_label("工资（元/年）").fill("24000")
    press(page, "保存")
    expect(page.get_by_text("工资（元/年） 24,000.00")).to_be_visible()


def write_hardship(page: Page, tasks: str, accessible: Check) -> None:
    today = clock.today().isoformat()
    page.goto(f"{tasks}hardship/")
    press(page, "下一步")
    expect(page.get_by_text("请选择困难原因。").first).to_be_visible()
    accessible()
    page.get_by_label("重大疾病").check()
    press(page, "下一步")
    expect(page.get_by_label("恶性肿瘤")).to_be_visible()
    accessible()
    page.get_by_label("发生日期").fill(today)
    page.get_by_label("恶性肿瘤").check()
    page.get_by_role("textbox", name="困难情况").fill("刚刚确诊，正在化疗。")
    press(page, "保存")
    page.locator("main").get_by_role("link", name="添加票据").first.click()
    accessible()
    page.get_by_label("票据日期").fill(today)
    page.get_by_label("医院").fill("丰台医院")
    page.get_by_label("票据号码").fill(f"A{tasks}")
    page.get_by_label("总费用（元）").fill("80000")
    page.get_by_label("医保支付（元）").fill("90000")
    page.set_input_files("#id_file", photo("结算单"))  # type: ignore[arg-type]
    press(page, "保存")
    expect(page.get_by_text("加起来超过了总费用").first).to_be_visible()
    page.get_by_label("医保支付（元）").fill("50000")
    page.set_input_files("#id_file", photo("结算单"))  # type: ignore[arg-type]
    press(page, "保存")
    expect(page.get_by_text("自付合计 30,000.00 元")).to_be_visible()
    accessible()


def send_papers(page: Page, tasks: str, accessible: Check) -> None:
    page.goto(f"{tasks}papers/")
    accessible()
    for code in ("id", "diagnosis", "reimbursement", "income", "account"):
        page.goto(f"{tasks}papers/{code}/")
        page.set_input_files("#id_file", photo(code))  # type: ignore[arg-type]
        press(page, "上传")
        expect(page.get_by_text("已上传：").first).to_be_visible()


def agree(page: Page, tasks: str, accessible: Check) -> None:
    page.goto(tasks.replace("/apply/", "/consents/"))
    page.get_by_role("link", name="登记签字日期").first.click()
    accessible()
    for box in page.get_by_role("checkbox").all():
        box.check()
    press(page, "登记同意")
    expect(page.get_by_text("已同意").first).to_be_visible()


def apply(page: Page, name: str, accessible: Check, card: str = CARD) -> str:
    """All five tasks, with a slip here and there, and handed in. Returns the case's address."""
    tasks = begin(page, name)
    accessible()
    task(page, tasks, "材料", "暂不能开始")
    write_family(page, tasks, accessible)
    write_hardship(page, tasks, accessible)
    agree(page, tasks, accessible)
    send_papers(page, tasks, accessible)
    page.goto(f"{tasks}account/")
    page.get_by_label("银行卡号").fill(card[:-1] + str((int(card[-1]) + 1) % 10))
    page.get_by_label("开户银行").fill("农业银行")
    press(page, "保存")
    expect(page.get_by_text("没有通过校验").first).to_be_visible()
    page.get_by_label("银行卡号").fill(card)
    save(page)
    for title in ("本人与家庭", "困难情况", "材料", "收款账户"):
        task(page, tasks, title, "已完成")

    page.get_by_role("link", name="核对提交").last.click()
    expect(page.get_by_text("系统只作提示，由审核人决定").first).to_be_visible()
    accessible()
    press(page, "提交帮扶申请")
    expect(page.get_by_role("heading", level=1)).to_contain_text("已提交")
    accessible()
    return tasks.removesuffix("apply/")
