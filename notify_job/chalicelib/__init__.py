"""Telling the admin of a purchase: what is done (notifications), what was done (records), the phone (sms)."""
