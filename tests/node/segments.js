// Segments of texts as Twilio's own calculator counts them: a JSON list of texts comes on stdin, one of results goes out.
const { SegmentedMessage } = require("sms-segments-calculator");

const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));

function partsOf(message) {
  return message.segments.map((segment) => [...segment].filter((char) => char.raw !== undefined).map((char) => char.raw).join(""));
}

const results = texts.map((text) => {
  const plain = new SegmentedMessage(text);
  const smart = new SegmentedMessage(text, "auto", true);
  return {
    encoding: plain.encodingName,
    count: plain.segmentsCount,
    parts: partsOf(plain),
    smart: smart.graphemes.join(""),
    smartCount: smart.segmentsCount,
  };
});
process.stdout.write(JSON.stringify(results));
