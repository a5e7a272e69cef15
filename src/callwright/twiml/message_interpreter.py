"""Runs documents that answer a message: verbs from top to bottom, and from document to document."""

from callwright.twiml.document import MessageDocument
from callwright.twiml.ports import DocumentRequest, MessageControl, MessageDocuments, Warned
from callwright.twiml.verb import Flow, Step

#: Documents for one message in all: more is a loop of redirects.
MOST_DOCUMENTS = 100
#: "Document retrieval limit reached".
TOO_MANY_DOCUMENTS = 14106


async def run_message(document: MessageDocument, control: MessageControl, documents: MessageDocuments) -> None:
    """Run `document`, and those that it leads to, to the end.

    Raises DocumentFailed when a further document cannot be had, and RepliesStopped; what was sent before stays sent.
    """
    told: set[Warned] = set()
    for _ in range(MOST_DOCUMENTS):
        for warned in document.warnings:
            if warned not in told:  # a document that comes again and again says nothing new
                told.add(warned)
                await control.warn(warned)
        flow = await _run_one(document, control)
        if not isinstance(flow, DocumentRequest):
            return
        document = await documents.fetch(flow)
    await control.warn(Warned(TOO_MANY_DOCUMENTS, f"the documents lead in a circle: {document.url}", is_error=True))


async def _run_one(document: MessageDocument, control: MessageControl) -> Flow:
    for verb in document.verbs:
        flow = await verb.run(control)
        if flow is not Step.NEXT:
            return flow
    return Step.STOP
