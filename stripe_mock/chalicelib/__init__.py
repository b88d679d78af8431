"""The mock's logic: what Stripe does for the calls that billing makes."""
