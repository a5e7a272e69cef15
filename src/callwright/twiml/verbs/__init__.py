"""One file per TwiML verb."""
