"""Links to SMS carriers by SMPP 3.4."""
