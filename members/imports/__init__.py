"""The kinds of workbook this app takes."""

from members.imports.accounts import ACCOUNTS
from members.imports.enterprises import ENTERPRISES
from members.imports.roster import ROSTER
from members.imports.unions import UNIONS
from wanping_union.imports.kinds import Kind

KINDS: tuple[Kind, ...] = (UNIONS, ENTERPRISES, ROSTER, ACCOUNTS)
