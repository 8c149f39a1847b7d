"""Which tables the change log watches, and what of them it leaves out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.db import models

# Model → why no change of it is recorded. Everything else is.
UNTRACKED: Mapping[str, str] = {
    "admin.LogEntry": "is a log itself",
    "audit.Act": "is the log; append-only and sealed",
    "audit.Change": "is the log; append-only and sealed",
    "audit.Look": "is the log; append-only and sealed",
    "audit.Seal": "seals the log; append-only",
    "auth.Permission": "derived from the models by each migrate",
    "contenttypes.ContentType": "derived from the models by each migrate",
    "sessions.Session": "state of a browser; signing in and out are acts",
    "accounts.LoginGuard": "counter of tries; each try is an act",
    "accounts.SafeRedo": "token of a sent form, kept two days; what the form did is recorded",
    "jobs.Pulse": "heartbeat of beat",
    "usersessions.UserSession": "holds keys of live sessions; signing in and ending are acts",
    "jobs.Turn": "mark that today's periodic work was queued; its job is recorded",
    "imports.BadRow": "encrypted working copy of an uploaded file, purged after 30 days: a log of "
    "it would outlive the purge; what is imported from it is recorded",
    "imports.Compared": "encrypted preview of an uploaded file, purged with it",
}
# What a row of each table is, in words for who reads the log.
WORDS: Mapping[str, str] = {
    "account.EmailAddress": "账号邮箱",
    "account.EmailConfirmation": "邮箱确认",
    "accounts.FormerKin": "撤销的回避申报",
    "accounts.Grant": "账号角色",
    "accounts.Union": "工会",
    "accounts.User": "账号",
    "accounts.User_groups": "账号的后台组",
    "accounts.User_user_permissions": "账号的后台权限",
    "aid.Aid": "救助记录",
    "attachments.Attachment": "附件",
    "auth.Group": "后台组",
    "auth.Group_permissions": "后台组的权限",
    "exports.ExportedFile": "导出文件",
    "exports.Piece": "导出文件内容",
    "imports.Batch": "导入文件",
    "jobs.Job": "后台任务",
    "members.Enterprise": "企业",
    "members.EnterpriseYear": "企业年度数据",
    "members.Membership": "会籍",
    "members.Person": "会员",
    "members.SavedView": "常用筛选",
    "members.Standing": "会籍状态",
    "members.UnionProfile": "工会资料",
    "mfa.Authenticator": "二次验证",
    "reference.Holiday": "节假日",
    "reference.ReferenceValue": "参考数据",
    "reports.MonthlyReport": "月报",
    "relief.Advance": "先行救助",
    "relief.Bill": "医疗票据",
    "relief.CaseReturn": "退回补正",
    "relief.Conference": "会商纪要",
    "relief.FollowUp": "回访",
    "relief.Fund": "救助基金",
    "relief.FundYear": "基金年度收支",
    "relief.Household": "家庭档案",
    "relief.HouseholdLine": "家庭收支和财产",
    "relief.HouseholdMember": "家庭成员",
    "relief.LedgerEntry": "基金流水",
    "relief.Objection": "公示异议",
    "relief.Override": "人工认定",
    "relief.Payment": "拨付",
    "relief.PaymentBatch": "拨付批次",
    "relief.Referral": "转介",
    "relief.ReliefCase": "救助申请",
    "relief.Verdict": "重复救助认定",
    "relief.Visit": "走访",
    "relief.YearlyGrant": "年度救助累计",
    "rights.Consent": "告知和同意",
    "rights.Notice": "告知书",
    "rights.Request": "权利请求",
    "rights.RetentionLine": "到期清单的行",
    "rights.RetentionList": "到期清单",
}
# What columns whose fields have no name in words hold; any other is told by its own name.
COLUMNS: Mapping[str, str] = {
    "id": "编号",
    "approved_at": "核定时间",
    "approved_by_id": "核定人",
    "by_id": "经办人",
    "card_hash": "卡号的查找码",
    "created_at": "建立时间",
    "decided_by_id": "答复人",
    "enterprise_id": "企业",
    "error": "错误",
    "finished_at": "完成时间",
    "first_password_until": "初始密码有效期",
    "id_hash": "证件号码的查找码",
    "is_current": "现在的会籍",
    "is_transfer_in": "转入",
    "kind": "种类",
    "membership_id": "会籍",
    "mobile_hash": "手机号码的查找码",
    "mobile_tail": "手机尾号的查找码",
    "must_change_password": "须修改密码",
    "notice_id": "告知书",
    "parent_id": "上级工会",
    "person_id": "会员",
    "record": "对象",
    "removed_at": "删除时间",
    "removed_by_id": "删除人",
    "rows": "行数",
    "stands_in_for_id": "代谁行使",
    "started_at": "开始时间",
    "subject": "本人",
    "undone_at": "撤销时间",
    "undone_by_id": "撤销人",
    "union_id": "工会",
    "user_id": "账号",
}
OTHER = "内部数据 {}"
DERIVED = ("updated_at", "keys")  # follow from other columns of the row
# Model → columns that change without anybody having decided anything.
SKIPPED: Mapping[str, tuple[str, ...]] = {
    "mfa.Authenticator": ("last_used_at",),
    "members.Enterprise": ("headcount", "size"),  # copied from the newest year
    # copied from the person and the consents
    "members.Membership": ("sex", "lacks_card", "lacks_mobile", "is_told"),
    "accounts.User": ("last_login",),
    # follow from the days beside it and from the cases
    "relief.Household": ("checked_on", "is_helped"),
    "jobs.Job": ("lease_until", "lease_token", "done", "total", "words"),
}
# Model → columns of which only a digest is recorded: secrets, and files that will be purged.
DIGESTED: Mapping[str, tuple[str, ...]] = {
    "accounts.User": ("password",),
    "attachments.Attachment": ("name",),
    "exports.ExportedFile": ("query",),
    "exports.Piece": ("content",),
    "imports.Batch": ("content",),
    "mfa.Authenticator": ("data",),
    "reports.MonthlyReport": ("content", "bulk"),
}


# Model → columns that are recorded but shown to nobody: with the rest of a page they would tell
# a number that is masked there.
VEILED: Mapping[str, tuple[str, ...]] = {"members.Person": ("born_on",)}


@dataclass(frozen=True)
class Watched:
    """A table of the change log. skipped, digested: columns."""

    table: str
    key: str  # column of the primary key
    skipped: tuple[str, ...]
    digested: tuple[str, ...]


def models_of() -> Iterator[type[models.Model]]:
    """Every model whose changes are recorded, tables between two models included."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and model._meta.label not in UNTRACKED:
            yield model


def watched(model: type[models.Model]) -> Watched:
    label = model._meta.label
    return Watched(
        table=model._meta.db_table,
        key=str(model._meta.pk.column),
        skipped=(*DERIVED, *SKIPPED.get(label, ())),
        digested=DIGESTED.get(label, ()),
    )
