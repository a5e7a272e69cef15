"""The root of all errors about what a peer sent."""


class WireError(ValueError):
    """The peer sent something that its protocol does not allow; the text says what."""
