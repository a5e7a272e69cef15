// An SMSC on the npm package smpp, told what to do by tests/running/smsc: options as JSON in the first argument,
// then one JSON command a line on stdin; what happens is written to stdout, one JSON object a line.
const fs = require("fs");
const readline = require("readline");
const smpp = require("smpp");

const RECEIPT = 0x04; // esm_class
const BINDS = { bind_transceiver: [true, true], bind_transmitter: [true, false], bind_receiver: [false, true] };
const STATES = { ENROUTE: 1, DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6, UNKNOWN: 7, REJECTD: 8 };

const options = {
  system_id: null, password: null, bind_status: 0, throttle: 0, refuse: {}, answer_delay_ms: 0, mute: false,
  disconnect_after: 0, unanswered: 0, receipts: "normal", receipt_delay_ms: 0, receipt_status: "DELIVRD",
  receipt_error: "000", statuses: {}, receipt_style: "text", ids: "decimal", receipt_ids: null, tls: null,
  ...JSON.parse(process.argv[2] || "{}"),
};
const bound = new Set();
let submits = 0;
let sessions = 0;
let lastId = 0xa7f0000;

// As it was sent, for the log: times are not turned into dates.
delete smpp.commands.submit_sm.params.validity_period.filter;
delete smpp.commands.submit_sm.params.schedule_delivery_time.filter;

function tell(event, facts) {
  const text = JSON.stringify({ event, ...facts }, (key, value) =>
    value && value.type === "Buffer" ? Buffer.from(value.data).toString("hex") : value);
  process.stdout.write(text + "\n");
}

function written(id, form) {
  return form === "hex" ? id.toString(16).toUpperCase() : String(id);
}

function receiver(session) {
  const able = [...bound].filter((other) => other.receives);
  return able.includes(session) ? session : able.find((other) => other.systemId === session?.systemId) || able[0];
}

function deliver(session, pdu, tag, then = () => {}) {
  const to = receiver(session);
  if (!to) return tell("undeliverable", { tag });
  const sent = to.deliver_sm(pdu, (answer) => {
    tell("answer", { tag, status: answer.command_status });
    then();
  });
  if (!sent) tell("undeliverable", { tag });
}

function receiptPdu(submit, id, status) {
  const given = written(id, options.receipt_ids || options.ids);
  const moment = new Date().toISOString().replace(/[-:T]/g, "").slice(2, 12);
  const count = status === "DELIVRD" ? "001" : "000";
  const text = submit.short_message?.message || "";
  const pdu = {
    esm_class: RECEIPT,
    source_addr: submit.destination_addr, source_addr_ton: submit.dest_addr_ton, source_addr_npi: submit.dest_addr_npi,
    destination_addr: submit.source_addr, dest_addr_ton: submit.source_addr_ton, dest_addr_npi: submit.source_addr_npi,
    data_coding: 0,
    short_message: "",
  };
  if (options.receipt_style !== "tlv") {
    pdu.short_message = { message: Buffer.from(
      `id:${given} sub:001 dlvrd:${count} submit date:${moment} done date:${moment} stat:${status} ` +
      `err:${options.receipt_error} text:${String(text).slice(0, 20)}`, "latin1") };
  }
  if (options.receipt_style !== "text") {
    pdu.receipted_message_id = given;
    pdu.message_state = STATES[status];
  }
  return pdu;
}

function sendReceipts(session, submit, id, then) {
  const status = options.statuses[submit.destination_addr] || options.receipt_status;
  const times = options.receipts === "double" ? 2 : 1;
  for (let time = 0; time < times; time++) deliver(session, receiptPdu(submit, id, status), `receipt:${id}`, then);
}

function answer(session, submit, id, status) {
  const reply = submit.response(status ? { command_status: status } : { message_id: written(id, options.ids) });
  if (!session.send(reply)) return;
  tell("submit_answered", {
    session: session.number, sequence: submit.sequence_number, status, message_id: status ? null : reply.message_id,
  });
}

