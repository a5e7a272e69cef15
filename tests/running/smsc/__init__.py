"""Independent SMSCs as subprocesses, one class for all: see Smsc."""

from tests.running.smsc.smsc import Answered, Smsc, Submit

__all__ = ["Answered", "Smsc", "Submit"]
