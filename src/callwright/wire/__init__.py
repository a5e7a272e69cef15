"""Wire formats, sans I/O: SIP, SDP, RTP, DTMF and codecs."""
