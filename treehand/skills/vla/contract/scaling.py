"""Encoding of numbers as a policy was trained with them: dataset statistics, scale and offset."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from treehand.documents.reader import Located
from treehand.skills.contracts.embodiment import Finite, FloatArray

Numbers = Annotated[tuple[Finite, ...], Field(min_length=1)]
FIELDS = {
    "mean-std": ("mean", "std"),
    "quantiles": ("q01", "q99"),
    "min-max": ("min", "max"),
    "scale-offset": ("scale", "offset"),
}


class Scaling(Located):
    """Affine encoding of a vector; `decode` gives physical values, `encode` the encoded ones."""

    by: Literal["mean-std", "quantiles", "min-max", "scale-offset"]
    """``mean-std``: physical = value · std + mean; ``quantiles`` and ``min-max``: -1 is q01 (min)
    and 1 is q99 (max); ``scale-offset``: physical = value · scale + offset."""
    mean: Numbers | None = None
    std: Numbers | None = None
    q01: Numbers | None = None
    q99: Numbers | None = None
    min: Numbers | None = None
    max: Numbers | None = None
    scale: Numbers | None = None
    offset: Numbers | None = None
    mask: tuple[StrictBool, ...] | None = None
    """Dimensions that are encoded; the others are physical. All if left out."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        names = FIELDS[self.by]
        given = [name for pair in FIELDS.values() for name in pair if getattr(self, name)]
        if sorted(given) != sorted(names):
            message = f"'by: {self.by}' goes with {names[0]} and {names[1]}, not {_listed(given)}"
            raise _wrong(message, f"give exactly: {names[0]}, {names[1]}")
        sizes = {len(getattr(self, name)) for name in names}
        sizes |= {len(self.mask)} if self.mask is not None else set()
        if len(sizes) > 1:
            raise _wrong("its lists are not of one length", "give one number per dimension")
        factors, _ = self._affine()
        is_bad = factors == 0.0 if self.by == "scale-offset" else factors <= 0.0
        if self.mask is not None:
            is_bad = is_bad & np.array(self.mask)
        if is_bad.any():
            at = int(np.argmax(is_bad))
            message = f"dimension {at + 1} of the scaling has no extent"
            raise _wrong(message, "mask it out, or correct the statistics")
        return self

    @property
    def size(self) -> int:
        """Number of dimensions."""
        return len(getattr(self, FIELDS[self.by][0]))

    def _affine(self) -> tuple[FloatArray, FloatArray]:
        """Return factor and offset of each dimension, the mask left aside."""
        first, second = (np.array(getattr(self, name), dtype=float) for name in FIELDS[self.by])
        if self.by == "mean-std":
            return second, first
        if self.by == "scale-offset":
            return first, second
        return (second - first) / 2.0, (first + second) / 2.0

    def _masked(self) -> tuple[FloatArray, FloatArray]:
        factor, offset = self._affine()
        if self.mask is None:
            return factor, offset
        return np.where(self.mask, factor, 1.0), np.where(self.mask, offset, 0.0)

    def decode(self, values: FloatArray) -> FloatArray:
        """Return the physical values of encoded ones, shape (…, size)."""
        factor, offset = self._masked()
        return values * factor + offset

    def encode(self, values: FloatArray) -> FloatArray:
        """Return the encoded values of physical ones, shape (…, size)."""
        factor, offset = self._masked()
        encoded: FloatArray = (values - offset) / factor
        return encoded


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "nothing"


def _wrong(message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("wrong_scaling", message, {"code": "wrong-scaling", "hint": hint})
