// Every operation through the official Node SDK; prints what it saw as JSON for test_node_sdk.py to judge.
const twilio = require("twilio");

const [url, accountSid, authToken] = process.argv.slice(2);

class RedirectedClient extends twilio.RequestClient {
  request(options) {
    const { pathname, search } = new URL(options.uri);
    return super.request({ ...options, uri: `${url}${pathname}${search}` });
  }
}

const client = twilio(accountSid, authToken, { httpClient: new RedirectedClient() });
const seen = {};

async function refusal(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { code: error.code, status: error.status, moreInfo: error.moreInfo };
  }
}

async function applications() {
  const made = await client.applications.create({ friendlyName: "Node", voiceUrl: "http://app.test/v" });
  const changed = await client.applications(made.sid).update({ voiceUrl: "", smsMethod: "GET" });
  const fetched = await client.applications(made.sid).fetch();
  seen.application = { voiceUrl: fetched.voiceUrl, smsMethod: changed.smsMethod, name: fetched.friendlyName };
  for (let index = 0; index < 5; index++) await client.applications.create({ friendlyName: "paged" });
  seen.paged = (await client.applications.list({ friendlyName: "paged", pageSize: 2 })).length;
  seen.removed = await client.applications(made.sid).remove();
  seen.gone = await refusal(client.applications(made.sid).fetch());
}

async function numbers() {
  const application = await client.applications.create({ voiceUrl: "http://app.test/v" });
  const made = await client.incomingPhoneNumbers.create({ phoneNumber: "+15555550190" });
  const pointed = await client.incomingPhoneNumbers(made.sid).update({ voiceApplicationSid: application.sid });
  seen.pointed = pointed.voiceApplicationSid === application.sid;
  seen.capabilities = pointed.capabilities;
  seen.found = (await client.incomingPhoneNumbers.list({ phoneNumber: "5550190" })).length;
  seen.tollFree = (await client.incomingPhoneNumbers.tollFree.create({ phoneNumber: "+18005550190" })).phoneNumber;
  seen.local = (await client.incomingPhoneNumbers.local.list()).length;
  seen.mobile = (await client.incomingPhoneNumbers.mobile.list()).length;
  seen.wrongType = await refusal(client.incomingPhoneNumbers.mobile.create({ phoneNumber: "+18005550191" }));
  return { application, number: made.phoneNumber };
}

async function calls({ application, number }) {
  const made = await client.calls.create({
    to: "+15555550111",
    from: number,
    applicationSid: application.sid,
    statusCallbackEvent: ["initiated", "answered"],
  });
  seen.queued = made.status;
  seen.from = made.from;
  seen.today = (await client.calls.list({ startTimeAfter: new Date(), status: "queued" })).length;
  seen.canceled = (await client.calls(made.sid).update({ status: "canceled" })).status;
  seen.redirect = await refusal(client.calls(made.sid).update({ twiml: "<Response/>" }));
  seen.notifications = (await client.calls(made.sid).notifications.list()).length;
  seen.events = (await client.calls(made.sid).events.list()).length;
  seen.deleted = await client.calls(made.sid).remove();
  seen.noInstructions = await refusal(client.calls.create({ to: "+15555550111", from: number }));
}

async function messages({ number }) {
  const made = await client.messages.create({
    to: "+15555550111",
    from: number,
    body: "Hello",
    mediaUrl: ["http://app.test/a.png", "http://app.test/b.png"],
    scheduleType: "fixed",
    sendAt: new Date(Date.now() + 3600_000),
    validityPeriod: 600,
    smartEncoded: true,
  });
  seen.message = { body: made.body, numMedia: made.numMedia, errorCode: made.errorCode, price: made.price };
  seen.scheduled = made.status;
  seen.unscheduled = (await client.messages(made.sid).update({ status: "canceled" })).status;
  seen.tooLong = await refusal(client.messages.create({ to: "+15555550111", from: number, body: "x".repeat(1601) }));
  // Stored by test_node_sdk.py: a message with media that was delivered to this number.
  const [sent] = await client.messages.list({ to: "+15555550177", dateSentAfter: new Date("2020-01-01"), pageSize: 1 });
  const [file] = await client.messages(sent.sid).media.list();
  seen.file = (await client.messages(sent.sid).media(file.sid).fetch()).contentType;
  seen.fileRemoved = await client.messages(sent.sid).media(file.sid).remove();
  seen.feedback = (await client.messages(sent.sid).feedback.create({ outcome: "unconfirmed" })).outcome;
  seen.redacted = (await client.messages(sent.sid).update({ body: "" })).body;
  seen.messageRemoved = await client.messages(sent.sid).remove();
  const [code] = await client.shortCodes.list({ shortCode: "55501" });
  seen.shortCode = (await client.shortCodes(code.sid).update({ smsUrl: "http://app.test/sms" })).smsUrl;
  seen.shortCodeName = (await client.shortCodes(code.sid).fetch()).friendlyName;
}

async function accounts() {
  const child = await client.api.accounts.create({ friendlyName: "Child" });
  seen.owner = child.ownerAccountSid;
  seen.closed = (await client.api.accounts(child.sid).update({ status: "closed" })).status;
  seen.accounts = (await client.api.accounts.list()).length;
  seen.allNotifications = (await client.notifications.list({ log: 0 })).length;
}

(async () => {
  await applications();
  const owned = await numbers();
  await calls(owned);
  await messages(owned);
  await accounts();
  console.log(JSON.stringify(seen));
})();
