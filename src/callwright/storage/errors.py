"""What storage refuses or fails with.

StorageError (a RuntimeError)
├── CannotOpen: the database cannot be used at all; told at start, in one line with the fix
│   ├── BadDatabaseUrl
│   ├── DatabaseUnreachable
│   └── DatabaseTooNew
└── StorageUnavailable (usecases.ports): a unit of work could not be done now, none of it was stored
    ├── DatabaseBusy
    ├── DiskFull
    └── DatabaseFailed
UnstorableValue (usecases.ports, a ValueError): a value that no column can hold, such as text with NUL in it
"""

from callwright.usecases.ports import StorageUnavailable


class StorageError(RuntimeError):
    """Something about the database is wrong."""


class CannotOpen(StorageError):
    """The database cannot be opened."""


class BadDatabaseUrl(CannotOpen):
    """The database URL is not understood."""


class DatabaseUnreachable(CannotOpen):
    """The database does not answer, or lets us not in."""


class DatabaseTooNew(CannotOpen):
    """The database was written by a newer version of Callwright."""


class DatabaseBusy(StorageUnavailable, StorageError):
    """Another process kept the database locked, or units of work kept colliding: try again."""


class DiskFull(StorageUnavailable, StorageError):
    """The disk is full: nothing was stored. Free some space."""


class DatabaseFailed(StorageUnavailable, StorageError):
    """The database failed: nothing was stored."""
