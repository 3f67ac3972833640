from typing import NamedTuple


class Division(NamedTuple):
    country: str
    code: str
    name: str
