"""Values of an object that are computed at most once, whatever number of threads ask."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801  (a decorator, as `property`)
    """Like `functools.cached_property`, with a lock for each object and value.

    Two threads that ask at once would otherwise both open what is opened, and one is left over.
    What raises is not kept: the next who asks tries again. The object needs a `__dict__`.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> T:
        """Return the value; once it is there, the object has it as a plain attribute."""
        if instance is None:
            return self  # type: ignore[return-value]
        kept = instance.__dict__
        # One step, so that all threads get the same lock.
        with kept.setdefault(f"_lock_of_{self._name}", RLock()):
            if self._name not in kept:
                kept[self._name] = self._compute(instance)
            value: T = kept[self._name]
            return value
