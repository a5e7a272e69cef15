"""Edge: tables, records, revisions, jobs; SQLite and PostgreSQL."""
