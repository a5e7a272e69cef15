"""Nouns of TwiML, one file each."""
