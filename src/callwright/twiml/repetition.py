"""The `loop` attribute of prompts."""

#: Most repetitions of a prompt; `loop="0"` asks for them all (Twilio's page of <Say>).
MOST_REPETITIONS = 1000


def times(loop: int) -> range:
    """One step per repetition."""
    return range(min(loop or MOST_REPETITIONS, MOST_REPETITIONS))
