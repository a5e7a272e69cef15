"""The rules by which pressed keys become the digits of a <Gather>; free of time and I/O."""

#: An open-ended <Gather> stops here, so that a key held down all day fills no memory.
MOST_DIGITS = 1000


class DigitCollection:
    """Keys pressed so far; with `finish_on_key` "" no key finishes, with `num_digits` None no number does."""

    def __init__(self, finish_on_key: str, num_digits: int | None) -> None:
        self._finish_on_key = finish_on_key
        self._most = min(num_digits or MOST_DIGITS, MOST_DIGITS)
        self.digits = ""

    def add(self, key: str) -> bool:
        """Take one key; True once the collection is complete. The finishing key is not among the digits."""
        if key == self._finish_on_key:
            return True
        self.digits += key
        return len(self.digits) >= self._most
