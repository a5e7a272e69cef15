"""TwiML that is known but not run yet: refused as such, so that nobody looks for a spelling mistake."""

#: Verbs and nouns of Twilio's language without a class of their own here.
LATER = frozenset(
    {
        "AiSession", "Application", "ApplicationSid", "Autopilot", "Client", "Conference", "Config",
        "Connect", "Conversation", "ConversationRelay", "ConversationRelaySession", "Dial", "Echo", "Enqueue",
        "Identity", "Leave", "Number", "Pay", "Prompt", "Queue", "Record", "Recording",
        "Refer", "Room", "Sim", "Sip", "Siprec", "Start", "Stop", "Stream", "Task", "Transcription",
        "VirtualAgent", "WhatsApp",
    }
)  # fmt: skip
