"""What a command says when it cannot do its work."""


class CommandFailed(Exception):
    """Shown without a traceback: the cause, and what to do next. `exit_code` is the program's."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def with_code(text: str, code: str) -> str:
    """A sentence of the server's with its error code, and one full stop at most: "Gone. (error 1)" reads badly."""
    return f"{text.rstrip().rstrip('.')} ({code})"
