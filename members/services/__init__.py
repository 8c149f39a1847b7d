"""One function per act; the modules go by subject."""

from members.services.enterprises import (
    add_enterprise,
    bring_back,
    correct_enterprise,
    override_size,
    relocate,
    save_year,
)
from members.services.people import (
    REVEALABLE,
    PersonFacts,
    correct_membership,
    correct_person,
    label_of,
    print_card,
    register,
    reveal,
)
from members.services.standing import (
    deem_withdrawn,
    expel,
    record_death,
    reinstate,
    resume,
    retain,
    withdraw,
)
from members.services.unions import create_union, edit_union, move_union, set_validity
from members.services.views import delete_view, save_view

__all__ = [
    "REVEALABLE",
    "PersonFacts",
    "add_enterprise",
    "bring_back",
    "correct_enterprise",
    "correct_membership",
    "correct_person",
    "create_union",
    "deem_withdrawn",
    "delete_view",
    "edit_union",
    "expel",
    "label_of",
    "move_union",
    "override_size",
    "print_card",
    "record_death",
    "register",
    "reinstate",
    "relocate",
    "resume",
    "retain",
    "reveal",
    "save_view",
    "save_year",
    "set_validity",
    "withdraw",
]
