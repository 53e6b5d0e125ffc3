"""Referrals in the browser: the door, the lists, one referral from beginning to end."""
