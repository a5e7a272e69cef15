"""What an SMSC's command_status means (SMPP 3.4 §5.1.3; those from 0x100 are of SMPP 5.0)."""

from enum import Enum, auto

ROK = 0x00000000
RINVMSGLEN = 0x00000001
RINVCMDLEN = 0x00000002
RINVCMDID = 0x00000003
RINVBNDSTS = 0x00000004
RALYBND = 0x00000005
RSYSERR = 0x00000008
RBINDFAIL = 0x0000000D
RINVPASWD = 0x0000000E
RINVSYSID = 0x0000000F
RMSGQFUL = 0x00000014
RTHROTTLED = 0x00000058
RX_T_APPN = 0x00000064
RX_P_APPN = 0x00000065
RINVOPTPARSTREAM = 0x000000C0
RUNKNOWNERR = 0x000000FF


class Meaning(Enum):
    """What to do about a refusal."""

    #: Too fast: the same again later, and everything slower.
    THROTTLED = auto()
    #: The same again later.
    TEMPORARY = auto()
    #: The carrier does not take such messages from us, or we have set it up wrongly: another one may.
    CARRIER = auto()
    #: Nobody has that number.
    DESTINATION = auto()
    #: It does not take this message.
    BLOCKED = auto()
    #: It failed, and why is not said.
    FAILED = auto()


_T, _C, _F = Meaning.TEMPORARY, Meaning.CARRIER, Meaning.FAILED

_KNOWN: dict[int, tuple[str, str, Meaning]] = {
    RINVMSGLEN: ("ESME_RINVMSGLEN", "message length is invalid", _F),
    RINVCMDLEN: ("ESME_RINVCMDLEN", "command length is invalid", _F),
    RINVCMDID: ("ESME_RINVCMDID", "invalid command", _C),
    RINVBNDSTS: ("ESME_RINVBNDSTS", "not allowed in this bind state", _T),
    RALYBND: ("ESME_RALYBND", "already bound", _T),
    0x06: ("ESME_RINVPRTFLG", "invalid priority", _C),
    0x07: ("ESME_RINVREGDLVFLG", "invalid registered delivery", _C),
    RSYSERR: ("ESME_RSYSERR", "system error of the carrier", _T),
    0x0A: ("ESME_RINVSRCADR", "invalid source address", _C),
    0x0B: ("ESME_RINVDSTADR", "invalid destination address", Meaning.DESTINATION),
    0x0C: ("ESME_RINVMSGID", "invalid message id", _F),
    RBINDFAIL: ("ESME_RBINDFAIL", "bind failed", _C),
    RINVPASWD: ("ESME_RINVPASWD", "invalid password", _C),
    RINVSYSID: ("ESME_RINVSYSID", "invalid system id", _C),
    0x11: ("ESME_RCANCELFAIL", "cancel failed", _F),
    0x13: ("ESME_RREPLACEFAIL", "replace failed", _F),
    RMSGQFUL: ("ESME_RMSGQFUL", "message queue full", Meaning.THROTTLED),
    0x15: ("ESME_RINVSERTYP", "invalid service type", _C),
    0x33: ("ESME_RINVNUMDESTS", "invalid number of destinations", _F),
    0x34: ("ESME_RINVDLNAME", "invalid distribution list", _F),
    0x40: ("ESME_RINVDESTFLAG", "invalid destination flag", _F),
    0x42: ("ESME_RINVSUBREP", "invalid replace request", _F),
    0x43: ("ESME_RINVESMCLASS", "invalid esm_class", _C),
    0x44: ("ESME_RCNTSUBDL", "cannot submit to a distribution list", _F),
    0x45: ("ESME_RSUBMITFAIL", "submit failed", _F),
    0x48: ("ESME_RINVSRCTON", "invalid source address TON", _C),
    0x49: ("ESME_RINVSRCNPI", "invalid source address NPI", _C),
    0x50: ("ESME_RINVDSTTON", "invalid destination address TON", _C),
    0x51: ("ESME_RINVDSTNPI", "invalid destination address NPI", _C),
    0x53: ("ESME_RINVSYSTYP", "invalid system type", _C),
    0x54: ("ESME_RINVREPFLAG", "invalid replace flag", _C),
    0x55: ("ESME_RINVNUMMSGS", "invalid number of messages", _F),
    RTHROTTLED: ("ESME_RTHROTTLED", "throttled: more messages than are allowed", Meaning.THROTTLED),
    0x61: ("ESME_RINVSCHED", "invalid scheduled delivery time", _C),
    0x62: ("ESME_RINVEXPIRY", "invalid validity period", _C),
    0x63: ("ESME_RINVDFTMSGID", "invalid predefined message", _C),
    RX_T_APPN: ("ESME_RX_T_APPN", "temporary error of the receiver", _T),
    RX_P_APPN: ("ESME_RX_P_APPN", "permanent error of the receiver", _F),
    0x66: ("ESME_RX_R_APPN", "rejected by the receiver", Meaning.BLOCKED),
    0x67: ("ESME_RQUERYFAIL", "query failed", _F),
    RINVOPTPARSTREAM: ("ESME_RINVOPTPARSTREAM", "error in the optional parameters", _C),
    0xC1: ("ESME_ROPTPARNOTALLWD", "optional parameter not allowed", _C),
    0xC2: ("ESME_RINVPARLEN", "invalid parameter length", _C),
    0xC3: ("ESME_RMISSINGOPTPARAM", "optional parameter missing", _C),
    0xC4: ("ESME_RINVOPTPARAMVAL", "invalid optional parameter", _C),
    0xFE: ("ESME_RDELIVERYFAILURE", "delivery failed", _F),
    RUNKNOWNERR: ("ESME_RUNKNOWNERR", "unknown error", _F),
    0x100: ("ESME_RSERTYPUNAUTH", "not authorised for this service type", _C),
    0x101: ("ESME_RPROHIBITED", "prohibited", Meaning.BLOCKED),
    0x102: ("ESME_RSERTYPUNAVAIL", "service type unavailable", _T),
    0x103: ("ESME_RSERTYPDENIED", "service type denied", _C),
    0x104: ("ESME_RINVDCS", "invalid data_coding", _C),
}


def status_text(status: int) -> str:
    """Its name, number and sense, for people: `ESME_RTHROTTLED (0x00000058): throttled: …`."""
    name, sense, _ = _KNOWN.get(status, ("", "a status of the carrier's own", _F))
    return f"{name} (0x{status:08x}): {sense}" if name else f"0x{status:08x}: {sense}"


def meaning_of(status: int) -> Meaning:
    """What to do about it; a status that is not known is a failure without a reason."""
    return _KNOWN[status][2] if status in _KNOWN else Meaning.FAILED
