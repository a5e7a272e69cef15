"""An independent SIP phone (PJSIP) as a program: `python -m tests.voice.pjsua_phone call|listen …`.

Prints one JSON object per line as things happen, so that a test can follow it: state, media, digit, ended.
"""

import argparse
import json
import sys
import time
from typing import Any

import pjsua2 as pj


def tell(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


class PhoneCall(pj.Call):  # type: ignore[misc]  # the package has no types
    def __init__(self, account: Any, call_id: int, options: argparse.Namespace) -> None:
        super().__init__(account, call_id)
        self.options = options
        self.recorder: Any = None
        self.is_over = False
        self.media_since_s: float | None = None

    def onCallState(self, prm: Any) -> None:
        info = self.getInfo()
        tell(event="state", state=info.stateText, status=info.lastStatusCode)
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            tell(event="ended", status=info.lastStatusCode, duration_s=info.connectDuration.sec)
            self.is_over = True

    def onCallMediaState(self, prm: Any) -> None:
        info = self.getInfo()  # owns the media list: it must outlive the loop
        for index, media in enumerate(info.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO or media.status != pj.PJSUA_CALL_MEDIA_ACTIVE:
                continue
            audio = self.getAudioMedia(index)
            if self.recorder is None and self.options.record:
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(self.options.record)
                audio.startTransmit(self.recorder)
            self.media_since_s = time.monotonic()
            tell(event="media")

    def onDtmfDigit(self, prm: Any) -> None:
        tell(event="digit", digit=prm.digit)


class PhoneAccount(pj.Account):  # type: ignore[misc]  # the package has no types
    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self.options = options
        self.call: PhoneCall | None = None

    def onIncomingCall(self, prm: Any) -> None:
        self.call = PhoneCall(self, prm.callId, self.options)
        info = self.call.getInfo()
        tell(event="incoming", remote=info.remoteUri, local=info.localUri)
        answer = pj.CallOpParam()
        answer.statusCode = self.options.status
        self.call.answer(answer)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["call", "listen"])
    parser.add_argument("--target", default="")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--record", default="")
    parser.add_argument("--digits", default="", help="sent --digits-after seconds after media starts")
    parser.add_argument("--digits-after", type=float, default=1.0)
    parser.add_argument("--status", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30.0)
    run(parser.parse_args())


def run(options: argparse.Namespace) -> None:
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.logConfig.level = 0
    config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.medConfig.noVad = True
    endpoint.libInit(config)
    endpoint.audDevManager().setNullDev()
    transport = pj.TransportConfig()
    transport.port = options.port
    transport.boundAddress = "127.0.0.1"
    transport.publicAddress = "127.0.0.1"
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 200 if codec.codecId.startswith("PCM") else 0)
    account_config = pj.AccountConfig()
    account_config.idUri = "sip:+15557770001@127.0.0.1"
    account_config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account_config.mediaConfig.transportConfig.publicAddress = "127.0.0.1"
    account = PhoneAccount(options)
    account.create(account_config)
    if options.mode == "call":
        account.call = PhoneCall(account, pj.PJSUA_INVALID_ID, options)
        account.call.makeCall(options.target, pj.CallOpParam(True))
    tell(event="ready")
    follow(endpoint, account, options)
    account.shutdown()
    endpoint.libDestroy()


def follow(endpoint: Any, account: PhoneAccount, options: argparse.Namespace) -> None:
    deadline = time.monotonic() + options.seconds
    digits_due = bool(options.digits)
    while time.monotonic() < deadline and not (account.call and account.call.is_over):
        endpoint.libHandleEvents(20)
        call = account.call
        if digits_due and call and call.media_since_s and time.monotonic() - call.media_since_s > options.digits_after:
            call.dialDtmf(options.digits)
            digits_due = False
    if account.call and not account.call.is_over:
        account.call.hangup(pj.CallOpParam(True))
        while not account.call.is_over and time.monotonic() < deadline + 5:
            endpoint.libHandleEvents(20)
    account.call = None


if __name__ == "__main__":
    main()
    sys.exit(0)
