"""What is replaced in torch while a machine is simulated, and put back after it."""

from __future__ import annotations

from typing import Any

_ABSENT = object()


class Patches:
    """Attributes to set on torch's modules and classes, as (owner, name, value)."""

    def __init__(self, wanted: list[tuple[Any, str, Any]]) -> None:
        self._wanted = wanted
        self._kept: list[tuple[Any, str, Any]] = []

    def apply(self) -> None:
        """Set them all."""
        for owner, name, value in self._wanted:
            self._kept.append((owner, name, vars(owner).get(name, _ABSENT)))
            setattr(owner, name, value)

    def remove(self) -> None:
        """Put back what was there."""
        while self._kept:
            owner, name, value = self._kept.pop()
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
