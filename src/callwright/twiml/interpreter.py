"""Runs documents on a call: verbs from top to bottom, and from document to document until the call ends."""

import asyncio

from callwright.twiml.document import Document
from callwright.twiml.ports import CallControl, CallEnded, DocumentRequest, Documents, PromptFailed, Warned
from callwright.twiml.verb import Flow, Step, Verb

#: Documents in a row in which nothing was heard and no time passed: more is a loop of redirects.
MOST_SILENT_DOCUMENTS = 100
#: Documents of one call in all: four hours of a hold loop that asks again every second and a half.
MOST_DOCUMENTS = 10_000
#: Twilio has no code for a loop of documents; that for too many HTTP redirects says it best.
TOO_MANY_DOCUMENTS = 11215


async def run(document: Document, control: CallControl, documents: Documents) -> None:
    """Run `document`, and those that it leads to, until the call is over; returns then, whoever ended it.

    Raises DocumentFailed when a further document cannot be had: the call is then still up, and the caller's.
    """
    try:
        await _run_all(document, control, documents)
    except CallEnded:
        return


async def _run_all(document: Document, control: CallControl, documents: Documents) -> None:
    silent = 0
    for _ in range(MOST_DOCUMENTS):
        for warned in document.warnings:
            await control.warn(warned)
        flow, passed_time = await _run_one(document, control)
        if not isinstance(flow, DocumentRequest):
            return
        silent = 0 if passed_time else silent + 1
        if silent >= MOST_SILENT_DOCUMENTS:
            break
        await asyncio.sleep(0)  # a loop of documents that are at hand must let other calls run
        document = await documents.fetch(flow)
    await control.warn(Warned(TOO_MANY_DOCUMENTS, f"the documents lead in a circle: {document.url}", is_error=True))
    await control.hang_up()


async def _run_one(document: Document, control: CallControl) -> tuple[Flow, bool]:
    """How the document ended, and whether a verb of it took time."""
    passed_time = False
    for verb in document.verbs:
        if verb.needs_answer and not control.is_answered:
            await control.answer()
        passed_time = passed_time or verb.passes_time
        flow = await _run_verb(verb, control)
        if flow is not Step.NEXT:
            return flow, passed_time
    await _end(control)
    return Step.STOP, passed_time


async def _run_verb(verb: Verb, control: CallControl) -> Flow:
    try:
        return await verb.run(control)
    except PromptFailed as failure:
        await control.warn(verb.warned(failure.code, failure.message, is_error=True))
        return Step.NEXT


async def _end(control: CallControl) -> None:
    """Out of verbs: the same as <Hangup>, for only <Reject> keeps a call from being answered."""
    if not control.is_answered:
        await control.answer()
    await control.hang_up()
