"""Edge: the built-in demo, a web app like any user's: it is asked by webhooks and answers TwiML."""
