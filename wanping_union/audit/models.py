"""What was done, by whom, to which record; what changed; who looked. Rows are only ever added."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now


class Channel(models.TextChoices):
    WEB = "web", "网页"
    COMMAND = "command", "命令行"
    JOB = "job", "后台任务"
    PUBLIC = "public", "公开页面"


class Op(models.TextChoices):
    INSERT = "I", "新增"
    UPDATE = "U", "修改"
    DELETE = "D", "删除"


class Log(models.TextChoices):
    ACTS = "acts", "操作"
    CHANGES = "changes", "改动"
    LOOKS = "looks", "查看"


class ActQuerySet(models.QuerySet["Act"]):
    def about(self, record: models.Model) -> "ActQuerySet":
        return self.filter(record=name_of(record))


class Act(models.Model):
    """One act in words people read. Has no key to live data, so it never holds it up."""

    at = models.DateTimeField("时间", db_default=Now())  # real time, from the database
    on = models.DateField("业务日期")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,  # nobody: the system, a public form
        db_constraint=False,
        related_name="+",
    )
    by_name = models.CharField("操作人", max_length=40)
    channel = models.CharField("途径", max_length=10, choices=Channel.choices)
    request_id = models.UUIDField(null=True)
    name = models.CharField(max_length=40)  # the step, or reveal, import, sign_in, …
    label = models.CharField("事项", max_length=80)
    record = models.CharField(max_length=60, blank=True)  # "members.person:42"
    record_words = models.CharField("对象", max_length=120, blank=True)
    union_path = models.CharField(max_length=120, blank=True)
    changed = models.JSONField(default=dict)  # {field: [before, after]}, as text, masked
    note = models.CharField("说明", max_length=500, blank=True)

    objects = ActQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["record", "-at"], name="act_by_record"),
            models.Index(fields=["by", "-at"], name="act_by_person"),
            # Both hold what a reader may see of an act: the rest is passed over within the index.
            models.Index(
                fields=["-at", "-id", "union_path", "name"],
                name="act_newest",
                opclasses=["timestamptz_ops", "int8_ops", "varchar_pattern_ops", "varchar_ops"],
            ),
            models.Index(
                fields=["name", "union_path", "-at", "-id"],
                name="act_by_kind",
                opclasses=["varchar_ops", "varchar_pattern_ops", "timestamptz_ops", "int8_ops"],
            ),
            models.Index(
                fields=["union_path"], name="act_by_union", opclasses=["varchar_pattern_ops"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.by_name} {self.label} {self.record}"


class Change(models.Model):
    """One row of a table as it was changed. Written by triggers alone (audit/triggers.py)."""

    at = models.DateTimeField("时间", db_default=Now())
    actor = models.BigIntegerField("操作人", null=True)  # null: nobody, or not through the portal
    request_id = models.UUIDField(null=True)  # of the acts and looks of the same request
    db_user = models.TextField("数据库账号")
    op = models.CharField("变动", max_length=1, choices=Op.choices)
    tbl = models.TextField("数据表")
    key = models.TextField("编号", db_column="pk")
    # U: {column: [old, new]}; D: the whole old row; I: empty, the row itself still stands.
    diff = models.JSONField("内容")

    class Meta:
        indexes = [
            models.Index(fields=["request_id"], name="change_by_request"),
            models.Index(fields=["tbl", "key"], name="change_by_row"),
            # Read backwards: where each row is the last of its index, adding it costs half.
            models.Index(fields=["actor", "at"], name="change_by_person"),
            models.Index(fields=["at", "id"], name="change_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.op} {self.tbl}:{self.key}"


class Look(models.Model):
    """One page or file that showed somebody's data, written before it was shown."""

    at = models.DateTimeField("时间", db_default=Now())
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False,
        related_name="+",
    )  # fmt: skip
    by_name = models.CharField("查看人", max_length=40)
    channel = models.CharField("途径", max_length=10, choices=Channel.choices)
    request_id = models.UUIDField(null=True)
    page = models.CharField("页面", max_length=40)  # in words: 会员档案
    model = models.CharField(max_length=60)  # "members.person"
    ids = ArrayField(models.BigIntegerField())
    fields = ArrayField(models.CharField(max_length=40), default=list)  # shown in clear
    reason = models.CharField("事由", max_length=500, blank=True)

    class Meta:
        indexes = [
            # A short pending list: who asks who has seen them need not wait for a long one.
            GinIndex(fields=["ids"], name="look_ids", gin_pending_list_limit=256),
            models.Index(fields=["by", "-at"], name="look_by_person"),
            models.Index(fields=["-at", "-id"], name="look_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.by_name} {self.page}"


class MultirangeField(models.Field):  # type: ignore[type-arg]  # not generic at run time
    """Ids as PostgreSQL's int8multirange. Read only."""

    def db_type(self, connection: object) -> str:
        return "int8multirange"


class Seal(models.Model):
    """Rows of one log, bound to all seals before. Written by one function of the database."""

    at = models.DateTimeField("时间")
    log = models.CharField("日志", max_length=10, choices=Log.choices)
    ids = MultirangeField()
    n = models.IntegerField("条数")
    top = models.BigIntegerField()  # highest id of this log in this and all earlier seals
    root = models.BinaryField()  # sha256 over the rows' hashes, by id
    prev = models.BinaryField()  # chain of the seal before
    chain = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["log", "-id"], name="seal_by_log")]

    def __str__(self) -> str:
        return f"{self.log} {self.at:%F %T} {self.n}"

    @property
    def short(self) -> str:
        """The beginning of its chain, enough to compare by eye."""
        return bytes(self.chain).hex()[:16]


def name_of(record: models.Model) -> str:
    """How audit rows name a record: "members.person:42"."""
    return f"{record._meta.label_lower}:{record.pk}"
