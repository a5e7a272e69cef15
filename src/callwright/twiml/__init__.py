"""The language: parse, validate and run TwiML against the CallControl port. Pure."""
