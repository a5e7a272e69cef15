"""Edge: SIP sockets, trunks and call sessions."""
