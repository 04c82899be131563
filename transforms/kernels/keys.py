"""Hash tables of keys that are hashes themselves: open addressing, one slot after the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled
from transforms.kernels.tokens import mix

Hashes = npt.NDArray[np.uint64]

_EMPTY = np.uint64(0)
_ONE = np.uint64(1)


@compiled
def key_table(most: int) -> Hashes:
    """Give an empty table for that many keys, at most half full."""
    slots = 16
    while slots < 2 * most:
        slots *= 2
    return np.zeros(slots, np.uint64)


@compiled
def key_slot(keys: Hashes, key: np.uint64) -> int:
    """Give the slot of a key, or the empty one where it belongs; no key is 0."""
    mask = np.uint64(keys.shape[0] - 1)
    slot = mix(key) & mask
    while keys[slot] != _EMPTY and keys[slot] != key:
        slot = (slot + _ONE) & mask
    return int(slot)
