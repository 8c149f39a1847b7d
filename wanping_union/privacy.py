"""Every field about a person: why it is held, on what basis, who sees it, for how long. Pure data.

Source: 个人信息保护法 (PIPL) Art. 5, 6, 13, 17, 19, 28, 47, 51; domain.md 8.2, 8.4.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wanping_union.retention import (
    AS_REPORT,
    DAYS_LATER,
    HALF_A_YEAR,
    KEEPS,
    THIRTY_DAYS,
    THREE_YEARS,
    UNTIL_RESET,
    UNTIL_SIGNED_OUT,
    UNTIL_UNLOCKED,
    WHILE_IN_OFFICE,
    WHILE_IN_USE,
    WHILE_MEMBER,
    WITH_ENTERPRISE,
    WITH_LOGS,
    WITH_PROOF,
    How,
    Keep,
)

CONSENT = "本人同意（个人信息保护法第十三条第一款第一项，入会登记时按第十七条告知）"
REGISTRATION = f"{CONSENT}；工会会员会籍管理办法（2016）第五条"
SEPARATE = "本人单独同意（个人信息保护法第二十九条，按敏感个人信息保护）"
IDENTITY = f"{SEPARATE}；居民身份证法第十三条、第十九条（保密）"
WORK = "履行工作职责所必需（个人信息保护法第十三条第一款第二项）"
LOGS = "网络安全法（2025修正）第二十三条；个人信息保护法第五十一条"

UNION_AND_ABOVE = "所属工会和上级工会的工作人员、系统管理员、审计员"
MASKED = (
    f"{UNION_AND_ABOVE}看到遮盖后的号码；所属工会和上级工会写明理由后可看完整号码，每次都有记录"
)
NOBODY = "任何人都看不到原文，只供系统查找和比对"
PROOF = "个人信息保护法第十四条至第十七条、第四十四条至第五十条"
RIGHTS_SEEN = "所属工会和上级工会的经办人、主席，审计员"


@dataclass(frozen=True)
class Entry:
    """One kind of information. fields: "app.Model.field" of every column that holds it.

    kept: one of KEEPS.
    """

    label: str
    fields: tuple[str, ...]
    purpose: str
    basis: str
    seen_by: str
    kept: str

    @property
    def keep(self) -> Keep:
        return KEEPS[self.kept]


@dataclass(frozen=True)
class Group:
    title: str
    entries: tuple[Entry, ...]


def _of(model: str, *fields: str) -> tuple[str, ...]:
    return tuple(f"{model}.{field}" for field in fields)


REGISTER = (
    Group(
        "会员",
        (
            Entry(
                "姓名（含拼音和查找用的字）",
                _of("members.Person", "name", "keys") + _of("members.Membership", "keys"),
                "实名登记，找到本人",
                REGISTRATION,
                UNION_AND_ABOVE,
                WHILE_MEMBER,
            ),
            Entry(
                "性别、出生日期",
                _of("members.Person", "sex", "born_on") + _of("members.Membership", "sex"),
                "核对身份；统计女会员；判断退休",
                REGISTRATION,
                UNION_AND_ABOVE,
                WHILE_MEMBER,
            ),
            Entry(
                "证件类型、证件号码",
                _of("members.Person", "id_type", "id_number"),
                "实名登记，防止重复入会",
                IDENTITY,
                MASKED,
                WHILE_MEMBER,
            ),
            Entry(
                "证件号码、手机号码、卡号的不可逆校验值",
                _of("members.Person", "id_hash", "mobile_hash", "card_hash"),
                "不解密也能查重、查找",
                IDENTITY,
                NOBODY,
                WHILE_MEMBER,
            ),
            Entry(
                "手机号码（含单独存的后四位）",
                _of("members.Person", "mobile", "mobile_tail")
                + _of("members.Membership", "lacks_mobile"),
                "通知工会服务，核对本人",
                REGISTRATION,
                MASKED,
                WHILE_MEMBER,
            ),
            Entry(
                "京卡·互助服务卡卡号",
                _of("members.Person", "card") + _of("members.Membership", "lacks_card"),
                "会员身份标识，互助金发放",
                SEPARATE,
                MASKED,
                WHILE_MEMBER,
            ),
            Entry(
                "民族、学历",
                _of("members.Person", "ethnicity", "education"),
                "会员登记表和工会统计年报",
                REGISTRATION,
                UNION_AND_ABOVE,
                WHILE_MEMBER,
            ),
            Entry(
                "户籍类型",
                _of("members.Person", "household"),
                "统计农民工会员",
                REGISTRATION,
                UNION_AND_ABOVE,
                WHILE_MEMBER,
            ),
            Entry(
                "登记、修改、限制处理和删除的时间",
                _of("members.Person", "created_at", "updated_at", "erased_on")
                + _of("members.Membership", "updated_at", "restricted_on"),
                "核对资料新旧；记住谁要求限制处理、谁的资料已删除",
                LOGS,
                UNION_AND_ABOVE,
                WHILE_MEMBER,
            ),
        ),
    ),
    Group(
        "会籍",
        (
            Entry(
                "所属工会、工作单位、工种",
                _of("members.Membership", "person", "union", "enterprise", "occupation"),
                "会籍管理：劳动关系在哪里，会籍就在哪里",
                REGISTRATION,
                UNION_AND_ABOVE,
                WHILE_MEMBER,
            ),
            Entry(
                "会籍状态、入会日期、入会途径、是否转入、是否现会籍",
                _of(
                    "members.Membership",
                    "status",
                    "joined_on",
                    "route",
                    "is_transfer_in",
                    "is_current",
                ),
                "会籍管理；统计新发展会员",
                REGISTRATION,
                UNION_AND_ABOVE,
                WHILE_MEMBER,
            ),
            Entry(
                "备注",
                _of("members.Membership", "remark"),
                "经办需要的说明，不得填写敏感信息",
                REGISTRATION,
                UNION_AND_ABOVE,
                WHILE_MEMBER,
            ),
            Entry(
                "会籍变化的时间、原因和说明",
                _of(
                    "members.Standing",
                    "membership",
                    "status",
                    "from_on",
                    "until_on",
                    "reason",
                    "note",
                ),
                "保留会籍、退会、转接的依据",
                REGISTRATION,
                UNION_AND_ABOVE,
                WHILE_MEMBER,
            ),
        ),
    ),
    Group(
        "本人的同意和请求",
        (
            Entry(
                "告知和同意：哪一版、什么时候、怎样取得，撤回和原因",
                _of(
                    "rights.Consent",
                    "subject",
                    "name",
                    "union",
                    "purpose",
                    "notice",
                    "channel",
                    "given_on",
                    "expires_on",
                    "withdrawn_on",
                    "reason",
                    "by",
                    "created_at",
                ),
                "证明处理前已告知并取得同意",
                PROOF,
                RIGHTS_SEEN,
                WITH_PROOF,
            ),
            Entry(
                "本人提出的请求和答复（要求和答复加密保存）",
                _of(
                    "rights.Request",
                    "subject",
                    "person",
                    "name",
                    "union",
                    "kind",
                    "status",
                    "wish",
                    "proof",
                    "received_on",
                    "days",
                    "by",
                    "answer",
                    "decided_by",
                    "decided_on",
                    "updated_at",
                ),
                "按期答复，不予办理的说明理由",
                PROOF,
                RIGHTS_SEEN,
                WITH_PROOF,
            ),
        ),
    ),
    Group(
        "工会干部和使用平台的人",
        (
            Entry(
                "工会主席姓名、办公电话",
                _of("members.UnionProfile", "chair_name", "phone"),
                "联系工会，提醒换届",
                WORK,
                "本工会和上级工会的工作人员",
                WHILE_IN_OFFICE,
            ),
            Entry(
                "姓名、用户名、电子邮箱",
                _of("accounts.User", "username", "name", "email"),
                "登录，写明是谁办理的",
                WORK,
                "系统管理员；办理记录中显示姓名",
                WHILE_IN_USE,
            ),
            Entry(
                "密码的不可逆校验值、首次密码期限",
                _of("accounts.User", "password", "must_change_password", "first_password_until"),
                "登录",
                WORK,
                NOBODY,
                WHILE_IN_USE,
            ),
            Entry(
                "账号状态、开通和最近登录时间",
                _of(
                    "accounts.User",
                    "last_login",
                    "date_joined",
                    "is_active",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                ),
                "账号管理，发现异常登录",
                LOGS,
                "系统管理员",
                WHILE_IN_USE,
            ),
            Entry(
                "在哪个工会任什么角色",
                _of(
                    "accounts.Grant",
                    "user",
                    "union",
                    "role",
                    "valid_from",
                    "valid_to",
                    "stands_in_for",
                ),
                "决定能看什么、能办什么；请假期间由谁代理",
                WORK,
                "系统管理员、审计员",
                WHILE_IN_USE,
            ),
            Entry(
                "两步验证的密钥、备用码（加密保存）和最近使用时间",
                _of("mfa.Authenticator", "user", "type", "data", "created_at", "last_used_at"),
                "登录时再验证一次，别人知道密码也进不来",
                LOGS,
                NOBODY,
                UNTIL_RESET,
            ),
            Entry(
                "正在登录的设备、网络地址和最近使用时间",
                _of(
                    "usersessions.UserSession",
                    "user",
                    "ip",
                    "user_agent",
                    "session_key",
                    "created_at",
                    "last_seen_at",
                    "data",
                ),
                "本人发现异常登录，退出不认识的设备",
                LOGS,
                "只有本人",
                UNTIL_SIGNED_OUT,
            ),
            Entry(
                "登录失败的用户名、次数和锁定时间",
                _of("accounts.LoginGuard", "name", "tries", "first_at", "locked_until"),
                "防止猜密码",
                LOGS,
                "系统管理员",
                UNTIL_UNLOCKED,
            ),
            Entry(
                "谁提交过哪一张表单",
                _of("accounts.SafeRedo", "user", "path", "location", "at", "token"),
                "重复点击只办一次",
                WORK,
                NOBODY,
                DAYS_LATER,
            ),
            Entry(
                "自己保存的常用筛选",
                _of("members.SavedView", "user", "page", "name", "query"),
                "方便自己查看名单；不保存搜索的文字",
                WORK,
                "只有本人",
                WHILE_IN_USE,
            ),
            Entry(
                "谁认定了企业规模",
                _of("members.EnterpriseYear", "override_by", "override_evidence"),
                "人工认定要有依据、有责任人",
                WORK,
                UNION_AND_ABOVE,
                WITH_ENTERPRISE,
            ),
        ),
    ),
    Group(
        "操作记录、文件和后台任务",
        (
            Entry(
                "谁在什么时候对谁办了什么、为什么（包括查看完整号码）",
                _of(
                    "audit.Act",
                    "at",
                    "on",
                    "by",
                    "by_name",
                    "channel",
                    "request_id",
                    "name",
                    "label",
                    "record",
                    "record_words",
                    "union_path",
                    "changed",
                    "note",
                ),
                "可追查；本人可以问谁看过自己的资料",
                LOGS,
                "基层工会主席、地区总工会主席、审计员；会员页面上的经办记录",
                WITH_LOGS,
            ),
            Entry(
                "谁在什么时候从哪一页看了谁的资料、看了什么、为什么",
                _of(
                    "audit.Look",
                    "at",
                    "by",
                    "by_name",
                    "channel",
                    "request_id",
                    "page",
                    "model",
                    "ids",
                    "fields",
                    "reason",
                ),
                "可追查；本人可以问谁看过自己的资料",
                LOGS,
                "审计员；会员本人（由工会打印给本人）",
                THREE_YEARS,
            ),
            Entry(
                "每一行数据改动前后的内容（姓名等为原样，号码仍为密文）",
                _of(
                    "audit.Change",
                    "at",
                    "actor",
                    "request_id",
                    "db_user",
                    "op",
                    "tbl",
                    "key",
                    "diff",
                ),
                "查明谁在什么时候改了什么，也查明绕过本系统的改动",
                LOGS,
                "审计员",
                THREE_YEARS,
            ),
            Entry(
                "上传的名册文件（加密保存）",
                _of(
                    "imports.Batch",
                    *("content", "file_name", "sha256", "by", "layout", "sentence", "undone_by"),
                ),
                "导入、核对、说明结果",
                REGISTRATION,
                "有导入权限的本工会和上级工会人员",
                THIRTY_DAYS,
            ),
            Entry(
                "需要改正的行（加密保存）",
                _of("imports.BadRow", "batch", "row", "cells", "problems", "is_mended"),
                "在网页上改正后再导入",
                REGISTRATION,
                "有导入权限的本工会和上级工会人员",
                THIRTY_DAYS,
            ),
            Entry(
                "表格与系统的对照（加密保存，号码遮盖）",
                _of("imports.Compared", "batch", "fate", "number", "rows"),
                "导入前看清楚新增、更新、不变和表格里没有的人",
                REGISTRATION,
                "有导入权限的本工会和上级工会人员",
                THIRTY_DAYS,
            ),
            Entry(
                "月报工作簿及明细（加密保存，号码遮盖）",
                _of("reports.MonthlyReport", "content", "bulk", "by"),
                "统计报表可以追到每一行",
                REGISTRATION,
                "填报单位和上级工会有统计权限的人员",
                AS_REPORT,
            ),
            Entry(
                "附件：入会申请书、登记表、证件复印件等（加密保存，照片去掉拍摄地点）",
                _of("attachments.Attachment", "record", "label", "name", "path", "sha256"),
                "留存办理依据",
                REGISTRATION,
                "所属工会和上级工会有权查看完整号码的人员，每次打开都有记录",
                WHILE_MEMBER,
            ),
            Entry(
                "谁上传、谁删除了附件，为什么",
                _of("attachments.Attachment", "by", "at", "removed_at", "removed_by")
                + _of("attachments.Attachment", "removed_because"),
                "可追查",
                LOGS,
                "能打开这份附件的人员",
                WITH_LOGS,
            ),
            Entry(
                "导出的名单文件（加密保存）",
                _of("exports.Piece", "content") + _of("exports.ExportedFile", "query"),
                "把页面上的名单拿到平台外办理",
                REGISTRATION,
                "只有导出的本人，并且仍在岗位上",
                THIRTY_DAYS,
            ),
            Entry(
                "谁在什么时候为什么导出过哪份名单",
                _of("exports.ExportedFile", "by", "scope", "clear", "reason", "sha256"),
                "可追查",
                LOGS,
                "导出的本人、系统管理员、审计员",
                WITH_LOGS,
            ),
            Entry(
                "谁启动了后台任务",
                _of("jobs.Job", "by", "args", "result", "error", "words"),
                "说明进度，失败后重试",
                WORK,
                "启动人和系统管理员",
                HALF_A_YEAR,
            ),
        ),
    ),
)

# Columns that say nothing about a person; "*" for all the rest of a model.
NOT_PERSONAL: Mapping[str, tuple[str, ...]] = {
    "accounts.Union": ("*",),
    "accounts.User": ("id",),
    "accounts.Grant": ("id",),
    "audit.Act": ("id",),
    "audit.Change": ("id",),
    "audit.Look": ("id",),
    "audit.Seal": ("*",),
    "attachments.Attachment": ("*",),
    "exports.ExportedFile": ("*",),
    "exports.Piece": ("*",),
    "imports.Batch": ("*",),
    "imports.BadRow": ("id",),
    "imports.Compared": ("id",),
    "jobs.Job": ("*",),
    "jobs.Pulse": ("*",),
    "jobs.Turn": ("*",),
    "mfa.Authenticator": ("id",),
    "members.Enterprise": ("*",),
    "members.EnterpriseYear": ("*",),
    "members.Membership": ("id",),
    "members.Person": ("id",),
    "members.SavedView": ("id",),
    "members.Standing": ("id",),
    "members.UnionProfile": ("*",),
    "reference.Holiday": ("*",),
    "reference.ReferenceValue": ("*",),
    "reports.MonthlyReport": ("*",),
    "usersessions.UserSession": ("id",),
    "rights.Consent": ("id",),
    "rights.Notice": ("*",),
    "rights.Request": ("id",),
    "rights.RetentionLine": ("*",),
    "rights.RetentionList": ("*",),
}


def registered() -> Iterator[str]:
    """Every "app.Model.field" of the register."""
    for group in REGISTER:
        for entry in group.entries:
            yield from entry.fields


def kept_by(how: How) -> list[tuple[Keep, list[Entry]]]:
    """Retentions of one kind with what they hold."""
    entries = [entry for group in REGISTER for entry in group.entries]
    kinds = [keep for keep in KEEPS.values() if keep.how == how]
    return [(keep, [e for e in entries if e.keep == keep]) for keep in kinds]
