"""/v1/SignatureDoctor: what is the matter with the signature of a request that somebody pasted."""

import asyncio

from fastapi import APIRouter

from callwright.api.caller import AsCaller
from callwright.api.refusal import ERRORS
from callwright.api.signature_shown import TOO_MANY, DiagnosisShown, PastedRequestGiven, pasted_of, shown
from callwright.usecases.diagnose_signature import case_of_pasted, diagnose
from callwright.usecases.ports import Ports


def routes(ports: Ports) -> APIRouter:
    """One question."""
    router = APIRouter(prefix="/SignatureDoctor", tags=["Exchanges"])

    @router.post("", summary="Diagnose the signature of a request", responses={**ERRORS, **TOO_MANY})
    async def diagnose_pasted(caller: AsCaller, given: PastedRequestGiven) -> DiagnosisShown:
        """Paste what your app sees: which URL and parameters give the signature, and what to change in your app."""
        pasted, principal_sid = pasted_of(given), caller.credentials.account_sid
        case = await caller.write(
            ports.storage, lambda unit, account: case_of_pasted(unit, account, principal_sid, pasted)
        )
        return shown(await asyncio.to_thread(diagnose, case))

    return router
