from tests.voice.conftest import new_phone

__all__ = ["new_phone"]
