"""Parameters of requests about a call (reference: webhooks, Voice parameters)."""

from datetime import datetime

from callwright.model.resources.call import Call


def voice_parameters(call: Call, status: str | None = None) -> dict[str, str]:
    """What every voice request carries. `status` is the CallStatus when it is not the row's (initiated …)."""
    parameters = {
        **call.sip_parameters,
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "From": call.from_ or "",
        "To": call.to or "",
        "Caller": call.from_ or "",
        "Called": call.to or "",
        "CallStatus": status or call.status,
        "ApiVersion": call.api_version,
        "Direction": call.direction,
    }
    known = {
        "ForwardedFrom": call.forwarded_from,
        "CallerName": call.caller_name,
        "ParentCallSid": call.parent_call_sid,
        "ApplicationSid": call.application_sid,
        "SipCallId": call.sip_call_id,
    }
    return parameters | {name: value for name, value in known.items() if value}


def rfc2822(moment: datetime) -> str:
    """`Thu, 13 Nov 2008 07:56:24 +0000`; the moment has to be in UTC."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    day, month = days[moment.weekday()], months[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment.year} {moment:%H:%M:%S} +0000"
