"""The union tree, people who sign in, and who acts for which union."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from wanping_union import among  # noqa: F401  # gives foreign keys their lookup
from wanping_union.accounts import tree
from wanping_union.roles import Role


class UnionKind(models.TextChoices):
    DISTRICT = "district", "区总工会"
    AREA = "area", "地区总工会"
    JOINT = "joint", "联合工会"
    INDEPENDENT = "independent", "独立工会"


BASE_KINDS = (UnionKind.JOINT, UnionKind.INDEPENDENT)


class UnionQuerySet(models.QuerySet["Union"]):
    def within(self, top: "Union") -> Self:
        """The union itself and all below it."""
        return self.filter(path__startswith=top.path)

    def reached_by(self, user: "User", roles: Iterable[Role] = tuple(Role)) -> Self:
        """Unions the person acts for in one of the roles, at any depth."""
        reach = Q(pk__in=[])
        for path in user.paths(roles):
            reach |= Q(path__startswith=path)
        return self.filter(reach)

    def base(self) -> Self:
        """Joint and independent unions: the grid."""
        return self.filter(kind__in=BASE_KINDS)

    def valid_at(self, day: object) -> Self:
        """day: a date, both ends inclusive."""
        return self.filter(valid_from__lte=day).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )


class Union(models.Model):
    """One union. Its profile (approval, chair, term) lives in members."""

    code = models.CharField("代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类型", max_length=12, choices=UnionKind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    path = models.CharField(max_length=120, unique=True)  # ids from the top: "1/", "1/4/", "1/4/9/"
    valid_from = models.DateField("有效期起")
    valid_to = models.DateField("有效期止", null=True)

    objects = UnionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="union_kind_known", condition=Q(kind__in=UnionKind.values)),
            models.CheckConstraint(
                name="union_only_the_district_has_no_parent",
                condition=Q(kind=UnionKind.DISTRICT, parent__isnull=True)
                | ~Q(kind=UnionKind.DISTRICT) & Q(parent__isnull=False),
            ),
            models.CheckConstraint(
                name="union_valid_to_after_from",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reach(self) -> list[int] | ArraySubquery:
        """The union and all below it, for `union__among`; nothing is below a base union.

        An array of unknown length PostgreSQL takes for ten unions: for one, it plans badly.
        """
        if self.kind in BASE_KINDS:
            return [self.pk]
        return ArraySubquery(Union.objects.within(self).order_by().values("pk"))

    @property
    def short(self) -> str:
        """晓月苑联合工会 → 晓月苑: what a tile has room for."""
        for tail in ("社区联合工会", "联合工会", "公司工会", "地区总工会", "总工会", "工会"):
            if self.name.endswith(tail) and len(self.name) > len(tail):
                return self.name.removesuffix(tail)
        return self.name


class User(AbstractUser):
    """A person who can sign in."""

    first_name = None  # type: ignore[assignment]  # Chinese names are one field
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=40)
    must_change_password = models.BooleanField(default=False)
    first_password_until = models.DateTimeField(null=True)  # a handed-out password dies then
    # Keyed hashes of ID numbers: nobody acts on their own or a declared relative's case.
    id_hash = models.BinaryField(max_length=16, null=True)
    relatives = ArrayField(models.BinaryField(max_length=16), default=list)

    REQUIRED_FIELDS = ["name"]

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                name="user_first_password_is_changed",
                condition=Q(first_password_until__isnull=True) | Q(must_change_password=True),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    acting_for: int | None = None  # id of the union chosen in the top bar; None for all

    @cached_property
    def granted(self) -> tuple["Grant", ...]:
        """All grants valid today, with their unions: one query a request."""
        return tuple(self.grants.in_force()) if self.is_active else ()

    @cached_property
    def held(self) -> tuple["Grant", ...]:
        """The grants valid today for the union the person acts for now."""
        chosen = self.acting_for
        return tuple(g for g in self.granted if chosen is None or g.union_id == chosen)

    def act_for(self, union_id: int | None) -> None:
        """Act for this union from now on; without a grant there, for the first of several."""
        unions = list(dict.fromkeys(grant.union_id for grant in self.granted))
        several = len(unions) > 1
        self.acting_for = (union_id if union_id in unions else unions[0]) if several else None
        for name in ("held", "_union_ids"):
            self.__dict__.pop(name, None)

    def signature(self, union: Union | None = None, roles: Iterable[Role] = tuple(Role)) -> str:
        """The name an act carries: 李敏（代程梓燕） where only a substitution gives the right."""
        wanted = set(roles)
        fitting = [
            grant
            for grant in self.held
            if grant.role in wanted and (union is None or union.path.startswith(grant.union.path))
        ]
        if not fitting or any(grant.stands_in_for is None for grant in fitting):
            return str(self)
        return f"{self}（代{fitting[0].stands_in_for}）"

    def paths(self, roles: Iterable[Role]) -> tuple[str, ...]:
        """Paths of the unions held in one of the roles, none inside another."""
        wanted = set(roles)
        found = sorted({g.union.path for g in self.held if g.role in wanted})
        return tuple(p for p in found if not any(p != q and p.startswith(q) for q in found))

    def is_concerned(self, hashes: Iterable[bytes], since: date | None = None) -> bool:
        """Whether one of these is their own ID number or a declared relative's.

        since: what was declared on that day or later counts too, though it was taken back.
        """
        asked = {bytes(one) for one in hashes}
        own = {bytes(one) for one in (self.id_hash, *self.relatives) if one}
        if not own.isdisjoint(asked):
            return True
        former = self.former_kin.filter(id_hash__in=asked, until__gte=since) if since else None
        return former is not None and former.exists()

    def may(self, roles: Iterable[Role], union: Union | None = None) -> bool:
        """Whether the person holds one of the roles, for this union or one above it."""
        paths = self.paths(roles)
        return any(union.path.startswith(p) for p in paths) if union else bool(paths)

    def union_ids(self, roles: Iterable[Role], within: Union | None = None) -> list[int]:
        """Ids of all unions reached in one of the roles. Remembered for the request.

        within: only this one and those below it.
        """
        if within:
            return [b.pk for b in self.branches(roles) if b.path.startswith(within.path)]
        key = frozenset(roles)
        if key not in self._union_ids:
            self._union_ids[key] = [branch.pk for branch in self.branches(key)]
        return self._union_ids[key]

    def scope(self, roles: Iterable[Role], within: Union | None = None) -> models.Q:
        """What a record's union must meet to be reached in one of the roles.

        within: only this one and those below it.
        """
        ids = self.union_ids(roles, within)
        if 0 < len(ids) == len(self.union_tree.branches):
            return models.Q()  # all of them: planned and compared for nothing
        return models.Q(union__among=ids)

    def branches(self, roles: Iterable[Role]) -> list[tree.Branch]:
        """All unions reached in one of the roles, by path."""
        paths = self.paths(roles)
        return self.union_tree.under(paths) if paths else []

    @property
    def union_tree(self) -> tree.Tree:
        """The union tree as it was when the grants were read, or later."""
        wanted = self.granted[0].tree if self.granted else ""
        return tree.current(wanted, Union, dict(UnionKind.choices))

    @cached_property
    def _union_ids(self) -> dict[frozenset[Role], list[int]]:
        return {}


class GrantQuerySet(models.QuerySet["Grant"]):
    def valid_at(self, day: object) -> Self:
        """day: a date, both ends inclusive."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        )

    def in_force(self, today: object = None) -> Self:
        """Those valid today, each with what deciding by it needs."""
        rows = self.valid_at(today or timezone.localdate()).annotate(tree=tree.digest())
        return rows.select_related("union", "stands_in_for").order_by("pk")

    def own(self) -> Self:
        """Those a person holds themself, not for somebody on leave."""
        return self.filter(stands_in_for__isnull=True)


