"""Smart encoding: typographic characters become the ones of GSM-7 that look like them.

What becomes what is Twilio's choice (its Messaging Segment Calculator), odd ones included: a no-break space becomes
two spaces, a tab seven, and a combining stroke the character it is drawn like.
"""

_FULL_WIDTH_OFFSET = 0xFEE0
#: ASCII characters whose full-width form (U+FF01 to U+FF5E) becomes them; small letters stay as they are.
_FULL_WIDTH = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_{|}~"
#: Phonetic small capitals, each followed by what it becomes.
_SMALL_CAPITALS = "ᴀAʙBᴄCᴅDᴇEꜰFɢGʜHɪIᴊJᴋKʟLᴍMɴNᴏOᴘPʀRꜱSᴛTᴜUᴠVᴡWʏYᴢZ"
#: What becomes the key: code points and ranges in hexadecimal.
_REPLACED = {
    '"': "00AB 00BB 02BA 02EE 201C-201F 275D-275E 301D-301E",
    "'": "0060 00B4 02B9 02BB-02BD 02C8 02CA-02CB 0313-0314 2018-2019 201B 275B-275C FE10-FE11",
    "/": "00F7 0337-0338 2044 2215 29F8",
    "1/4": "00BC",
    "1/2": "00BD",
    "3/4": "00BE",
    "\\": "20E5 29F5 29F9 FE68",
    "_": "0332 2017",
    "|": "20D2-20D3 2223 239C 239F 23B8-23B9 23D0",
    "-": "2010 2013-2015 2022 2043 23BC-23BD FE63",
    "@": "FE6B",
    "$": "FE69",
    "!": "01C3 FE15 FE57",
    "#": "FE5F",
    "%": "FE6A",
    "&": "FE60",
    ",": "0326 201A 3001 FE50-FE51 FF64",
    "(": "2768 276A 27EE 2985 FE59",
    ")": "2769 276B 27EF 2986 FE5A",
    "*": "204E 2217 229B 2722-2725 2731-2733 273A-273D 2743 2749-274B 29C6 FE61",
    "+": "02D6 FE62",
    ".": "3002 FE52 FF61",
    ":": "02D0 02F8 2982 A789 FE13",
    ";": "204F FE14 FE54",
    "<": "2039 FE64",
    "=": "0347 A78A FE66",
    ">": "203A FE65",
    "?": "FE16 FE56",
    "^": "02C6 0302 1DCD",
    "{": "2774 FE5B",
    "}": "2775 FE5C",
    "~": "02DC 02F7 0303 0330 0334 223C",
    "  ": "0080 008D 0090 009B 009F-00A0 2000 2002-200A 202F 205F 3000",
    "": "0000 0003-0004 0010-0014 0017 0019 200B-200C 2060 FEFF",
    "       ": "0009",
    "!!": "203C",
    " ": "2001 2028-2029",
    "...": "2026",
}


def _table() -> dict[int, str]:
    table = {ord(character) + _FULL_WIDTH_OFFSET: character for character in _FULL_WIDTH}
    table |= {ord(small): capital for small, capital in zip(_SMALL_CAPITALS[::2], _SMALL_CAPITALS[1::2], strict=True)}
    for replacement, ranges in _REPLACED.items():
        for span in ranges.split():
            first, _, last = span.partition("-")
            table |= dict.fromkeys(range(int(first, 16), int(last or first, 16) + 1), replacement)
    return table


_TABLE = _table()


def smart_encoded(text: str) -> str:
    """The text with typographic characters replaced; all others, those of GSM-7 or not, stay."""
    return text.translate(_TABLE)
