"""The page that tells what the demo is."""

from html import escape

from callwright.demo import documents
from callwright.usecases.first_start import DEMO_APPLICATION, DEMO_NUMBER

_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;"
    "color:#1d2330;background:#fff}h1{font-size:1.7rem;margin-bottom:.2em}"
    "pre{background:#f3f5f9;border-radius:8px;padding:1rem;overflow:auto;font-size:.85rem}"
    "code{background:#f3f5f9;border-radius:4px;padding:.1em .3em}pre code{padding:0}"
    "@media(prefers-color-scheme:dark){body{color:#e4e7ee;background:#14171f}pre,code{background:#222734}"
    "a{color:#8ab4ff}}"
)


def demo_page() -> str:
    """HTML, complete, without anything from elsewhere."""
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Callertron, the demo of Callwright</title>
<style>{_STYLE}</style>
<h1>Callertron</h1>
<p>This is the demo web app behind the application <b>{DEMO_APPLICATION}</b>. Call its number with
<code>callwright call {DEMO_NUMBER}</code>, let it talk, and press a key:
<code>callwright call {DEMO_NUMBER} --digits 12w3</code>.</p>
<p>It is a web app like yours will be. A call comes in, Callwright asks <code>voice</code>, and this comes back:</p>
<pre><code>{escape(documents.menu(0))}</code></pre>
<p>The key goes to <code>key</code>, a text message goes to <code>sms</code>, and the end of the call to
<code>status</code>. Every request is signed, and the app checks the signature before it answers, as yours should.</p>
<p>To put your own app in its place, change the application's VoiceUrl. The next call goes there, with no restart:</p>
<pre><code>callwright apps update {DEMO_APPLICATION} --voice-url http://127.0.0.1:5000/voice</code></pre>
<p><audio controls preload="none" src="tune.wav">The music behind key 2</audio></p>
</html>
"""
