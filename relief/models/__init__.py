"""What is stored of relief; Django looks for the models here."""

from relief.models.advance import Advance
from relief.models.case import ReliefCase, ReliefCaseQuerySet
from relief.models.household import (
    Household,
    HouseholdLine,
    HouseholdMember,
    HouseholdQuerySet,
)
from relief.models.meetings import Conference, Referral
from relief.models.money import (
    Fund,
    FundYear,
    LedgerEntry,
    Payment,
    PaymentBatch,
    YearlyGrant,
)
from relief.models.papers import (
    Bill,
    CaseReturn,
    FollowUp,
    Objection,
    Override,
    Verdict,
    Visit,
)

__all__ = [
    "Advance",
    "Bill",
    "CaseReturn",
    "Conference",
    "FollowUp",
    "Fund",
    "FundYear",
    "Household",
    "HouseholdLine",
    "HouseholdMember",
    "HouseholdQuerySet",
    "LedgerEntry",
    "Objection",
    "Override",
    "Payment",
    "PaymentBatch",
    "Referral",
    "ReliefCase",
    "ReliefCaseQuerySet",
    "Verdict",
    "Visit",
    "YearlyGrant",
]
