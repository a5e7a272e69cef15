"""One file for each kind of carrier; the contract is messaging/carrier.py."""
