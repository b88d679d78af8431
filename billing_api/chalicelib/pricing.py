"""What storage costs."""

MAXIMUM_STORAGE = 100_000

# Up to so many notes: the price of each, in cents.
_TIERS = ((10, 400), (100, 200), (MAXIMUM_STORAGE, 100))


def price(storage: int) -> int:
    """The price in cents of `storage` notes (1 to 100,000): the tier it falls into prices every note."""
    for upper, cents in _TIERS:
        if 1 <= storage <= upper:
            return storage * cents
    raise ValueError(f"storage must be 1 to {MAXIMUM_STORAGE}, not {storage}")
