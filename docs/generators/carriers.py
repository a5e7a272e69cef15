"""The carriers page: every kind of carrier with its settings, from their declarations."""

import json

from docs.generators.markdown import NOTICE, code, escape, table

from callwright.cli.carrier_options import flags_of
from callwright.messaging.kinds import CarrierKinds
from callwright.usecases.ports import CarrierSetting

_INTRODUCTION = """# Kinds of carriers

What `kind` of a carrier may be, and the settings of each. In the [API](extensions.md) they are given in `settings`,
secret ones in `secrets`; on the [command line](cli.md) each has an option. A secret may be `env:NAME`: then it is read
from the server's environment when the carrier connects. [Connect an SMS carrier](../how-to/connect-an-sms-carrier.md)
shows how to use them.

"""


def pages() -> dict[str, str]:
    kinds = CarrierKinds()
    sections = [_section(kinds, name, summary) for name, summary in kinds.kinds().items()]
    return {"carriers.md": NOTICE + _INTRODUCTION + "\n".join(sections)}


def _section(kinds: CarrierKinds, name: str, summary: str) -> str:
    flags = flags_of(name)
    rows = [
        (code(setting.name), code(flags[setting.name]), _accepts(setting), _default(setting), setting.description)
        for setting in kinds.settings_of(name)
    ]
    settings = table(("Setting", "Option", "Accepts", "Default", "Meaning"), rows) if rows else "No settings.\n"
    return f"## {name}\n\n{escape(summary)}\n\n{settings}"


def _accepts(setting: CarrierSetting) -> str:
    return f"{setting.type}; secret" if setting.is_secret else setting.type


def _default(setting: CarrierSetting) -> str:
    if setting.is_required:
        return "required"
    default = setting.default
    if default in (None, "", [], {}):
        return ""
    if isinstance(default, dict | list):
        return code(json.dumps(default))
    return code(str(default).lower() if isinstance(default, bool) else default)
