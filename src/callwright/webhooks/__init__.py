"""Edge: the webhook client: signature, redirects, cookies, retries, egress guard, exchange log."""
