"""What is publicly known of the companies and funds of the universe, by contract id."""

from collections.abc import Mapping
from typing import NamedTuple


class Company(NamedTuple):
    """`isin` is the international number of the security; the others are IB's classification."""

    isin: str = ""
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    stock_type: str = "COMMON"

    @property
    def cusip(self) -> str:
        """The American number, which is part of an American ISIN; empty elsewhere.

        >>> Company("US0378331005").cusip, Company("DE0007030009").cusip
        ('037833100', '')
        """
        return self.isin[2:11] if self.isin.startswith("US") else ""


_APPLE = Company("US0378331005", "Technology", "Computers", "Computers")
_RHEINMETALL = Company("DE0007030009", "Industrial", "Aerospace/Defense", "Aerospace/Defense")

COMPANIES: Mapping[int, Company] = {
    265598: _APPLE,
    3691937: Company("US0231351067", "Communications", "Internet", "E-Commerce/Products"),
    76792991: Company("US88160R1014", "Consumer, Cyclical", "Auto Manufacturers", "Auto-Cars/Light Trucks"),
    272093: Company("US5949181045", "Technology", "Software", "Applications Software"),
    4815747: Company("US67066G1040", "Technology", "Semiconductors", "Electronic Compo-Semicon"),
    8314: Company("US4592001014", "Technology", "Computers", "Computer Services"),
    2840214: Company("US8030542042", "Technology", "Software", "Enterprise Software/Serv", "ADR"),
    756733: Company("US78462F1030", "Funds", "Equity Fund", "Growth&Income-Large Cap", "ETF"),
    78046366: _RHEINMETALL,
    81234517: _RHEINMETALL,
    14121: Company("DE0007164600", "Technology", "Software", "Enterprise Software/Serv"),
    14094: Company("DE0005190003", "Consumer, Cyclical", "Auto Manufacturers", "Auto-Cars/Light Trucks"),
}

UNKNOWN = Company()
"""What is said of a stock that is not in the table."""
