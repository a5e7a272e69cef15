"""Database engines, one file each; the contract is storage.engine."""
