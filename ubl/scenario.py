"""From plain facts to codes: what kind of supply it is decides flags, endpoints, categories and required fields."""

from ubl.parties import Model


class Facts(Model, frozen=True, kw_only=True):
    """What the caller knows about the supply; each fact is one flag of BTAE-02 or follows from one."""

    free_zone: bool = False
    """Supply in a designated free trade zone; needs `beneficiary`. Flag 1."""
    deemed_supply: bool = False
    """Deemed supply: the buyer's endpoint becomes the predefined one. Flag 2."""
    margin_scheme: bool = False
    """Profit margin scheme: every category is N. Flag 3."""
    summary: bool = False
    """Summary invoice over a `period`. Flag 4."""
    continuous: bool = False
    """Continuous supply. Flag 5."""
    agent: bool = False
    """Disclosed agent bills for `principal`. Flag 6."""
    e_commerce: bool = False
    """Supply through electronic commerce; needs the deliver-to address. Flag 7."""
    export: bool = False
    """Export; needs the deliver-to address. Flag 8."""
    buyer_on_peppol: bool = True
    """False: the buyer can't be reached; its endpoint becomes the predefined one."""
