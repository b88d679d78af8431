"""Billing's logic: price a purchase, charge it once, announce it at least once."""