function statusOf(submit) {
  if (options.throttle > 0) {
    options.throttle -= 1;
    return smpp.ESME_RTHROTTLED;
  }
  return options.refuse[submit.destination_addr] || 0;
}

function takeSubmit(session, submit) {
  if (session.isLost) return; // it lies in the socket of a link that is being lost
  submits += 1;
  const end = options.disconnect_after;
  if (end && submits > end - options.unanswered) {
    if (submits >= end) lose(session);
    return;
  }
  const status = statusOf(submit);
  const id = ++lastId;
  const wanted = !status && options.receipts !== "none" && (submit.registered_delivery & 3) !== 0;
  const finish = () => answer(session, submit, id, status);
  if (wanted && options.receipts === "early") return sendReceipts(session, submit, id, finish);
  if (wanted && options.receipts === "together") sendReceipts(session, submit, id);
  later(options.answer_delay_ms, () => {
    finish();
    if (!wanted || options.receipts === "together") return;
    later(options.receipt_delay_ms, () => sendReceipts(session, submit, id));
  });
}

function later(delay_ms, act) {
  if (delay_ms) setTimeout(act, delay_ms);
  else act();
}

function lose(session) {
  session.isLost = true;
  options.disconnect_after = 0;
  session.socket.end(); // what was answered still goes out
  setTimeout(() => session.socket.destroy(), 1000);
}

function bind(session, pdu) {
  const isKnown = (options.system_id === null || pdu.system_id === options.system_id)
    && (options.password === null || pdu.password === options.password);
  const status = options.bind_status || (isKnown ? 0 : smpp.ESME_RINVPASWD);
  if (!status) {
    [session.sends, session.receives] = BINDS[pdu.command];
    session.systemId = pdu.system_id;
    bound.add(session);
  }
  session.send(pdu.response(status ? { command_status: status } : { system_id: "npm-smpp" }));
  tell("bound", { session: session.number, command: pdu.command, status });
}

function take(session, pdu) {
  const { password, ...shown } = pdu;
  tell("pdu", { session: session.number, ...shown });
  if (options.mute || pdu.isResponse()) return;
  if (pdu.command in BINDS) return bind(session, pdu);
  if (pdu.command === "submit_sm") {
    return session.sends ? takeSubmit(session, pdu) : session.send(pdu.response({ command_status: smpp.ESME_RINVBNDSTS }));
  }
  if (pdu.command === "unbind") {
    session.send(pdu.response());
    return session.close();
  }
  session.send(pdu.response());
}

function greet(session) {
  session.number = ++sessions;
  session.on("pdu", (pdu) => take(session, pdu));
  session.on("error", (error) => tell("error", { session: session.number, text: String(error) }));
  session.on("close", () => {
    bound.delete(session);
    tell("closed", { session: session.number });
  });
}

const COMMANDS = {
  set: ({ options: changed }) => Object.assign(options, changed),
  deliver({ tag, pdu, octets, udh }) {
    const whole = { data_coding: 0, ...pdu };
    if (octets !== undefined) whole.short_message = Buffer.from(octets, "hex");
    if (udh !== undefined) whole.short_message = { udh: Buffer.from(udh, "hex"), message: whole.short_message };
    deliver(null, whole, tag);
  },
  disconnect() {
    for (const session of bound) session.socket.destroy();
  },
};

const secure = options.tls ? { cert: fs.readFileSync(options.tls.cert), key: fs.readFileSync(options.tls.key) } : {};
const server = smpp.createServer(secure, greet);
server.on("tlsClientError", (error) => tell("error", { text: String(error) }));
server.listen(options.port || 0, "127.0.0.1", () => tell("listening", { port: server.address().port }));
readline.createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { command, ...rest } = JSON.parse(line);
    COMMANDS[command](rest);
    tell("done", { command });
  })
  .on("close", () => process.exit(0));
