"""The union tree in memory: three hundred rows that every page needs and that change once a month.

A process keeps the tree with a digest of the table. A request learns the table's digest along with
the person's grants and reads the tree anew where the two differ, so that no scope is ever stale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import CharField, Func, Model


class Branch(NamedTuple):
    """What scopes and choices need of a union."""

    pk: int
    code: str
    name: str
    path: str
    kind_words: str


@dataclass(frozen=True, eq=False)  # compared as an object: it is a key of what is drawn from it
class Tree:
    digest: str
    branches: tuple[Branch, ...]  # by path

    def under(self, paths: tuple[str, ...]) -> list[Branch]:
        """The unions at these paths and all below them."""
        return [branch for branch in self.branches if branch.path.startswith(paths)]


_kept = Tree("", ())


def digest() -> Func:
    """Of the whole table of unions; for `annotate`."""
    return Func(
        template="(select sum(hash_record_extended(u, 0))::text from accounts_union u)",
        output_field=CharField(),
    )


def current(wanted: str, unions: type[Model], kinds: Mapping[str, str]) -> Tree:
    """The tree with the wanted digest, or the present one if it has changed since.

    unions: the model Union, which imports this module. kinds: words for each.
    """
    global _kept
    tree = _kept
    if tree.digest != wanted:
        # Both from one statement: the digest is always that of these rows.
        columns = (digest(), "pk", "code", "name", "path", "kind")
        rows = list(unions._default_manager.order_by("path").values_list(*columns))
        branches = (
            Branch(pk, code, name, path, kinds[kind]) for _, pk, code, name, path, kind in rows
        )
        tree = Tree(rows[0][0] if rows else "", tuple(branches))
        _kept = tree
    return tree
