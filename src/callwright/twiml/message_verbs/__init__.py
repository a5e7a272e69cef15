"""One file per verb of messaging TwiML."""
