"""The history of the database's schema: one for both engines."""
