"""Values of an object that are computed at most once, however many threads read them."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801  (a decorator, as `property`)
    """Like `functools.cached_property`, with a lock for each object and value.

    Without it, two threads that read a value at once would both compute it, and open a file twice.
    An exception is not stored: the next read computes again. The object needs a `__dict__`.
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
        values = instance.__dict__
        # `setdefault` is atomic, so that all threads get the same lock.
        with values.setdefault(f"_lock_of_{self._name}", RLock()):
            if self._name not in values:
                values[self._name] = self._compute(instance)
            value: T = values[self._name]
            return value