class Grant(models.Model):
    """A person acts in a role for a union and every union below it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    union = models.ForeignKey(Union, models.PROTECT, related_name="grants")
    role = models.CharField("角色", max_length=20, choices=Role.choices)
    valid_from = models.DateField("开始", null=True)  # inclusive; open without
    valid_to = models.DateField("结束", null=True)
    stands_in_for = models.ForeignKey(  # on leave
        User, models.CASCADE, null=True, related_name="substitutions"
    )

    objects = GrantQuerySet.as_manager()
    tree: str  # digest of the union tree, where in_force() read the grant

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "union", "role", "stands_in_for", "valid_from"],
                name="grant_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="grant_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="grant_dates_in_order", condition=Q(valid_to__gte=models.F("valid_from"))
            ),
            models.CheckConstraint(
                name="grant_nobody_stands_in_for_themself",
                condition=~Q(stands_in_for=models.F("user")),
            ),
            models.CheckConstraint(
                name="grant_of_a_substitute_has_dates",
                condition=Q(stands_in_for__isnull=True)
                | Q(valid_from__isnull=False, valid_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()} {self.union}"


class FormerKin(models.Model):
    """A number that somebody declared as their own or a relative's, and took back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="former_kin")
    id_hash = models.BinaryField(max_length=16)
    until = models.DateField("申报到")

    def __str__(self) -> str:
        return f"{self.user_id} {self.until}"


class LoginGuard(models.Model):
    """Tries at one user name. A cache forgets; this row does not."""

    name = models.CharField(max_length=150, primary_key=True)  # see guard.py
    tries = models.PositiveSmallIntegerField(default=0)
    first_at = models.DateTimeField(db_default=Now())
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} {self.tries}"


class SafeRedo(models.Model):
    """A form that was sent: a second POST of it shows the first result."""

    token = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    location = models.CharField(max_length=500)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.token)
