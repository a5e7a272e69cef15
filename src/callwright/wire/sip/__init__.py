"""SIP (RFC 3261) without sockets: messages, transactions, dialogs."""
